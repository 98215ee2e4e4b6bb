// Package bench measures the house as it is in production, and what the same
// machine could do at most.
//
// It fills a database with synthetic practices (10,000 to 1,000,000 cases) of
// which every page, the checks and the record hold, starts the real program on
// it, and asks over HTTP for what people and programs ask for, on a number of
// connections at once. Each figure stands beside its limit, measured in the
// same run on the same machine: the same rows as bare SQL for writes, an empty
// handler for reads. What counts is their ratio; the clock of one machine says
// little about another.
//
//   - play.go plays some questions through the real API; stamp.go writes them
//     out a great many times with other people, words and times; fill.go makes
//     a database of it, sealed as the ledger would have.
//   - server.go builds, starts, watches and stops the program; client.go and
//     load.go ask it; limit.go knows what is asked of it at least.
//   - rows.go is the list of what is measured, with its goals; run.go measures,
//     table.go tells.
//
// A figure is the median of several runs. Counts that do not depend on a
// machine are compared elsewhere.
package bench
