package db

// Queued says how many requests wait for the writer of SQLite.
func (d *DB) Queued() int { return len(d.engine.(*sqliteEngine).queue) }

// Rewrite is what a database reads for a portable text.
func Rewrite(d Dialect, text string) string { return rewrite(d, text) }

// Classify is what drivers' errors become.
func Classify(err error) error { return classify(err) }

// MaxStmts bounds the prepared statements of the writer.
const MaxStmts = maxStmts
