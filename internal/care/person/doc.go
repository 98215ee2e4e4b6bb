// Package person keeps the customers of an organisation, people and
// companies: how they are reached, what matters to them and who speaks for
// them.
//
// Invariants:
//
//   - Contact points of a person have an order; the first one is preferred.
//     A refused one is never tried.
//   - Phone numbers are kept in E.164, e-mail addresses with their domain in
//     lower case, so that the same one is always found.
//   - Under 12 a representative speaks, from 12 to 15 both, from 16 only by
//     mandate (Dutch defaults, see Ages).
//   - Citizen service numbers (BSN) are not kept: refused in names, masked in
//     free text.
//   - A person who was merged keeps their rows; merged_into says where to look.
//
// Names and texts go into the body of facts only, where they can be erased.
//
// Tables: person, person_term, contact_point, matter, representation. Facts:
// person.added, person.changed, contact-point.added, contact-point.changed,
// matter.said, representation.set. Permissions: PersonRead, PersonWrite.
package person
