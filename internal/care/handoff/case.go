package handoff

import (
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

const maxText = 5_000

// staff is Require for what only a member can do: somebody has to answer for it.
func staff(who actor.Actor, what auth.Action) error {
	if err := auth.Require(who, what); err != nil {
		return err
	}
	if who.Kind != actor.Staff || who.Member == "" {
		return errs.New(errs.Forbidden, "not-allowed").With("Action", string(what))
	}
	return nil
}

// trader is Require for the receiving side of a referral: a member there, or
// the organisation itself by its key.
func trader(who actor.Actor) error {
	if who.Kind == actor.Organisation {
		return auth.Require(who, auth.ReferralTrade)
	}
	return staff(who, auth.CaseWrite)
}

func leads(who actor.Actor) bool {
	return who.Kind == actor.Staff && (who.Role == actor.Manager || who.Role == actor.Administrator)
}

func short(c *errs.Checks, path, s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		c.Add(errs.Field{Path: path, Type: "text-too-long", Params: errs.Params{"Max": maxText}})
	}
	return s
}

func orElse(err error, other *errs.Error) error {
	if err != nil {
		return err
	}
	return other
}

// filled leaves out texts that are empty.
func filled(text map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range text {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

// open gives an open case, held, with its organisation.
func (s *Service) open(t *db.Tx, orgID, caseID string) (casefile.Case, org.Organisation, error) {
	c, err := s.Cases.Lock(t, orgID, caseID)
	if err != nil {
		return c, org.Organisation{}, err
	}
	if c.Closed() {
		return c, org.Organisation{}, errs.New(errs.Conflict, "case-closed")
	}
	o, err := org.ByID(t, orgID)
	return c, o, err
}

// answerBy is when an organisation answers what reaches it now.
func answerBy(o org.Organisation, now time.Time) time.Time {
	hours := time.Duration(o.Settings.HandoffHours) * time.Hour
	if at := o.Calendar.Add(now, hours); !at.IsZero() {
		return at.UTC()
	}
	return now.Add(hours) // never open: the clock counts
}

// tell says something to the customer in the transaction that decides it
// (decision 10): who has the question from now on is the keeper, and when the
// customer hears more is the promise that is open already.
func (s *Service) tell(t *db.Tx, who actor.Actor, c casefile.Case, template, intent, keeper string, params map[string]any) error {
	if s.Bare {
		return nil
	}
	p := map[string]any{"keeper": keeper}
	if !c.NextDue.IsZero() {
		p["due"] = c.NextDue.UnixMilli()
	}
	for k, v := range params {
		p[k] = v
	}
	_, err := s.Teller.Tell(t, who, promise.Telling{Org: c.Org, Case: c.ID, Question: c.Question, Person: c.Asker, Keeper: keeper,
		Template: template, Intent: template + ":" + intent, Params: p})
	return err
}

func raise(t *db.Tx, orgID string, sig signal.Signal) error {
	_, _, err := signal.Raise(t, actor.ForSystem(orgID), sig)
	return err
}

func settle(t *db.Tx, orgID, subject, reason string, kinds ...string) error {
	return signal.ClearKinds(t, actor.ForSystem(orgID), kinds, subject, reason)
}

// wentOn clears the signals about offers that were declined: the sender does
// something about it.
func wentOn(t *db.Tx, c casefile.Case) error {
	ids, err := declinedOf(t, c.Org, c.ID)
	for i := 0; err == nil && i < len(ids); i++ {
		err = settle(t, c.Org, ids[i], "offered-again", SignalDeclined, SignalRefused)
	}
	return err
}

// beside is somebody else than a member who can still do something: their
// deputy, or who leads. When there is nobody else it is the member.
func beside(q db.Q, orgID, member string) (string, error) {
	m, err := org.MemberByID(q, orgID, member)
	if err != nil {
		return "", err
	}
	if m.Deputy != "" {
		if d, err := org.MemberByID(q, orgID, m.Deputy); err != nil || d.Here(q.Now()) {
			return d.ID, err
		}
	}
	return lead(q, orgID, member)
}

// lead is who leads and is here, preferably not the member itself.
func lead(q db.Q, orgID, except string) (string, error) {
	list, err := org.Leads(q, orgID)
	if err != nil {
		return "", err
	}
	best := except
	for _, l := range list {
		switch {
		case l.ID == except:
		case l.Here(q.Now()):
			return l.ID, nil
		case best == except:
			best = l.ID
		}
	}
	if best == "" && len(list) > 0 {
		best = list[0].ID
	}
	return org.Duty(q, orgID, best)
}

// bounced counts how often a case was passed on without the customer getting
// further, and raises it to who leads from the second time on.
func (s *Service) bounced(t *db.Tx, c casefile.Case, data map[string]any) error {
	all, err := passes(t, c.Org, c.ID)
	if err != nil {
		return err
	}
	made, err := promise.OfCase(t, c.Org, c.ID)
	if err != nil {
		return err
	}
	n := bounces(all, Progress(made))
	if n < bounce {
		return nil
	}
	data["count"] = n
	system := actor.ForSystem(c.Org)
	t.Emit(db.Fact{Org: c.Org, Kind: fact.BounceCounted, Case: c.ID, Question: c.Question, Person: c.Person, By: system, Data: data})
	if err := casefile.CameBack(t, c.Org, c.ID); err != nil {
		return err
	}
	if s.Bare {
		return nil
	}
	to, err := lead(t, c.Org, c.Owner)
	if err != nil {
		return err
	}
	level := signal.Warning
	if n > bounce {
		level = signal.Urgent
	}
	return raise(t, c.Org, signal.Signal{Kind: SignalBounce, Level: level, SubjectKind: "case", Subject: c.ID, Case: c.ID, Member: to,
		Data: map[string]any{"count": n}})
}
