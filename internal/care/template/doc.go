// Package template keeps an organisation's own texts for answers, and looks at
// a text with the eyes of whoever has to understand it.
//
// Invariants:
//
//   - A text stands in Dutch and in English, or it is not kept: a customer reads
//     it in their own language.
//   - A field that does not exist is refused when the text is saved, never
//     found out by a customer. A field that has no value yet stays in the text
//     for a colleague to fill in, and is pointed out.
//   - No text promises a vague time: saving one is refused. Everything else the
//     check finds is advice.
//   - Nothing is sent from here: a filled text goes into a form of the case,
//     where a person reads and changes it first.
//
// The check is a pure function of a text and its language.
//
// Table: answer_template. Emits template.*. Permissions: case.read to read,
// template.write to change.
package template
