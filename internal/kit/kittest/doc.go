// Package kittest is what tests of every level use: a migrated database on
// SQLite and, when HOUVAST_TEST_POSTGRES is set, on PostgreSQL; a clock that
// stands still; ids from a seed.
package kittest
