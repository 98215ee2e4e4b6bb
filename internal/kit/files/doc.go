// Package files decides what a file is, by what is in it and never by its
// name, and has it looked at by a virus scanner.
//
// Invariants: only kinds of the list are accepted, so what is unknown is
// refused; what may be shown within a page is a fixed part of that list, with a
// content type of ours; a file is clean only when a scanner said so: silence,
// an unknown answer or a broken connection is an error, never "clean".
package files
