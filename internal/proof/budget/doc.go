// Package budget holds what pages and operations may ask of the database.
//
// budget.toml has one line for each page of the desk and of customers, each
// operation of the API and each form: how many statements it may run, how many
// rows they may read and change, and how many snapshots and transactions it may
// begin. The tests of this package play the stories, open every page that a
// link leads to, send the forms, and count, on both databases. A route without
// a line fails, and so does one that asks for more than its line says.
//
//   - Statements do not grow with what a page lists: the same pages are opened
//     again after every table has several times its rows.
//   - No statement reads the whole of a table, nor all that an organisation has
//     in it: both databases are asked for their plans. What may, stands in a
//     short list, with what bounds it.
//   - Counts, not clocks: what a set of main operations costs in statements,
//     rows, commits and allocations is kept in testdata, and a test compares.
//
// "go test ./internal/proof/budget -update" writes the lines and the counts
// anew; what changed in them is part of the review.
package budget
