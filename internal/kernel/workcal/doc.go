// Package workcal knows when an organisation is open, and counts working time.
//
// A Calendar is a plain value, kept as JSON in the organisation's row: a zone,
// a week with several intervals a day, the public holidays on which we are
// closed, and our own closures. Everything here is pure.
//
// Invariants, each with a property test:
//
//   - Add and Between are inverse: Between(t, Add(t, d)) == d.
//   - Add is monotone in both arguments, and ends within or at the edge of
//     opening hours. Between is additive and antisymmetric.
//   - Working time is elapsed time: a night shift over the start of summer
//     time is an hour shorter, over its end an hour longer. A wall clock
//     minute stands for the first instant at which the clock has reached it,
//     so a minute that is skipped is the moment of the change, and of a minute
//     that comes twice the first one counts.
//   - A calendar that is never open gives the zero time, never a loop.
//
// The cost is a few nanoseconds per day walked over, none per minute.
package workcal
