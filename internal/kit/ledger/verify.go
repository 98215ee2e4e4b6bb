package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/houvast/houvast/internal/kit/db"
)

// Report is what verifying one organisation's chain found.
type Report struct {
	Org      string `json:"org_id"`
	Facts    int64  `json:"facts"`
	Unsealed int64  `json:"unsealed"`
	Erased   int64  `json:"erased"` // texts that were erased: allowed
	Bad      *Bad   `json:"bad,omitempty"`
}

// Bad is the first entry that is not what was sealed.
type Bad struct {
	Seq  int64  `json:"seq"`
	Fact string `json:"fact"`
	Why  string `json:"why"`
}

// Verify recomputes every chain from its first fact, compares the heads with
// those kept elsewhere (from a backup or a mail; may be nil), and names the
// first bad entry of each organisation. It reads in pages and changes nothing.
func Verify(ctx context.Context, d *db.DB, kept []Head, progress func(done int64)) ([]Report, error) {
	orgs := map[string]bool{}
	if err := d.Read(ctx, func(q db.Q) error {
		heads, err := Heads(q)
		if err != nil {
			return err
		}
		for _, h := range heads {
			orgs[h.Org] = true
		}
		list, err := chained(q) // a chain whose head was taken away
		for _, o := range list {
			orgs[o] = true
		}
		return err
	}); err != nil {
		return nil, err
	}
	for _, k := range kept { // a chain that is gone altogether
		orgs[k.Org] = true
	}
	var out []Report
	for _, o := range slices.Sorted(maps.Keys(orgs)) {
		r, err := verifyOrg(ctx, d, o, kept, progress)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func verifyOrg(ctx context.Context, d *db.DB, org string, kept []Head, progress func(int64)) (Report, error) {
	r := Report{Org: org}
	var head Head
	prev := ""
	bad := func(seq int64, fact, why string) { r.Bad = &Bad{Seq: seq, Fact: fact, Why: why} }
	for r.Bad == nil {
		more := false
		err := d.Read(ctx, func(q db.Q) error {
			page, err := chain(q, org, r.Facts, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 { // in this very snapshot: the server may go on sealing
				head, err = headOf(q, org)
				return err
			}
			more = true
			first, last := page[0].ID, page[0].ID
			for _, f := range page {
				first, last = min(first, f.ID), max(last, f.ID)
			}
			list, err := bodiesOf(q, org, first, last)
			if err != nil {
				return err
			}
			bodies := make(map[string]body, len(list))
			for _, b := range list {
				bodies[b.Fact] = b
			}
			for _, f := range page {
				if f.Seq != r.Facts+1 {
					bad(r.Facts+1, "", fmt.Sprintf("entry %d is missing", r.Facts+1))
					return nil
				}
				if f.Hash != link(prev, f) {
					bad(f.Seq, f.ID, "the entry is not what was sealed")
					return nil
				}
				b, has := bodies[f.ID]
				switch {
				case has && f.Digest == "":
					bad(f.Seq, f.ID, "a text was added to the entry")
					return nil
				case has && b.digest() != f.Digest:
					bad(f.Seq, f.ID, "the text of the entry was changed")
					return nil
				case !has && f.Digest != "":
					r.Erased++
				}
				for _, k := range kept {
					if k.Org == org && k.Seq == f.Seq && k.Hash != f.Hash {
						bad(f.Seq, f.ID, "the chain was rewritten: the head kept elsewhere is different")
						return nil
					}
				}
				prev, r.Facts = f.Hash, f.Seq
			}
			return nil
		})
		if err != nil {
			return r, err
		}
		if progress != nil {
			progress(r.Facts)
		}
		if !more {
			break
		}
	}
	switch {
	case r.Bad != nil:
	case r.Facts != head.Seq:
		bad(min(r.Facts, head.Seq)+1, "", fmt.Sprintf("the chain ends at %d, its head says %d", r.Facts, head.Seq))
	case prev != head.Hash:
		bad(r.Facts, "", "the head is not that of the last entry")
	}
	for _, k := range kept {
		if r.Bad == nil && k.Org == org && k.Seq > r.Facts {
			bad(r.Facts+1, "", fmt.Sprintf("the chain ends at %d, a head kept elsewhere says %d", r.Facts, k.Seq))
		}
	}
	err := d.Read(ctx, func(q db.Q) (err error) { r.Unsealed, err = countUnsealed(q, org); return err })
	return r, err
}
