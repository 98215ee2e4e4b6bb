package note

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
	{Invariant: 9, Name: "a note that was taken back has no words any more", Run: CheckWords},
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "note",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Checks:     checks,
		Panels: []module.Panel{
			{Slot: module.CaseComposer, Key: "note", LabelKey: "desk.note.tab", Order: 5, Render: s.composerPanel},
		},
	}
}
