// Package absence arranges what happens to promises and cases when somebody is
// away: on leave, or ill since this morning.
//
// Invariants:
//
//   - Nothing changes before whoever arranges it has seen what will: preview
//     and arranging decide by the same pure function.
//   - What falls due while somebody is away is kept by who stands in, or moved
//     to a later time, or told to a person: never left. Who stands in agreed
//     beforehand (a deputy) or was chosen and asked when arranging.
//   - A promise is moved only as every promise is: the old one stays open until
//     the new time was told before it fell due.
//   - Each customer is told once who has their question now, or the new time.
//   - A case that passed is offered back on return; the stand-in stays owner
//     until the returned owner accepts.
//   - A member has one absence at a time; arranging the same again changes
//     nothing, and an arrangement that was cut off goes on where it was.
//   - Why somebody is away is in no fact: the record is for ever.
//
// Each case is arranged in one transaction that holds the case first, by a job
// that looks for what the member still holds, so it can be run again.
//
// Tables: absence, absence_item. Emits absence.*, and through others
// promise.passed-on, promise.*, case.owner, handoff.*. Raises
// absence.standing-in, absence.phone-now, absence.nobody. Permissions:
// case.read, case.write.
package absence
