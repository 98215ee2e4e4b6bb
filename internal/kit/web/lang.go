package web

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/lang"
)

//go:embed lang/*.toml lang/problems/*.toml
var texts embed.FS

// Languages are the sentences of this package and of ui.
func Languages() []lang.Source {
	return []lang.Source{{FS: texts, Dir: "lang"}, {FS: texts, Dir: "lang/problems"}}
}
