// Command testsum runs `go test -json …` and tells a person how it went.
//
//	go run ./tools/testsum [-failed "lint, formatting"] -- go test -json ./...
//
// While the tests run: one line per finished package, and of each failed test its own output. At the end: what was
// skipped and why, and a closing line of the form
//
//	812 passed, 0 failed, 3 skipped
//
// Counted are leaf tests: a test with subtests stands for those, and counts itself only when it failed though none of
// them did. A package that fails without a failing test (it does not build, it panicked, it timed out) counts as one
// failure, so a broken run never reads "0 failed". -failed names checks that failed before the tests, for the same reason.
//
// The exit code is 0 when something ran and nothing failed, 1 otherwise.
package main
