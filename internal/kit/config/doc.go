// Package config is what an administrator can set.
//
// One struct, Config, is filled from four layers, each overriding the one
// before: the defaults, one TOML file, the environment (HOUVAST_*), the flags.
// One table in settings.go names every setting; the name of the variable, the
// reading of the file, the commented example and the suggestions for a
// misspelt name all follow from it.
//
// Invariants:
//   - A setting that cannot be understood stops the start. Nothing is ignored:
//     an unknown key or variable is a problem too, with a suggestion.
//   - Everything that is wrong is said at once, each in a whole sentence, in
//     Dutch or English, naming the file and line, the variable or the flag.
//   - A Secret prints as *** wherever it is formatted or logged; the value
//     comes out only by calling Reveal.
//   - No package state: Load takes the environment and the reading of files.
package config
