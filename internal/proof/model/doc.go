// Package model holds the whole house against a simple model of it.
//
// Its test lets many users of two organisations (the desk, specialists,
// managers, administrators, keys of partners, customers through their links)
// give random commands of more than forty kinds, several at once, to the real
// application on a real database, while time passes. What may come of it is
// what the model says:
//
//   - Commands that were given at once have an outcome that one after the other
//     would have had too: for every case there is an order in which each of
//     them was rightly accepted or refused, and which leaves what is there.
//   - Between commands the house itself does only what it promised: a promise
//     breaks after its time, an owner never changes, nothing that ended begins
//     again.
//   - Who may not, may not, whatever the rest; who belongs to another
//     organisation finds nothing.
//   - There are as many facts of a kind as commands of that kind were accepted.
//   - Every check of every capability holds and the chain verifies.
//
// Sequences are drawn by rapid, which prints the seed of one that failed and
// makes it smaller. HOUVAST_TEST_LONG tries sequences for ten minutes, or for
// as long as it says ("30m"), and tells what was tried how often.
package model
