package casefile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// many opens cases, each with a promise of its own.
func many(w *casefiletest.World, n int) (ids []string, promises map[string]string) {
	promises = map[string]string{}
	for i := range n {
		c, p := w.Open(w.Make(time.Duration(180+i) * time.Minute))
		ids, promises[c.ID] = append(ids, c.ID), p.ID
	}
	return ids, promises
}

// queue works off the jobs of the capability.
func queue(t *testing.T, w *casefiletest.World) *job.Queue {
	t.Helper()
	q, err := job.NewQueue(w.DB.DB, kittest.Log(t), 1, casefile.Module(w.Cases).Jobs...)
	w.Must(err)
	return q
}

func states(rows []casefile.BulkRow) map[string]int {
	out := map[string]int{}
	for _, r := range rows {
		out[r.State+r.Problem]++
	}
	return out
}

// A preview says which cases can and why others cannot, and changes nothing.
func TestBulkPreview(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		ids, promises := many(w, 3)
		_, err := w.Cases.Close(casefiletest.Ctx(), w.Who(), ids[0], casefile.Close{Reason: casefile.Agreed, Said: "Opgelost"})
		w.Must(err)
		_, err = w.Promises.Renegotiate(casefiletest.Ctx(), w.Who(), promises[ids[1]], promise.Move{Due: w.Local(1, 15, 0)})
		w.Must(err)
		said := len(w.Teller.Said)
		p, err := w.Cases.PreviewBulk(casefiletest.Ctx(), w.Who(), casefile.BulkWanted{What: casefile.BulkMove,
			Cases: append(ids, "cas_nobody", ids[2]), BulkInput: casefile.BulkInput{Due: w.Local(1, 16, 0)}})
		w.Must(err)
		got := map[string]string{}
		for _, x := range p.Steps {
			got[x.Case.ID] = x.Problem
		}
		for id, want := range map[string]string{ids[0]: "case-closed", ids[1]: "promise-moving", ids[2]: "", "cas_nobody": "case-not-found"} {
			if got[id] != want {
				t.Errorf("%s: %q, want %q", id, got[id], want)
			}
		}
		if p.Can() != 1 || p.Messages+p.Calls != 1 {
			t.Errorf("can %d, messages %d, calls %d", p.Can(), p.Messages, p.Calls)
		}
		if len(w.Teller.Said) != said {
			t.Error("looking told somebody something")
		}
		_, err = w.Cases.PreviewBulk(casefiletest.Ctx(), w.Who(), casefile.BulkWanted{What: casefile.BulkMove, Cases: ids, BulkInput: casefile.BulkInput{Due: w.Now().Add(-time.Hour)}})
		if errs.ClassOf(err) != errs.Invalid {
			t.Errorf("a past moment: %v", err)
		}
		w.Sound()
	})
}

// Two confirms of one preview at the same moment move every promise once.
func TestBulkConfirmedTwice(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		ids, promises := many(w, 6)
		in := casefile.BulkConfirmed{Once: "the same", Promises: promises,
			BulkWanted: casefile.BulkWanted{What: casefile.BulkMove, Cases: ids, BulkInput: casefile.BulkInput{Due: w.Local(1, 16, 0)}}}
		var wg sync.WaitGroup
		got := make([]casefile.Bulk, 3)
		wrong := make([]error, 3)
		for i := range got {
			wg.Go(func() {
				mine := in
				mine.Cases = append([]string{}, ids...)
				got[i], wrong[i] = w.Cases.RunBulk(casefiletest.Ctx(), w.Who(), mine)
			})
		}
		wg.Wait()
		for i := range got {
			w.Must(wrong[i])
			if got[i].ID != got[0].ID {
				t.Errorf("another bulk for the same preview: %s and %s", got[i].ID, got[0].ID)
			}
		}
		w.Must(job.Drain(casefiletest.Ctx(), []job.Worker{queue(t, w)}))
		_, rows, err := w.Cases.GetBulk(casefiletest.Ctx(), w.Who(), got[0].ID)
		w.Must(err)
		if s := states(rows); s["done"] != 6 || len(s) != 1 {
			t.Errorf("rows: %v", s)
		}
		for _, id := range ids {
			if n := len(w.OpenOnes(id)); n != 2 { // the old one counts until the new one was delivered
				t.Errorf("%s has %d open promises", id, n)
			}
		}
		if n := len(w.Teller.Of("promise-moved")); n != 6 {
			t.Errorf("%d messages for 6 customers", n)
		}
		w.Sound()
	})
}

// A job that dies between two cases goes on where it stopped; what changed
// meanwhile is refused with its reason, by itself.
func TestBulkGoesOnAfterACrash(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		ids, promises := many(w, 47)
		b, err := w.Cases.RunBulk(casefiletest.Ctx(), w.Who(), casefile.BulkConfirmed{Once: "x", Promises: promises,
			BulkWanted: casefile.BulkWanted{What: casefile.BulkMove, Cases: append([]string{}, ids...), BulkInput: casefile.BulkInput{Due: w.Local(1, 16, 0)}}})
		w.Must(err)
		if len(w.Teller.Of("promise-moved")) != 0 {
			t.Error("so many wait for the job")
		}
		_, err = w.Cases.Close(casefiletest.Ctx(), w.Who(), ids[46], casefile.Close{Reason: casefile.Agreed, Said: "Opgelost"})
		w.Must(err)
		ctx, kill := casefile.KilledAfter(casefiletest.Ctx(), w.Cases, 7)
		_ = casefile.WorkBulk(ctx, w.Cases, b.Org, b.ID)
		kill()
		_, rows, err := w.Cases.GetBulk(casefiletest.Ctx(), w.Who(), b.ID)
		w.Must(err)
		if s := states(rows); s["waiting"] == 0 || s["done"] == 0 {
			t.Fatalf("it was to die in the middle: %v", s)
		}
		w.Must(job.Drain(casefiletest.Ctx(), []job.Worker{queue(t, w)}))
		b, rows, err = w.Cases.GetBulk(casefiletest.Ctx(), w.Who(), b.ID)
		w.Must(err)
		if s := states(rows); s["done"] != 46 || s["refusedcase-closed"] != 1 || b.EndedAt.IsZero() {
			t.Errorf("rows: %v, ended %v", s, b.EndedAt)
		}
		if n := len(w.Teller.Of("promise-moved")); n != 46 {
			t.Errorf("%d messages for 46 customers", n)
		}
		w.Sound()
	})
}

// offers stands in for the handoff capability: it refuses a case that is
// offered, and may die after some.
type offers struct {
	mu   sync.Mutex
	to   map[string]string
	dies int
}

func (o *offers) OfferIn(_ *db.Tx, _ actor.Actor, caseID, to string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.to[caseID] != "" {
		return errs.New(errs.Conflict, "handoff-open")
	}
	if o.dies--; o.dies == 0 {
		return errors.New("died")
	}
	o.to[caseID] = to
	return nil
}

func (o *offers) Offered(_ db.Q, _ string, cases []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, id := range cases {
		out[id] = o.to[id] != ""
	}
	return out, nil
}

// noted stands in for the note capability.
type noted struct{ *offers }

func (w noted) MayNote(_ db.Q, _ actor.Actor, text string) error {
	if strings.Contains(text, "@Nobody") {
		return errs.New(errs.Invalid, "note-nobody")
	}
	return nil
}

func (w noted) NoteIn(_ *db.Tx, _ actor.Actor, caseID, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to[caseID] = text
	return nil
}

// Handing off, noting, waiting and asking each go by the rules of one case: the
// preview says why one cannot, the others are done once, and what stops in the
// middle goes on.
func TestBulkKinds(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w, ctx := casefiletest.New(t, d), casefiletest.Ctx()
		hand, notes := &offers{to: map[string]string{}}, noted{&offers{to: map[string]string{}}}
		w.Cases.Handing, w.Cases.Notes = hand, notes
		ids, _ := many(w, 25)
		_, err := w.Cases.Close(ctx, w.Who(), ids[0], casefile.Close{Reason: casefile.Agreed, Said: "Opgelost"})
		w.Must(err)
		_, err = w.Cases.AskClose(ctx, w.Who(), ids[1], "")
		w.Must(err)
		hand.to[ids[2]] = w.Specialist.ID
		run := func(t *testing.T, what string, in casefile.BulkInput, can int, why map[string]string) casefile.Bulk {
			t.Helper()
			wanted := casefile.BulkWanted{What: what, Cases: slices.Clone(ids), BulkInput: in}
			p, err := w.Cases.PreviewBulk(ctx, w.Who(), wanted)
			w.Must(err)
			got := map[string]string{}
			for _, x := range p.Steps {
				if x.Problem != "" {
					got[x.Case.ID] = x.Problem
				}
			}
			if diff := cmp.Diff(why, got); diff != "" || p.Can() != can {
				t.Errorf("can %d, want %d; why not: %s", p.Can(), can, diff)
			}
			if reached := what == casefile.BulkWait || what == casefile.BulkAsk; reached && p.Messages+p.Calls != can {
				t.Errorf("%d messages and %d calls for %d customers", p.Messages, p.Calls, can)
			}
			wanted.Cases = slices.Clone(ids)
			b, err := w.Cases.RunBulk(ctx, w.Who(), casefile.BulkConfirmed{BulkWanted: wanted, Once: what})
			w.Must(err)
			if what == casefile.BulkHandoff {
				hand.dies = 9
				if err := casefile.WorkBulk(ctx, w.Cases, b.Org, b.ID); err == nil {
					t.Error("it was to die in the middle")
				}
			}
			w.Must(job.Drain(ctx, []job.Worker{queue(t, w)}))
			b, rows, err := w.Cases.GetBulk(ctx, w.Who(), b.ID)
			w.Must(err)
			no := map[string]string{}
			for _, r := range rows {
				if r.Problem != "" {
					no[r.Case] = r.Problem
				}
			}
			if n := states(rows)[casefile.RowDone]; n != can || b.EndedAt.IsZero() || cmp.Diff(why, no) != "" {
				t.Errorf("%d done, ended %v, refused %v", n, b.EndedAt, no)
			}
			return b
		}
		t.Run("handoff", func(t *testing.T) {
			run(t, casefile.BulkHandoff, casefile.BulkInput{To: w.Specialist.ID}, 23, map[string]string{ids[0]: "case-closed", ids[2]: "handoff-open"})
			if len(hand.to) != 24 || hand.to[ids[24]] != w.Specialist.ID {
				t.Errorf("offered: %v", hand.to)
			}
		})
		t.Run("note", func(t *testing.T) {
			b := run(t, casefile.BulkNote, casefile.BulkInput{Text: "Bel alleen 's ochtends"}, 25, map[string]string{})
			if notes.to[ids[0]] != "Bel alleen 's ochtends" || b.Input.Text != "" {
				t.Errorf("noted %q, and kept %q besides", notes.to[ids[0]], b.Input.Text)
			}
			_, err := w.Cases.PreviewBulk(ctx, w.Who(), casefile.BulkWanted{What: casefile.BulkNote, Cases: ids, BulkInput: casefile.BulkInput{Text: "@Nobody"}})
			w.Refused(err, "note-nobody")
		})
		t.Run("wait", func(t *testing.T) {
			run(t, casefile.BulkWait, casefile.BulkInput{Text: "uw verwijsbrief", Due: w.Local(4, 16, 0)}, 24, map[string]string{ids[0]: "case-closed"})
			if got := w.Case(ids[5]); !got.WaitingBy.Equal(w.Local(4, 16, 0)) {
				t.Errorf("waits until %v", got.WaitingBy)
			}
			if n := len(w.Teller.Of("waiting-customer")); n != 24 {
				t.Errorf("%d customers told", n)
			}
		})
		t.Run("ask", func(t *testing.T) {
			run(t, casefile.BulkAsk, casefile.BulkInput{}, 23, map[string]string{ids[0]: "case-closed", ids[1]: "closing-asked"})
			if n := len(w.Teller.Of("closing-ask")); n != 24 {
				t.Errorf("%d customers asked", n)
			}
		})
		for what, in := range map[string]casefile.BulkInput{casefile.BulkNote: {}, casefile.BulkWait: {Text: "x"}, "burn": {}} {
			if _, err := w.Cases.PreviewBulk(ctx, w.Who(), casefile.BulkWanted{What: what, Cases: slices.Clone(ids), BulkInput: in}); errs.ClassOf(err) != errs.Invalid {
				t.Errorf("%s with nothing: %v", what, err)
			}
		}
		w.Sound()
	})
}

// What was done elsewhere, or by many at once, is not there for others.
func TestBulkBounds(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		ids, _ := many(w, 1)
		due := casefile.BulkInput{Due: w.Local(1, 16, 0)}
		b, err := w.Cases.RunBulk(casefiletest.Ctx(), w.Who(), casefile.BulkConfirmed{Once: "x", BulkWanted: casefile.BulkWanted{What: casefile.BulkMove, Cases: ids, BulkInput: due}})
		w.Must(err)
		stranger := w.Who()
		stranger.Org = "org_elsewhere"
		_, _, err = w.Cases.GetBulk(casefiletest.Ctx(), stranger, b.ID)
		w.Refused(err, "bulk-not-found")
		p, err := w.Cases.PreviewBulk(casefiletest.Ctx(), stranger, casefile.BulkWanted{What: casefile.BulkMove, Cases: ids, BulkInput: due})
		if err == nil && p.Can() > 0 {
			t.Error("a stranger may move it")
		}
		var all []string
		for i := range casefile.MaxBulk + 1 {
			all = append(all, fmt.Sprint("cas_", i))
		}
		_, err = w.Cases.PreviewBulk(casefiletest.Ctx(), w.Who(), casefile.BulkWanted{What: casefile.BulkMove, Cases: all, BulkInput: due})
		if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Type != "bulk-too-many" {
			t.Errorf("too many: %v", err)
		}
		_, err = w.Cases.RunBulk(casefiletest.Ctx(), w.Who(), casefile.BulkConfirmed{Once: "y", BulkWanted: casefile.BulkWanted{What: casefile.BulkMove, Cases: []string{"cas_other"}, BulkInput: due}})
		w.Refused(err, "case-not-found")
		w.Sound()
	})
}
