package template

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
		Name:       "template",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Commands: []module.Command{{LabelKey: "desk.template.command", WordsKey: "desk.template.command-words", Href: home,
			Icon: "file-text"}},
	}
}
