package casefile

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Question is what a customer sees of their question, over all organisations
// that have a case of it (decision 3): who has it, what was promised, and what
// happened so far. Before the second factor only who and when (decision 26).
type Question struct {
	ID        string
	Confirmed bool
	Subject   string // empty before the second factor
	About     string // the call name of whom it is about, when somebody else asks
	Asker     string
	Holder    Holder
	Others    []Holder // organisations that had it, or have it beside
	Steps     []Line   // newest first; empty before the second factor
}

// Holder is an organisation with a case of the question.
type Holder struct {
	Org        org.Organisation
	Case       Case
	Owner      org.Member
	Promises   []promise.Promise // open ones, by due time
	LastBroken *promise.Promise
	Series     []promise.Outline // that go on
}

// maxFacts bounds how far the page reads back. Most facts of a case are the
// organisation's own signals, of which the customer sees nothing.
const maxFacts = 5000

// Current is the promise that falls due first.
func (h Holder) Current() (p promise.Promise, ok bool) {
	if len(h.Promises) == 0 {
		return p, false
	}
	return h.Promises[0], true
}

// GetQuestion gives a customer their question. The link is for one question
// and one person; whatever else is asked for does not exist.
func (s *Service) GetQuestion(ctx context.Context, who actor.Actor) (v Question, err error) {
	if err := auth.Require(who, auth.QuestionRead); err != nil {
		return v, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		v, err = s.question(q, who)
		return err
	})
	return v, err
}

func (s *Service) question(q db.Q, who actor.Actor) (Question, error) {
	home, err := s.home(q, who)
	if err != nil {
		return Question{}, err
	}
	v := Question{ID: who.Question, Confirmed: who.Confirmed}
	parties, err := Parties(q, home.Question)
	if err != nil {
		return v, err
	}
	var holders []Holder
	for _, p := range parties {
		h, ok, err := holderOf(q, p.Org, home.Question)
		if err != nil {
			return v, err
		}
		if ok {
			holders = append(holders, h)
		}
	}
	best := pick(holders)
	v.Holder = holders[best]
	v.Others = append(append([]Holder{}, holders[:best]...), holders[best+1:]...)
	asker, err := person.ByID(q, home.Org, home.Asker)
	if err != nil {
		return v, err
	}
	v.Asker = asker.Called()
	if !who.Confirmed {
		return v, nil
	}
	v.Subject = home.Subject
	if home.Person != home.Asker {
		about, err := person.ByID(q, home.Org, home.Person)
		if err != nil {
			return v, err
		}
		v.About = about.Called()
	}
	for _, h := range holders {
		words := s.Lang.Printer(who.Language, h.Org.Calendar.Location(), q.Now())
		lines, err := s.lines(q, words, h.Case, "", maxFacts, true)
		if err != nil {
			return v, err
		}
		v.Steps = append(v.Steps, lines...)
		if err := s.joined(q, words, h.Case, &v); err != nil {
			return v, err
		}
	}
	sortLines(v.Steps)
	return v, nil
}

// pick is the organisation that has the question now: the newest open case,
// else the one that ended last.
func pick(hs []Holder) int {
	best := 0
	for i, h := range hs {
		b := hs[best]
		switch {
		case h.Case.Closed() != b.Case.Closed():
			if b.Case.Closed() {
				best = i
			}
		case !h.Case.Closed() && h.Case.OpenedAt.After(b.Case.OpenedAt),
			h.Case.Closed() && h.Case.ClosedAt.After(b.Case.ClosedAt):
			best = i
		}
	}
	return best
}

func holderOf(q db.Q, orgID, question string) (h Holder, ok bool, err error) {
	if h.Case, ok, err = ByQuestion(q, orgID, question); err != nil || !ok {
		return h, ok, err
	}
	if h.Org, err = org.ByID(q, orgID); err != nil {
		return h, ok, err
	}
	if h.Owner, err = org.MemberByID(q, orgID, h.Case.Owner); err != nil {
		return h, ok, err
	}
	all, err := promise.OfCase(q, orgID, h.Case.ID)
	if err != nil {
		return h, ok, err
	}
	series, err := promise.Outlines(q, h.Org, h.Case.ID)
	if err != nil {
		return h, ok, err
	}
	h.Series = goesOn(series)
	for i, p := range all {
		switch {
		// What was not told is not shown as promised: a duty is ours alone.
		case p.State == promise.Open && p.Kind != promise.Duty && p.Told != promise.Untold:
			h.Promises = append(h.Promises, p)
		case p.State == promise.Broken:
			h.LastBroken = &all[i]
		}
	}
	sortByDue(h.Promises)
	return h, true, nil
}

// home is the case from which the link was given, and proof that the customer
// may see it.
func (s *Service) home(q db.Q, who actor.Actor) (Case, error) {
	c, ok, err := ByQuestion(q, who.Org, who.Question)
	if err != nil {
		return c, err
	}
	if !ok || who.Person == "" || who.Person != c.Asker && who.Person != c.Person {
		return Case{}, errs.New(errs.NotFound, "question-not-found")
	}
	// A question that was joined with another of the same people goes on there.
	for range maxJoined {
		if c.MergedInto == "" {
			break
		}
		if c, err = ByID(q, c.Org, c.MergedInto); err != nil {
			return Case{}, err
		}
	}
	return c, nil
}

// maxJoined is how often a question may have been joined with another.
const maxJoined = 20

// joined adds what happened in the questions that go on in this one.
func (s *Service) joined(q db.Q, words lang.Printer, c Case, v *Question) error {
	todo := []Case{c}
	for n := 0; n < len(todo) && n < maxJoined; n++ {
		merged, err := mergedHere(q, c.Org, todo[n].ID)
		if err != nil {
			return err
		}
		for _, m := range merged {
			lines, err := s.lines(q, words, m, "", maxFacts, true)
			if err != nil {
				return err
			}
			v.Steps = append(v.Steps, lines...)
		}
		todo = append(todo, merged...)
	}
	return nil
}

// OnCase turns a customer with a link into themselves at the organisation that
// has their question now, so that what they say arrives there.
func (s *Service) OnCase(ctx context.Context, who actor.Actor) (there actor.Actor, caseID string, err error) {
	if err := auth.Require(who, auth.QuestionWrite); err != nil {
		return there, "", err
	}
	if !who.Confirmed {
		return there, "", errs.New(errs.Forbidden, "confirm-first")
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		v, err := s.question(q, who)
		if err != nil {
			return err
		}
		there = who
		there.Org, there.Person = v.Holder.Org.ID, v.Holder.Case.Asker
		there.Question = v.Holder.Case.Question
		caseID = v.Holder.Case.ID
		return nil
	})
	return there, caseID, err
}

// Visible says whether the customer's page shows a promise of this kind and
// how it was told; a duty is ours alone.
func promiseWords(words lang.Printer, p promise.Promise, keeper string) string {
	var from any // a zero time would still count as one in a sentence
	if !p.From.IsZero() {
		from = p.From
	}
	params := []any{"Keeper", keeper, "What", p.What, "Due", p.Due, "From", from}
	return words.T("promise.sentence."+string(p.Kind), params...)
}

// Sentence is a promise as the customer reads it.
func (h Holder) Sentence(words lang.Printer, p promise.Promise) string {
	return promiseWords(words, p, h.Owner.Name)
}

// Left is how long there is until a moment; negative when it passed.
func Left(now, due time.Time) time.Duration { return due.Sub(now) }
