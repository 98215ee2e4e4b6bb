package insight

import (
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Follower keeps the outcomes and counters. It starts at the beginning of the
// record, so that what happened before this capability existed counts too.
func (s *Service) Follower() ledger.Follower {
	return ledger.Follower{Name: "insight", Handle: s.follow, Kinds: []string{
		fact.CaseOpened, fact.CaseClosed, fact.CaseReopened, fact.ContactLogged, fact.BounceCounted,
		fact.PromiseKept, fact.PromiseBroken, fact.PromiseRenegotiated, fact.PromiseRetracted,
		fact.MessageDelivered, fact.MessageSeen, fact.MessageSpoken}}
}

func (s *Service) follow(t *db.Tx, f ledger.Fact) error {
	if f.Case == "" {
		return nil
	}
	o, err := org.ByID(t, f.Org)
	if err != nil {
		return err
	}
	data := f.Map()
	e := event{t, f, o, data}
	switch f.Kind {
	case fact.CaseOpened:
		return e.opened()
	case fact.ContactLogged:
		if data["direction"] == "out" {
			return e.answered()
		}
	case fact.CaseClosed:
		if data["reason"] == "agreed" {
			return e.answered()
		}
	case fact.CaseReopened:
		return e.returned(Reopened)
	case fact.BounceCounted:
		return e.returned(Bounced)
	case fact.PromiseKept, fact.PromiseBroken, fact.PromiseRenegotiated:
		return e.ended()
	case fact.PromiseRetracted:
		return drop(t, f.Org, Kept, e.text("promise"))
	case fact.MessageDelivered, fact.MessageSeen, fact.MessageSpoken:
		return e.told()
	}
	return nil
}

// event is a fact that is being counted.
type event struct {
	t    *db.Tx
	f    ledger.Fact
	org  org.Organisation
	data map[string]any
}

func (e event) text(key string) string {
	s, _ := e.data[key].(string)
	return s
}

func (e event) day(at time.Time) string {
	return workcal.DateOf(at, e.org.Calendar.Location()).String()
}

func (e event) outcome(m Measure, subject, part, outcome string) Outcome {
	return Outcome{Org: e.f.Org, Measure: m, Subject: subject, Case: e.f.Case, Ref: subject, Part: part, Outcome: outcome, Day: e.day(e.f.At), At: e.f.At}
}

// opened: a case waits for its first answer, and has not come back.
func (e event) opened() error {
	channel := e.text("channel")
	if err := put(e.t, e.outcome(Answered, e.f.Case, channel, Waiting)); err != nil {
		return err
	}
	return put(e.t, e.outcome(Returned, e.f.Case, channel, Straight))
}

// answered: the first word of substance decides; later ones change nothing.
func (e event) answered() error {
	o, known, err := get(e.t, e.f.Org, Answered, e.f.Case)
	if err != nil || !known || o.Outcome != Waiting {
		return err
	}
	o.Outcome = Within
	if e.org.Calendar.Between(o.At, e.f.At) > time.Duration(e.org.Settings.AnswerHours)*time.Hour {
		o.Outcome = Late
	}
	return put(e.t, o)
}

// returned: a case counts once, as what happened to it first.
func (e event) returned(as string) error {
	o, known, err := get(e.t, e.f.Org, Returned, e.f.Case)
	if err != nil || !known || o.Outcome != Straight {
		return err
	}
	o.Outcome = as
	return put(e.t, o)
}

// ended: a promise was kept, broken, or moved by us. Moving it at the
// customer's wish is no failure and no merit.
func (e event) ended() error {
	id, kind := e.text("promise"), promise.Kind(e.text("kind"))
	if !counts(kind) || id == "" {
		return nil
	}
	switch e.f.Kind {
	case fact.PromiseKept:
		if once, _ := e.data["at_once"].(bool); once { // helped while asking: an answer, and nothing that had to be kept
			if answers(kind) {
				return e.answered()
			}
			return nil
		}
		if err := put(e.t, e.outcome(Kept, id, string(kind), KeptWell)); err != nil {
			return err
		}
		if answers(kind) {
			return e.answered()
		}
		return nil
	case fact.PromiseRenegotiated:
		if e.text("by") != "us" {
			return nil
		}
		// It may only end so when the customer heard the new time before the old
		// one fell due (decision 5).
		if err := put(e.t, e.outcome(Told, id, string(kind), Before)); err != nil {
			return err
		}
		return put(e.t, e.outcome(Kept, id, string(kind), Moved))
	}
	untold := e.outcome(Told, id, string(kind), Untold)
	if n, _ := e.data["in_a_row"].(float64); n < 2 && e.text("successor") != "" && e.text("why") == promise.Late {
		untold.Ref = e.text("successor") // the message names the promise it makes
	}
	if err := put(e.t, untold); err != nil {
		return err
	}
	return put(e.t, e.outcome(Kept, id, string(kind), Broken))
}

// told: the customer heard that a promise was broken.
func (e event) told() error {
	as := After
	switch e.text("template") {
	case "promise-broken", "promise-broken-again":
	case "promise-early": // carried out too early, and said before the promised time had passed
		as = Before
	default:
		return nil
	}
	list, err := byRef(e.t, e.f.Org, e.text("promise"), Told)
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.Outcome != Untold {
			continue
		}
		o.Outcome = as
		if err := put(e.t, o); err != nil {
			return err
		}
	}
	return nil
}
