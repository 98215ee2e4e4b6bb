package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// settings are what a program that is started with an environment uses.
func settings(env []string) (*config.Config, error) {
	return config.Load(config.Source{Env: env})
}

// firstKey makes the administrator's key of a new organisation, which an
// administrator otherwise makes in the desk.
func (h *house) firstKey(ctx context.Context, x *tenant) (token string, err error) {
	cfg, err := settings(h.env)
	if err != nil {
		return "", err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	as := actor.Actor{Kind: actor.Staff, Org: x.id, Member: x.members["administrator"], Role: actor.Administrator, Name: "Ada", Language: "nl"}
	_, token, err = auth.New(auth.Options{DB: d, Members: org.Members{}}).CreateKey(ctx, as,
		auth.NewKey{Kind: auth.MemberKey, Name: "sleutel", Member: as.Member})
	return token, err
}

// settled is how far ahead the clock stands when all is looked at: every lease
// has ended by then, and everything is done that was begun.
const settled = 15 * time.Minute

// verify stops the house politely, brings it to rest, and looks at everything:
// in this process, and once more as somebody would from the command line.
func (h *house) verify(ctx context.Context) (err error) {
	for _, n := range h.nodes {
		if err := n.stop(); err != nil {
			h.row.wrong("%v", err)
		}
	}
	h.sink.behave(kind)
	if err := h.plant(ctx); err != nil {
		return fmt.Errorf("plant: %w", err)
	}
	cfg, err := settings(h.env)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Config: cfg, Clock: clock.Real{Offset: time.Duration(h.offset.Load()) + settled}, Parallel: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Settle(ctx); err != nil {
		return fmt.Errorf("it does not come to rest: %w", err)
	}
	health, err := db.Inspect(ctx, a.DB)
	if err != nil {
		return err
	}
	if health.Damage != "" {
		h.row.wrong("the file is damaged: %s", health.Damage)
	}
	if err := h.look(ctx, a, h.row, time.Time{}); err != nil {
		return err
	}
	j := h.journal
	h.row.Acknowledged += j.acknowledged.Load()
	h.row.CutOff += j.cutOff.Load()
	h.row.Refused += j.refused.Load()
	h.row.Mails += int64(len(h.sink.letters()))
	if out, err := command(ctx, h.env, h.run.Program, "verify"); err != nil {
		h.row.wrong("houvast verify: %v: %s", err, out)
	}
	return nil
}

// look compares a store with the journal, the mail server and the invariants.
// When it is the store of an earlier moment, only what was acknowledged before
// counts.
func (h *house) look(ctx context.Context, a *app.App, row *Row, until time.Time) error {
	stored, err := h.compare(ctx, a, row, until)
	if err != nil {
		return err
	}
	h.once(stored, row, until)
	return examine(ctx, a, row)
}

// compare compares a store with the journal, and gives its messages.
func (h *house) compare(ctx context.Context, a *app.App, row *Row, until time.Time) (stored []said, err error) {
	entries, words := h.journal.until(until), h.journal.words()
	for _, x := range h.tenants {
		var have held
		if err := a.DB.Read(ctx, func(q db.Q) (err error) {
			if have, err = holdings(q, x.id); err != nil {
				return err
			}
			list, err := messages(q, x.id)
			stored = append(stored, list...)
			return err
		}); err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.org == x.id {
				row.LookedUp++
				have.find(e, row)
			}
		}
		for w, kind := range words {
			if n := map[what]map[string]int{aCase: have.subjects, aContact: have.said}[kind][w]; n > 1 {
				row.doubled("%s %q was asked for once and is there %d times", kind, w, n)
			}
		}
	}
	return stored, nil
}

// find looks for one acknowledged write.
func (have held) find(e entry, row *Row) {
	switch e.what {
	case aCase:
		if got, ok := have.cases[e.id]; !ok || got != e.state {
			row.lost("case %s (%s) was acknowledged at %s; there is %q", e.id, e.state, stamp(e.at), got)
		}
	case aContact:
		if have.said[e.id] == 0 {
			row.lost("contact moment %q was acknowledged at %s", e.id, stamp(e.at))
		}
	case aPromise:
		p, ok := have.promises[e.id]
		if !ok || p.Version < e.version || e.ended && p.State == "open" {
			row.lost("promise %s was acknowledged at %s with version %d, ended %v; there is %+v", e.id, stamp(e.at), e.version, e.ended, p)
		}
	case aHandoff:
		if got, ok := have.handoffs[e.id]; !ok || e.state == "accepted" && got != "accepted" {
			row.lost("handoff %s was acknowledged at %s as %s; there is %q", e.id, stamp(e.at), e.state, got)
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05.000000") }

// once looks for what a customer got twice: by Message-ID, and by what it was
// about; and for what arrived although the store would send it again.
func (h *house) once(stored []said, row *Row, until time.Time) {
	byID := map[string]said{}
	for _, m := range stored {
		byID[m.ID] = m
		if until.IsZero() && m.State == "sending" {
			row.wrong("message %s is still being sent, says the store at rest", m.ID)
		}
	}
	copies, intents := map[string]int{}, map[string]string{}
	for _, l := range h.sink.letters() {
		if !until.IsZero() && !l.at.Before(until) || len(l.id) < 4 || l.id[:4] != "msg_" {
			continue // later; or to the administrator
		}
		if copies[l.id]++; copies[l.id] == 2 {
			row.doubled("message %s arrived more than once", l.id)
		}
		m, ok := byID[l.id]
		switch {
		case !ok:
			row.lost("message %s arrived at %s and is not in the store", l.id, stamp(l.at))
			continue
		case m.State == "queued", m.State == "failed", m.State == "recalled":
			row.wrong("message %s arrived at %s, and the store says %s: it would be said again", l.id, stamp(l.at), m.State)
		}
		if other, again := intents[m.Org+" "+m.Intent]; again && other != l.id {
			row.doubled("%s was said twice: %s and %s", m.Intent, other, l.id)
		}
		intents[m.Org+" "+m.Intent] = l.id
	}
}

// examine looks at the invariants and recomputes the chains.
func examine(ctx context.Context, a *app.App, row *Row) error {
	row.Looks++
	for _, check := range a.Checks() {
		if err := a.DB.Read(ctx, func(q db.Q) error {
			n, wrong, err := check.Run(q)
			if n > 0 {
				row.Checks++
				row.CheckRows += n
			}
			for _, w := range wrong {
				row.wrong("invariant %d, %s: %s", check.Invariant, check.Name, w)
			}
			return err
		}); err != nil {
			return fmt.Errorf("%s: %w", check.Name, err)
		}
	}
	reports, err := ledger.Verify(ctx, a.DB, nil, nil)
	if err != nil {
		return err
	}
	for _, r := range reports {
		row.Facts += r.Facts
		if r.Bad != nil {
			row.wrong("the chain of %s is bad at %+v", r.Org, *r.Bad)
		}
	}
	return nil
}

// plant adds the fault that the harness must find in the store.
func (h *house) plant(ctx context.Context) (err error) {
	plant := h.run.Plant
	if plant == PlantDoubleMail {
		h.sink.repeat()
		return nil
	}
	if plant != PlantLostRow && plant != PlantBrokenChain {
		return nil
	}
	cfg, err := settings(h.env)
	if err != nil {
		return err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Write(ctx, func(t *db.Tx) error {
		if plant == PlantBrokenChain {
			_, err := breakFact(t, h.tenants[0].id)
			return err
		}
		for _, e := range h.journal.until(time.Time{}) {
			if e.what == aContact {
				_, err := loseContact(t, e.org, e.id)
				return err
			}
		}
		return errors.New("there is nothing to lose")
	})
}
