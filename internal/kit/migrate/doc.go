// Package migrate brings a database to the schema this program expects.
//
// Each capability keeps its migrations in schema/NNNNN_name.sql, numbered over
// the whole house; this package merges them, translates them to the database
// at hand and runs what is missing, in order, each in a transaction. A
// database that is newer than the program is refused with advice: nothing is
// ever migrated down. Several nodes may start at once.
package migrate
