// Package lang speaks to people, in Dutch and English, and reads the times they type.
//
// Every sentence lives in a catalogue: each capability embeds lang/en.toml and
// lang/nl.toml, Load merges them with the shared catalogue of this package and
// refuses what does not fit together. A Printer, made per request, says a
// sentence in one language, one zone and seen from one moment.
//
// In a catalogue a table is a path and a string is a sentence. A table whose
// keys are plural forms (one, other) is one sentence; the parameter Count
// chooses the form:
//
//	[promise]
//	made = "{{.Who}} calls you {{moment_long .Due}}."
//	[promise.open]
//	one = "One open promise"
//	other = "{{.Count}} open promises"
//
// Inside a sentence: clock, day, date, moment, moment_long, moment_full, rel,
// ago, late, duration, window, list and number, each also a method of Printer.
// Times may be time.Time, *time.Time or epoch milliseconds in any number type.
// A parameter that stands in the condition of an {{if}} or {{with}} may be
// left out; all others must be given.
//
// Sentences are plain text: whoever puts one into HTML escapes it. Problems
// (kernel/errs) are worded under "problem.<type>", their titles under
// "problem.class.<class>", what is wrong with one input under "field.<type>"
// where that needs other words.
//
// Plural rules come from golang.org/x/text. Templates are parsed once, at
// Load: go-i18n parses them again for every message that uses functions,
// which costs about 36 µs where this takes 1 to 3.
//
// ParseMoment reads a typed day and clock time; Vague finds wording that
// promises no time at all.
package lang
