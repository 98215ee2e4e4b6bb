// Package note keeps what colleagues tell each other about a case, and who of
// them should look at it.
//
// Invariants:
//
//   - A note is for colleagues: no page, message or paper for a customer shows
//     it.
//   - A note is never changed. Within a minute its writer can take it back;
//     then its words are gone, and that there was one stays.
//   - Whoever is mentioned works here and gets one signal, which only they
//     settle or that passes with their work. Somebody who is away: whoever
//     stands in.
//   - A name that could be two people, or nobody, is never guessed.
//
// The words are the erasable body of the fact; the row has ids and moments.
//
// Tables: note, note_mention. Facts: note.added, note.taken-back.
// Permissions: CaseRead, CaseWrite.
package note
