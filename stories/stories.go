// Package stories holds the stories that are part of the program: the seeds,
// runnable. The same files are the specification, the demo and the tests.
package stories

import "embed"

// FS holds the stories by file name.
//
//go:embed *
var FS embed.FS

// Demo lists the stories the demo is made of, the earliest first.
var Demo = []string{"hospital.yaml", "day.yaml"}

// Today is the name of the story whose last day is the demo's today.
const Today = "day"

// Begin is who has the liveliest desk in it: the one to sign in as first.
const Begin = "Esra Kaplan"
