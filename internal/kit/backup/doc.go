// Package backup writes everything in a database to one file and puts it back.
//
// A backup is taken from one snapshot while the server runs. It is a gzipped
// tar: one file of JSON lines per table, and last a manifest with the schema
// version, the number of rows and SHA-256 of each table, and the heads of all
// chains, so that a rewritten record is noticed later. It belongs to neither
// database: a backup of SQLite can be restored into PostgreSQL and back.
//
// A backup holds personal data: it is written with mode 0600.
package backup
