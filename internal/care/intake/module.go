package intake

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
		Name:       "intake",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Commands:   s.commands(),
		Checks:     checks,
		Panels: []module.Panel{{Slot: module.CaseAside, Key: "caller", LabelKey: "desk.caller.title", Order: 5,
			Render: s.callerPanel}},
	}
}
