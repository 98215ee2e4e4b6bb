// Package stats holds the few statistics that honest promises and counts need:
// the order statistic for what can be promised from ended cases, Kaplan and
// Meier's survival curve when some are still open, Wilson's interval for a
// share, nearest-rank quantiles, and the pinball loss that says how good a
// quoted quantile was.
//
// Everything here is pure: numbers in, numbers out. Each function is tested
// against a published example.
package stats
