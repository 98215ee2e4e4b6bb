// Package migrate brings a database to the schema this program expects.
//
// Each capability keeps its migrations in schema/NNNNN_name.sql, numbered over
// the whole house; this package merges them, translates them to the database
// at hand and runs what is missing, in order, each in a transaction. Nothing
// is ever migrated down: a database that is newer than the program is left as
// it is when the program can do without what is new, else refused with advice.
// Several nodes may start at once.
package migrate
