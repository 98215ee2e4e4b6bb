// Package fold makes words comparable, so that a person is found whichever
// way a name is typed: without case, accents and punctuation. The same
// folding is applied to what is stored and to what is searched for, in Go, so
// that both databases give the same hits (decision 24).
package fold
