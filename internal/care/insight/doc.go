// Package insight shows a manager how customers fared: promises kept, answered
// within, returns and bounces, told before or after. Each number has its
// interval, its table, and the cases behind it.
//
// Invariants: every outcome is one row, so a number and the cases behind it
// cannot differ; the counters are kept with the rows, in the transaction that
// moves the follower on, so nothing is counted twice or missed, also after a
// crash; a page costs the days it shows, not the cases that are stored. What
// was taken back is taken out.
//
// A measure counts on the day its subject began or ended (see Measure), in the
// organisation's time zone. Intervals are Wilson's at 95%. It is history, not
// an experiment: the pages say so.
//
// Tables: insight_outcome, insight_day. Emits nothing. Follows promise.*,
// case.opened, .closed, .reopened, contact.logged, bounce.counted, message.*.
// Permission: insight.read.
package insight
