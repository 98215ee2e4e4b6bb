// Package chaos breaks the house on purpose and looks at what is left.
//
// It runs the real program as a process of its own, lets simulated staff and
// customers work with it over HTTP, and meanwhile kills it, takes its power,
// fills its disk, moves its clock, and takes away, restarts, fails over or
// freezes what it talks to. After each injection:
//
//   - nothing acknowledged is lost: the clients keep a journal of every write
//     that was answered, and each line of it is looked up in the store;
//   - nothing is said twice: the mail server of the harness counts copies by
//     Message-ID, and intents by what the store says they were;
//   - the invariants hold (app.Checks), and the chain verifies;
//   - it recovers by itself: a question is taken and its mail arrives again
//     without anybody restarting or mending the program.
//
// A house is one installation under attack: a database, one or more processes
// (nodes), a mail server and the journal. An injection gets a fresh house.
// Randomness comes from one seed, which is printed; what the machine does in
// between is not repeatable, what was asked of it is.
//
// A harness that cannot fail shows nothing, so there are planted faults
// (Options.Plant): the tests see that each of them is found.
//
// Invariants of the harness itself: a row that checked nothing is a failure,
// not a success; it ends only processes that it started; nothing but
// temporary directories is written.
package chaos
