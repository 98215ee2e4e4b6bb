// Package job does work later and surely.
//
// A job is enqueued in the transaction that needs it (db.Tx.Enqueue) and kept
// in our own table. A worker claims what is due by moving run_at to the end
// of its lease: a worker that dies gives the job back by doing nothing. Each
// claim has a token that grows; whatever a handler writes under its context is
// refused once another worker has claimed the job. Failed jobs wait longer
// each time; after their last attempt they are dead letters, kept for a person.
// A job runs at least once; its handler is written to bear that.
//
// A Worker is anything that works in small batches and knows when it should
// look again: the job queue, the sealer, followers, the watches. Loop runs
// one in production; Drain runs all of them until nothing is left to do, for
// stories and tests, where time stands still meanwhile.
//
// Table: job.
package job
