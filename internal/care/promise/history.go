package promise

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Lead is one case of an earlier history: when it was asked, and when it was
// delivered or last seen open.
type Lead struct {
	ID        string // within its source; the same one is taken over once
	Kind      Kind   // default: answer
	Team      string // of this organisation; may be empty
	Asked     time.Time
	Ended     time.Time
	Delivered bool // else it was still open at Ended, as far as known
}

// leadsPerTx is how many rows one transaction writes.
const leadsPerTx = 500

// ImportHistory lets the advisor learn from what was asked and delivered before
// this organisation used Houvast. Rows are written in chunks, and a row of the
// same source and id once, so it can be run again after it was interrupted. It
// gives how many rows were new.
func ImportHistory(ctx context.Context, d *db.DB, who actor.Actor, source string, leads []Lead) (added int, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return 0, err
	}
	var c errs.Checks
	c.Must(source != "" && len(source) <= 200, "source", "source-missing")
	for _, l := range leads {
		c.Must(l.ID != "", "leads.id", "lead-without-id")
		c.Must(!l.Asked.IsZero() && !l.Ended.Before(l.Asked), "leads.ended", "lead-backwards")
		c.Must(l.Kind == "" || l.Kind.valid(), "leads.kind", "unknown-kind")
		if err := c.Err(); err != nil {
			return 0, err
		}
	}
	if err := c.Err(); err != nil {
		return 0, err
	}
	for len(leads) > 0 {
		part := leads[:min(len(leads), leadsPerTx)]
		var n int
		if err := d.Write(ctx, func(t *db.Tx) error {
			n = 0
			o, err := org.ByID(t, who.Org)
			if err != nil {
				return err
			}
			for _, l := range part {
				row := Delivery{Org: who.Org, ID: leadID(source, l.ID), Source: source, Kind: l.Kind, Team: l.Team,
					Asked: l.Asked.UTC(), Ended: l.Ended.UTC(), Delivered: l.Delivered, Work: max(0, o.Calendar.Between(l.Asked, l.Ended))}
				if row.Kind == "" {
					row.Kind = Answer
				}
				fresh, err := insertLead(t, row)
				if err != nil {
					return err
				}
				n += int(fresh)
			}
			return nil
		}); err != nil {
			return added, err
		}
		added += n
		leads = leads[len(part):]
	}
	return added, nil
}

// ForgetHistory takes an imported history back; it gives how many rows went.
func ForgetHistory(ctx context.Context, d *db.DB, who actor.Actor, source string) (removed int, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return 0, err
	}
	for {
		var n int64
		if err := d.Write(ctx, func(t *db.Tx) (err error) {
			n, err = forgetLeads(t, who.Org, source, leadsPerTx)
			return err
		}); err != nil {
			return removed, err
		}
		removed += int(n)
		if n < leadsPerTx {
			return removed, nil
		}
	}
}

func leadID(source, id string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + id))
	return "dlv_" + hex.EncodeToString(sum[:12])
}
