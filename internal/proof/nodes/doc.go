// Package nodes shows that several nodes on one PostgreSQL are one house.
//
//   - A node that was frozen or cut off while it held a lease or a claim writes
//     nothing afterwards that rests on having held it, whatever the clocks say.
//   - What a lost node had locked comes free once its transaction is given up,
//     whatever else of it waited for the same.
//   - What happened on one node shows on the pages that others serve, within
//     about a second, and is found by looking when no hint of it arrives.
//   - One version takes the place of another node by node, under load, without
//     a failed request, when the new migrations only expand the schema.
//   - The schema and every statement that is run could be sharded by
//     organisation; what is not is listed with its reason.
//
// There is nothing here but tests. SQLite has one node, so only the law of the
// schema is looked at on both databases.
package nodes
