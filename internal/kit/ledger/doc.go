// Package ledger keeps what happened.
//
// A fact is at once the timeline entry, the audit line and the outbox. It is
// inserted in the transaction it tells about ("recorded"); the sealer gives
// recorded facts their order and chains them ("sealed", within a second):
// one hash chain per organisation, one feed position per installation
// (decision 18). Followers read on from their own cursor, moved in the
// transaction of their effect, so nothing is lost and nothing done twice.
//
// Data holds ids, codes and numbers and is chained for ever. Personal text
// lives in a body that can be erased; the chain covers its salted digest
// (decision 17). Facts are never changed; a correction is a new fact.
//
// Tables: fact, fact_body, ledger_head, ledger_feed, follower, follower_dead.
package ledger
