package org

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
	{Invariant: 1, Name: "a team has an active duty holder", Run: CheckDuty},
	{Invariant: 1, Name: "an organisation has an active administrator", Run: CheckAdministrators},
	{Invariant: 4, Name: "nobody stands in for themselves", Run: CheckDeputies},
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "org",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Nav:        []module.NavItem{{Key: "settings", Href: settingsHome, Icon: "settings", LabelKey: "desk.settings.nav", Order: 900, Group: module.GroupOrganisation, May: mayLook}},
		Commands:   []module.Command{{LabelKey: "desk.settings.nav", WordsKey: "desk.settings.words", Href: settingsHome, Icon: "settings", May: mayLook}},
		Checks:     checks,
	}
}
