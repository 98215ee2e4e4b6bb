package chaos

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// file is one file as the disk may have it: what is surely there, and what was
// written since and may be there or not, in any order and in part.
type file struct {
	durable []byte
	pending []pendingOp
	named   bool // its name is on the disk for sure
	gone    bool // it was unlinked; the name may still be there
}

type pendingOp struct {
	op
	index int
}

// disk plays a recording.
type disk struct {
	files map[string]*file
}

// newDisk is a disk on which the files are that existed at the beginning.
func newDisk(base map[string][]byte) *disk {
	d := &disk{files: map[string]*file{}}
	for name, content := range base {
		d.files[name] = &file{durable: append([]byte(nil), content...), named: true}
	}
	return d
}

// do plays one operation.
func (d *disk) do(index int, o op) {
	f := d.files[o.file]
	switch o.kind {
	case opCreate:
		d.files[o.file] = &file{}
	case opUnlink:
		if f != nil {
			f.gone = true
		}
	case opSyncDir:
		for name, f := range d.files {
			if f.gone {
				delete(d.files, name)
			} else {
				f.named = true
			}
		}
	case opWrite, opTruncate:
		if f != nil {
			f.pending = append(f.pending, pendingOp{o, index})
		}
	case opSync:
		if f == nil {
			return
		}
		var later []pendingOp
		for _, p := range f.pending {
			if p.index < o.from {
				f.durable = apply(f.durable, p.op)
			} else {
				later = append(later, p)
			}
		}
		f.pending = later
	}
}

// apply does an operation on content, in place where it fits.
func apply(content []byte, o op) []byte {
	end := int(o.off)
	if o.kind == opWrite {
		end += len(o.data)
	} else if end < len(content) {
		return content[:end]
	}
	for len(content) < end { // what was never written reads as zeros
		content = append(content, make([]byte, end-len(content))...)
	}
	if o.kind == opWrite {
		copy(content[o.off:], o.data)
	}
	return content
}

// survival is what of the unsynced writes is on the disk after the power went.
type survival int

const (
	nothingSurvives survival = iota // everything since the last sync is gone
	allSurvives
	someSurvive  // each write by chance: earlier ones may be gone while later ones are there
	tornSurvives // the same, by sectors of 512 bytes
	survivals
)

var survivalNames = [...]string{"nothing unsynced", "all", "some writes", "some sectors"}

func (s survival) String() string { return survivalNames[s] }

// sector is what a disk writes whole.
const sector = 512

// image gives the files after the power went now.
func (d *disk) image(s survival, dice *rand.Rand) map[string][]byte {
	out := map[string][]byte{}
	lucky := func() bool { return s == allSurvives || s != nothingSurvives && dice.IntN(2) == 0 }
	for _, name := range sortedKeys(d.files) {
		f := d.files[name]
		if !f.named && !lucky() || f.gone && (s == allSurvives || lucky()) {
			continue
		}
		content := append([]byte(nil), f.durable...)
		for _, p := range f.pending {
			switch {
			case p.kind == opTruncate || s != tornSurvives:
				if lucky() {
					content = apply(content, p.op)
				}
			default:
				content = tear(content, p.op, lucky)
			}
		}
		out[name] = content
	}
	return out
}

// tear writes only some sectors of a write.
func tear(content []byte, o op, lucky func() bool) []byte {
	for at := 0; at < len(o.data); {
		n := sector - int(o.off+int64(at))%sector
		n = min(n, len(o.data)-at)
		if lucky() {
			content = apply(content, op{kind: opWrite, off: o.off + int64(at), data: o.data[at : at+n]})
		}
		at += n
	}
	return content
}

// unsynced is how many writes are in danger now.
func (d *disk) unsynced() (n int) {
	for _, f := range d.files {
		n += len(f.pending)
	}
	return n
}

// lay puts an image into a directory.
func lay(dir string, image map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // nothing secret
		return err
	}
	for name, content := range image {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(m map[string]*file) []string { return slices.Sorted(maps.Keys(m)) }
