// Package promise keeps promises: what, to whom, by when, by whom, told how.
//
// Invariants: a promise has a clock time (due_at NOT NULL, in the future when
// made, never edited); it ends once: kept, broken, renegotiated or withdrawn
// (guarded by state = 'open'); a window has two ends, so early can be broken
// too; a renegotiated promise ends only when its new time was spoken or
// delivered before the old one fell due. Ending the last open promise of a
// case takes a successor or a closing in the same transaction (Cases).
//
// The watch looks at what is due by look_at, warns the keeper and then others,
// and breaks what was not kept. On a break the system itself promises an
// update at the organisation's clock time, told at once; after a second break
// in a row it only appoints a person, because then only a person may promise.
//
// Tables: promise, delivery (what was asked and when it really came: the advisor's
// record, also after a move or a break), calibration. Emits promise.*. Follows message.delivered, .seen, .spoken,
// .failed, .uncertain to know who was told. Permissions: case.read, case.write.
package promise
