// Package examine reads the history that an organisation already has, as an
// event log of its old system, and says how its customers fared: who had each
// case when, handovers, returns, lead times, deadlines, and what honest
// promises would have been.
//
// What holds:
//
//   - It only reads. Nothing of the log leaves the machine or is kept, unless
//     it was asked to import.
//   - Which column was taken for what is told before any figure.
//   - What could not be read is counted and told; a file that ends too early,
//     or of which nothing can be read, gives no figures at all.
//   - The figures do not depend on the order of the lines, except among events
//     of one case with the same time.
//   - Names of people do not appear in a report unless that was asked for.
//
// A log of ten million events takes less than half a gigabyte: an event is
// kept in 20 bytes, names once.
//
// Where is what: finding out what a file is in source.go, lines in csv.go, XES
// in xes.go and xes_scan.go, which column is what in columns.go and words.go,
// times in when.go, the compact store in names.go and events.go, the count in
// count.go and figures.go, the JSON in result.go, the terminal in say.go, the
// report in report.go and html.
package examine
