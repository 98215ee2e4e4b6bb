// Package signal keeps what was noticed ahead: a promise at risk, a handoff
// nobody answers, a message that did not arrive, a red flag.
//
// Invariants:
//
//   - An open signal always has somebody: an active member of the
//     organisation, never nobody.
//   - Of one kind about one subject at most one signal is open; raising it
//     again can only make it more serious.
//   - An urgent signal that nobody took within the organisation's minutes of
//     opening time goes to the deputy, then to one lead after the other.
//   - A signal ends once: cleared, with a reason.
//
// Data holds ids, codes and numbers, never what people wrote or are called.
//
// Tables: signal. Facts: signal.raised, signal.taken, signal.cleared.
// Permissions: CaseRead, CaseWrite. The watch wakes on the topic "signals".
package signal
