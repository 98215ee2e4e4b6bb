// Package exchange brings the customers an organisation already has into the
// house, from a list in CSV or vCard, and takes them out again.
//
// Invariants:
//
//   - Nothing of a list changes a customer before a person saw what it would
//     do and confirmed it.
//   - A row adds at most one customer, whatever stops in the middle: the row
//     keeps whom it added, written in the transaction that added them.
//   - Who was added can be taken back for as long as nobody used them; who was
//     used stays, and is listed.
//   - Citizen service numbers (BSN) are never kept, not even until the list is
//     confirmed: they are masked while the file is read.
//   - What was read from a file is cleared when it is no longer needed, see
//     keepRows.
//   - Whoever is taken out of the house is in the access log before the first
//     byte leaves.
//
// A list is read while it is sent, in transactions of 500 rows. The watch then
// works through it in chunks, one transaction each, and moves a cursor within
// the same transaction: it goes on after a crash where it was.
//
// Tables: customer_import, customer_import_row, customer_import_key,
// customer_number. Facts: import.read, import.started, import.stopped,
// import.finished, import.undone, person.removed, people.exported.
// Permissions: PersonImport, PersonExport. The watch wakes on "imports".
package exchange
