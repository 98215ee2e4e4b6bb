package person

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// checks look at the store for rows that break an invariant.
var checks = []module.Check{
	{Invariant: 8, Name: "contact points have an order of preference", Run: CheckRanks},
	{Invariant: 9, Name: "every customer can be found", Run: CheckFound},
	{Invariant: 9, Name: "who leads was told of every emergency", Run: CheckEmergencies},
	{Invariant: 9, Name: "who was merged is one with somebody who is used", Run: CheckMerged},
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "person",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Nav:        nav(),
		Commands:   []module.Command{{LabelKey: "people.emergency.list", WordsKey: "people.emergency.words", Href: emergencies, Icon: "siren", May: mayReview}},
		Checks:     checks,
	}
}
