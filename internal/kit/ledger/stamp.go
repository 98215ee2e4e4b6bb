package ledger

// Stamp gives a fact its place in a chain and in the feed, after the hash of
// the one before it. It is for who writes very many facts that are history
// already, such as a database to measure on: everybody else lets the sealer do it.
func Stamp(prev string, f Fact, seq, pos int64) Fact {
	f.Seq, f.Pos = seq, pos
	f.Hash = link(prev, f)
	return f
}

// Digest is what the chain holds of the text of a fact.
func Digest(salt, text string) string { return body{Salt: salt, Text: text}.digest() }
