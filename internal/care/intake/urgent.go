package intake

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Urgent is somebody who cannot wait. Everything may be missing: asking for it
// must not cost the seconds that count.
type Urgent struct {
	Caller  Party  // nothing: they did not say who they are
	About   *Party // somebody else; nil: the caller
	Channel string // default: phone
	Subject string // default: that a clinician is needed
	Case    string // an open case it is about
	Flags   []string
}

// Urgent opens an urgent case, or makes an open one urgent, and fetches a
// clinician: a signal that must be taken, and a promise to the caller of the
// organisation's minutes. It asks no advice, waits for no opening hours and
// refuses nothing but what cannot be read.
func (s *Service) Urgent(ctx context.Context, who actor.Actor, in Urgent) (out Outcome, err error) {
	if !in.Caller.known() {
		in.Caller = Party{Anonymous: true}
	}
	if in.About != nil && !in.About.known() {
		in.About = nil
	}
	if err := s.require(who, in.Caller, in.About); err != nil {
		return out, err
	}
	if in.Channel == "" {
		in.Channel = "phone"
	}
	if !knownChannel(in.Channel) {
		return out, errs.New(errs.Invalid, "unknown-channel").Field("channel", "unknown-channel")
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		o, err := org.ByID(t, who.Org)
		if err != nil {
			return err
		}
		call := Call{Caller: in.Caller, About: in.About, Channel: in.Channel, Case: in.Case, Subject: strings.TrimSpace(in.Subject)}
		if call.Subject == "" {
			call.Subject = s.words(t, o, "").T("intake.urgent-subject")
		}
		p, err := s.parties(t, who, o, call)
		if err != nil {
			return err
		}
		flags, err := s.flags(t, o, s.words(t, o, ""))
		if err != nil {
			return err
		}
		meant := Spot(flags, call.Subject)
		for _, f := range flags {
			if slices.Contains(in.Flags, f.ID) && !slices.ContainsFunc(meant, func(m Flag) bool { return m.ID == f.ID }) {
				meant = append(meant, f)
			}
		}
		clinician, err := Fetch(t, who)
		if err != nil {
			return err
		}
		next := promise.Make{Kind: promise.Callback, What: s.words(t, o, p.asker().Language).T("intake.what-urgent"), Keeper: clinician, Channel: "phone",
			Due: t.Now().Add(time.Duration(o.Settings.TakeMinutes) * time.Minute), Rule: true, Spoken: !p.placed}
		out = Outcome{Caller: p.caller.ID, Placed: p.placed, Fetched: clinician, Flags: ids(meant)}
		if in.Case == "" {
			out.Case, out.Promise, err = s.Cases.OpenIn(t, who, casefile.Open{Person: p.about.ID, Asker: p.asker().ID, Caller: p.caller.ID, Subject: call.Subject,
				Channel: in.Channel, Urgent: true, Promise: next})
		} else {
			var c casefile.Case
			var m casefile.Contact
			if c, m, err = s.about(t, who, call, p); err != nil {
				return err
			}
			if c, _, err = s.Cases.GoOnIn(t, who, c, m, nil); err != nil {
				return err
			}
			out.Case, out.Promise, err = s.Cases.UrgentIn(t, who, c, next)
		}
		if err != nil {
			return err
		}
		sig, _, err := signal.Raise(t, who, signal.Signal{Kind: signal.RedFlag, Level: signal.Urgent, SubjectKind: "case", Subject: out.Case.ID, Case: out.Case.ID,
			Member: clinician, Data: map[string]any{"flags": out.Flags}})
		if err != nil {
			return err
		}
		out.Fetched = sig.Member
		text := map[string]string{}
		if len(meant) > 0 {
			text["what"] = names(meant)
		}
		s.Cases.NoteIn(t, who, out.Case, fact.CaseUrgent, map[string]any{"flags": out.Flags, "member": sig.Member}, text)
		return nil
	})
	return out, err
}

// Fetch gives the member who is fetched for an urgent call: the clinician who
// is here with the fewest signals, else who stands in for one, else a lead or
// anybody who is here, and in the end who takes the call.
func Fetch(q db.Q, who actor.Actor) (string, error) {
	clinicians, err := org.Clinicians(q, who.Org)
	if err != nil {
		return "", err
	}
	best, fewest := "", int64(-1)
	for _, m := range clinicians {
		if !m.Here(q.Now()) {
			continue
		}
		n, err := signal.CountOpen(q, who.Org, m.ID)
		if err != nil {
			return "", err
		}
		if fewest < 0 || n < fewest {
			best, fewest = m.ID, n
		}
	}
	if best != "" {
		return best, nil
	}
	for _, m := range clinicians { // away: their deputies, and so on
		if m.Deputy != "" {
			return org.Duty(q, who.Org, m.ID)
		}
	}
	leads, err := org.Leads(q, who.Org)
	if err != nil {
		return "", err
	}
	for _, m := range leads {
		if m.Here(q.Now()) && m.ID != who.Member {
			return m.ID, nil
		}
	}
	switch {
	case who.Member != "":
		return who.Member, nil
	case len(leads) > 0:
		return org.Duty(q, who.Org, leads[0].ID)
	}
	return "", errs.New(errs.Conflict, "nobody-active")
}
