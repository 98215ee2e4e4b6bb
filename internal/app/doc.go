// Package app puts the house together: which capabilities there are
// (modules.go is the list), what each needs of another (wiring.go), and how
// the whole starts, runs and stops (app.go).
package app
