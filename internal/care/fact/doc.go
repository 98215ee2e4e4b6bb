// Package fact is the vocabulary of the spine: the names of everything that
// can happen. A fact's Data holds ids, codes and moments (epoch milliseconds)
// under the keys listed here; its Text what people wrote or are called.
// Followers switch on these names; the catalogue has a sentence for each
// under "fact.<name>" for staff and, where customers may read it,
// "fact.<name>.customer".
package fact
