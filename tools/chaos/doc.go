// Chaos breaks the house on purpose and looks at what is left: see
// internal/proof/chaos and docs/chaos.md. `chaos serve FILE` is the program
// itself with a clock that a file moves.
package main
