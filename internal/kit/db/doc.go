// Package db is how everything in Houvast reads and writes.
//
// One SQL text runs on SQLite and PostgreSQL: placeholders are $1, $2, …;
// moments are UTC epoch milliseconds; FOR UPDATE and SKIP LOCKED are dropped
// where one writer makes them needless. Only this package imports a driver.
//
//	err := database.Write(ctx, func(tx *db.Tx) error { … })  // all or nothing
//	err := database.Read(ctx, func(q db.Q) error { … })      // one snapshot
//
// A Tx freezes Now, makes ids, writes rows, emits facts and enqueues jobs.
// On SQLite one writer goroutine gathers waiting requests into one commit
// (decision 22), beside a pool of read-only connections. Therefore a closure:
//
//   - does no input or output but through tx;
//   - may run again, and then gets the ids it had;
//   - never uses the context of the request: tx has its own.
//
// What was read stays read: Once for a snapshot, Keep by version, Fresh for
// counts. A Meter counts what is asked.
//
// Write returns after COMMIT. Services never nest transactions.
package db
