package mail

import (
	"embed"
	"io/fs"
)

//go:embed lang/en.toml lang/nl.toml
var sentences embed.FS

// Catalogue holds the sentences of this package, in the directory "lang":
// mail.step.<step>, mail.outcome.<outcome>, mail.reason.<reason> with the
// parameters Code and Enhanced, and problem.<type>.
func Catalogue() fs.FS { return sentences }
