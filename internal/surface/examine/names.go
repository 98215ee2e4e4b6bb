package examine

import (
	"bytes"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// names gives each distinct name a number, in order of appearance. The text is
// kept once, in blocks, so that millions of case numbers cost little more than
// their own letters.
type names struct {
	seed   maphash.Seed
	slots  []uint32 // number + 1; 0 is free
	at     []uint32 // block << blockBits | offset, in units that fit: see locate
	length []uint16
	blocks [][]byte
}

const (
	blockBits = 20 // a block holds a megabyte
	blockSize = 1 << blockBits
	maxName   = 1 << 10 // longer ones are cut: no number or name of a person is that long
)

func newNames() *names {
	return &names{seed: maphash.MakeSeed(), slots: make([]uint32, 1<<10)}
}

// Len is how many distinct names there are.
func (n *names) Len() int { return len(n.length) }

// number finds or gives the number of a name.
func (n *names) number(name []byte) uint32 {
	if len(name) > maxName {
		name = name[:maxName]
	}
	mask := uint64(len(n.slots) - 1)
	i := maphash.Bytes(n.seed, name) & mask
	for ; n.slots[i] != 0; i = (i + 1) & mask {
		if k := n.slots[i] - 1; int(n.length[k]) == len(name) && bytes.Equal(n.raw(k), name) {
			return k
		}
	}
	k := uint32(len(n.length))
	n.keep(name)
	n.slots[i] = k + 1
	if len(n.length)*2 > len(n.slots) {
		n.grow()
	}
	return k
}

// keep appends the text of a name. Names start at multiples of four bytes, so
// that a place fits in 32 bits for up to 16 gigabytes of names.
func (n *names) keep(name []byte) {
	last := len(n.blocks) - 1
	if last < 0 || len(n.blocks[last])+len(name) > blockSize {
		n.blocks = append(n.blocks, make([]byte, 0, blockSize))
		last++
	}
	b := n.blocks[last]
	place := uint64(last)<<blockBits | uint64(len(b))
	n.at = append(n.at, uint32(place>>2))
	n.length = append(n.length, uint16(len(name)))
	b = append(b, name...)
	for len(b)%4 != 0 && len(b) < blockSize {
		b = append(b, 0)
	}
	n.blocks[last] = b
}

func (n *names) raw(k uint32) []byte {
	place := uint64(n.at[k]) << 2
	off := place & (blockSize - 1)
	return n.blocks[place>>blockBits][off : off+uint64(n.length[k])]
}

func (n *names) grow() {
	n.slots = make([]uint32, 2*len(n.slots))
	mask := uint64(len(n.slots) - 1)
	for k := range uint32(len(n.length)) {
		i := maphash.Bytes(n.seed, n.raw(k)) & mask
		for n.slots[i] != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = k + 1
	}
}

// text is a name for reading.
func (n *names) text(k uint32) string { return readable(n.raw(k)) }

// readable is what bytes of a log say. What is not UTF-8 was written by an old
// Windows program: its bytes are Windows-1252, in which separators and digits
// stand where they do in UTF-8, so only what is shown needs translation.
func readable(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}
