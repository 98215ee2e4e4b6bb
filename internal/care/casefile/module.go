package casefile

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "casefile",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Nav:        s.nav(),
		Portal:     s.portal,
		Checks:     checks,
		Jobs:       append(s.jobs(), s.scans()),
		Commands: []module.Command{
			{LabelKey: "desk.day.command", WordsKey: "desk.day.command-words", Href: "/desk/print/day", Icon: "printer"},
			{LabelKey: "desk.filter.list", Href: filtersHref, Icon: "filter"},
		},
		Panels: s.personPanels(),
	}
}
