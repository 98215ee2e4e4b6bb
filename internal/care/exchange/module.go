package exchange

import (
	"embed"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// checks look at the store for rows that break an invariant.
var checks = []module.Check{
	{Invariant: 8, Name: "whoever an import says it added is there", Run: CheckAdded},
	{Invariant: 9, Name: "no list changed anything before it was confirmed", Run: CheckConfirmed},
}

func may(what auth.Action) func(actor.Actor) bool {
	return func(who actor.Actor) bool { return auth.May(who, what) }
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "exchange",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Workers:    []job.Worker{NewWatch(s.DB)},
		API:        s.api,
		Desk:       s.desk,
		Commands: []module.Command{
			{LabelKey: "exchange.import", WordsKey: "exchange.import-words", Href: home, Icon: "upload", May: may(auth.PersonImport)},
			{LabelKey: "exchange.export", WordsKey: "exchange.export-words", Href: exportHref, Icon: "download", May: may(auth.PersonExport)},
		},
		Checks: checks,
	}
}
