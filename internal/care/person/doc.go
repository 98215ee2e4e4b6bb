// Package person keeps the customers of an organisation, people and
// companies: how they are reached, what matters to them, who lives with them,
// who speaks for them and what they agreed to.
//
// Invariants:
//
//   - Contact points of a person have an order; the first one is preferred.
//     A refused one is never tried.
//   - Phone numbers are kept in E.164, e-mail addresses with their domain in
//     lower case, so that the same one is always found.
//   - A representative speaks for a child until the ages of the organisation
//     (12 with the child, 16 by mandate only); both parents do unless recorded
//     otherwise. For a company its employees speak.
//   - Something shared only suggests a household: a person confirms it. What
//     was hidden for safety is seen by who needs it and never suggested again.
//     No customer ever sees a household. In an emergency it is opened for a
//     reason, for a while and by whoever opens it only; who leads is told.
//   - Consent is never there by itself; taking it back keeps what was said.
//   - Merging rewrites no row (decision 14): person.merged_into says who is
//     used; Same gives all rows of one customer, and lists by person look for
//     all of them. No chains, no circles; both ways end the links to the pages.
//   - Citizen service numbers (BSN) are not kept: refused in names, masked in
//     free text.
//
// Names and texts go into the body of facts only, where they can be erased.
//
// Tables: person, person_term, contact_point, matter, representation,
// household_tie, company_contact, consent, likeness, person_merge, emergency. Facts:
// person.*, contact-point.*, matter.said, representation.set, household.*,
// contact-person.*, consent.*, emergency.*. Permissions: PersonRead, PersonWrite,
// PersonMerge, PersonShield, EmergencyOpen, EmergencyReview.
package person
