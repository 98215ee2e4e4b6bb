// Package casefile keeps cases: what a customer came with, in one
// organisation, with one owner, its contact moments, documents, return doors
// and end.
//
// Invariants: an open case has one owner (owner_id NOT NULL, a person) and at
// least one open promise (CHECK closed_at IS NOT NULL OR open_promises > 0);
// it closes by the customer's word, or when a told deadline passed in silence,
// or for another stated reason; not solved reopens it with its history. A
// customer is sent elsewhere only when somebody there has accepted the
// question. Every command holds the case row first.
//
// The customer's page is per question: the cases of all organisations that
// share a question_id (decision 3).
//
// Tables: case_file, case_number, contact_moment, return_door, document,
// question_party, case_term (words of subjects; ADR 0021), today_scope. Emits case.*, contact.*, door.*, document.*,
// customer.sent-elsewhere. Permissions: case.read, case.write, question.*.
package casefile
