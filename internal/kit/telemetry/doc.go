// Package telemetry is how Houvast tells how it fares: its log, its
// metrics and its traces.
//
// Customers are people, often patients: a log is read by more people than a
// case is, is kept longer, and cannot be erased. So a log line holds codes and
// ids, never what somebody is called or said.
//
// Invariants:
//   - An attribute is printed only when its key is on the list in keys.go; the
//     value of any other is replaced by "[withheld]", so that the mistake shows
//     without doing harm.
//   - On the list or not, a value of a type that can hold anything (a struct, a
//     map) is withheld, and whatever looks like an e-mail address in a text or
//     in the message is masked.
//   - No label of a metric holds what somebody sent: routes are patterns, every
//     other label is one of a short list of codes.
//   - The message of a line is a constant sentence; what varies goes into
//     attributes.
package telemetry
