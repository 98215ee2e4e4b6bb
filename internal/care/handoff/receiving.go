package handoff

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// Take is how a referral is accepted: with a promise to the customer.
type Take struct {
	Person           string // an existing customer; default: found by name and birth date, or added
	Owner            string // member or team; default: who accepts, else who handles it
	Promise          promise.Make
	WithoutDocuments bool
	Why              string // with WithoutDocuments
}

// AcceptReferral opens the receiver's case of the same question with its
// first promise. The sender's case ends when the news arrives there.
func (s *Service) AcceptReferral(ctx context.Context, who actor.Actor, id string, in Take) (r Referral, c casefile.Case, p promise.Promise, err error) {
	if err := trader(who); err != nil {
		return r, c, p, err
	}
	var ck errs.Checks
	in.Why = short(&ck, "why", in.Why)
	ck.Must(!in.WithoutDocuments || in.Why != "", "why", "why-missing")
	if err := ck.Err(); err != nil {
		return r, c, p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = incoming(t, who.Org, id); err != nil {
			return err
		}
		if len(r.Missing) > 0 && !in.WithoutDocuments {
			return errs.New(errs.Conflict, "documents-missing").With("Missing", r.Missing)
		}
		if c, p, err = s.take(t, who, r, in); err != nil {
			return err
		}
		papers, err := papersOf(t, r.Org, r.ID)
		if err != nil {
			return err
		}
		along, err := filesOf(t, r.Org, r.ID)
		if err != nil {
			return err
		}
		for _, f := range along { // filed by itself, once it is here
			enqueueBring(t, f, "file")
		}
		for _, paper := range papers {
			if slices.ContainsFunc(along, func(f PaperFile) bool { return f.Document == paper.ID }) {
				continue
			}
			if _, err := s.Cases.AddDocumentIn(t, who, c, casefile.Document{Kind: paper.Kind, Name: paper.Name,
				Content: paper.Content, FromOrg: paper.FromOrg}); err != nil {
				return err
			}
		}
		r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt = Accepted, t.Now(), who.ID(), time.Time{}
		r.Case, r.Person = c.ID, c.Person
		if err := updateReferral(t, r); err != nil {
			return err
		}
		r.Version++
		if err := adopt(t, r.Org, r.ID, c.ID, c.Owner); err != nil {
			return err
		}
		if err := settle(t, r.Org, r.ID, "accepted", SignalReceived, SignalReferral); err != nil {
			return err
		}
		t.Emit(r.fact(c.Person, fact.ReferralAccepted, who, map[string]any{"deliver": r.Origin, "from_org": r.Origin, "to_org": r.Org,
			"owner": c.Owner, "told": p.Told != promise.Untold, "due": p.Due.UnixMilli(), "without_documents": in.WithoutDocuments}, map[string]string{"why": in.Why}))
		return nil
	})
	return r, c, p, err
}

// take opens the case, or opens it again when the question comes back.
func (s *Service) take(t *db.Tx, who actor.Actor, r Referral, in Take) (c casefile.Case, p promise.Promise, err error) {
	if in.Owner == "" {
		if in.Owner = who.Member; in.Owner == "" {
			in.Owner = r.Handler
		}
	}
	if in.Promise.Keeper == "" {
		if in.Promise.Keeper, err = org.Duty(t, r.Org, in.Owner); err != nil {
			return c, p, err
		}
	}
	had, ok, err := casefile.ByQuestion(t, r.Org, r.Question)
	if err != nil {
		return c, p, err
	}
	if ok {
		if had, err = s.Cases.Lock(t, r.Org, had.ID); err != nil {
			return c, p, err
		}
		if !had.Closed() {
			return c, p, hasAlready(t, r.Org)
		}
		return s.Cases.TakeBack(t, who, had, in.Owner, in.Promise)
	}
	about, asker, err := admit(t, who, r.About, in.Person)
	if err != nil {
		return c, p, err
	}
	open := casefile.Open{Person: about, Asker: asker, Subject: r.Subject, Channel: "page", Owner: in.Owner, Promise: in.Promise}
	c, p, err = s.Cases.OpenFor(t, who, r.Question, open)
	if errs.TypeOf(err) == "may-not-speak" { // grown up meanwhile: then it is their own question
		open.Asker = about
		c, p, err = s.Cases.OpenFor(t, who, r.Question, open)
	}
	return c, p, err
}

// incoming gives a referral that this organisation must answer, locked.
func incoming(t *db.Tx, orgID, id string) (Referral, error) {
	r, err := lockReferral(t, orgID, id)
	switch {
	case err != nil:
		return r, err
	case r.Direction != In:
		return r, errs.New(errs.NotFound, "referral-not-found")
	case !r.State.Open():
		return r, answeredAlready(r)
	}
	return r, nil
}

// No is how a referral, or a request for a paper, is refused.
type No struct {
	Reason, Explanation string
	Next                Next
}

// DeclineReferral refuses a referral with a reason, plain words and a next
// step. When papers are what it lacks, it is not refused at all: they are
// asked from whoever has them, and the referral stays where it is.
func (s *Service) DeclineReferral(ctx context.Context, who actor.Actor, id string, in No) (r Referral, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	in.Explanation, in.Next.Advice = short(&ck, "explanation", in.Explanation), short(&ck, "next_step.advice", in.Next.Advice)
	for _, k := range in.Next.Documents {
		ck.Must(knownKind(k), "next_step.documents", "unknown-kind")
	}
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = incoming(t, who.Org, id); err != nil {
			return err
		}
		if err := CheckReferralDecline(in.Reason, in.Explanation, in.Next, r.Missing, s.Bare); err != nil {
			return err
		}
		if in.Next.Step == AskDocuments && !s.Bare {
			r, err = s.askInstead(t, who, r, in)
			return err
		}
		if in.Next.Step == OtherOrganisation {
			if err := elsewhere(t, r, in.Next.Organisation); err != nil {
				return err
			}
		}
		if in.Next.Step == "" {
			in.Next.Step = None
		}
		r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt = Declined, t.Now(), who.ID(), time.Time{}
		r.Reason, r.Explanation, r.NextStep, r.NextOrg, r.Advice = in.Reason, in.Explanation, in.Next.Step, in.Next.Organisation, in.Next.Advice
		if err := updateReferral(t, r); err != nil {
			return err
		}
		r.Version++
		t.Emit(r.fact("", fact.ReferralDeclined, who, map[string]any{"deliver": r.Origin, "from_org": r.Origin, "to_org": r.Org,
			"reason": r.Reason, "next": r.NextStep, "onward_org": r.NextOrg},
			map[string]string{"explanation": r.Explanation, "advice": r.Advice}))
		return settle(t, r.Org, r.ID, "declined", SignalReceived, SignalReferral)
	})
	return r, err
}

// askInstead asks for the papers; the referral waits for them here.
func (s *Service) askInstead(t *db.Tx, who actor.Actor, r Referral, in No) (Referral, error) {
	kinds := in.Next.Documents
	if len(kinds) == 0 {
		kinds = r.Missing
	}
	o, err := org.ByID(t, r.Org)
	if err != nil {
		return r, err
	}
	for _, k := range kinds {
		if r, err = addMissing(t, r, k); err != nil {
			return r, err
		}
		if _, err := s.ask(t, who, r.wants(k, in.Explanation, in.Next.Organisation)); err != nil && errs.TypeOf(err) != "document-asked" {
			return r, err
		}
	}
	// Time runs again from now: there is a reason to wait.
	r.AnswerBy, r.Late, r.State = answerBy(o, t.Now()), 0, Received
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	if err := updateReferral(t, r); err != nil {
		return r, err
	}
	r.Version++
	t.Wake(Topic)
	return r, settle(t, r.Org, r.ID, "documents-asked", SignalReceived, SignalReferral)
}

// addMissing notes that a kind of paper is required after all and not there.
func addMissing(q db.Q, r Referral, kind string) (Referral, error) {
	papers, err := papersOf(q, r.Org, r.ID)
	if err != nil {
		return r, err
	}
	if len(MissingKinds([]string{kind}, papers)) == 0 || len(MissingKinds([]string{kind}, kindsAs(r.Required))) == 0 {
		return r, nil
	}
	r.Required = append(r.Required, kind)
	r.Missing = MissingKinds(r.Required, papers)
	return r, nil
}

// kindsAs makes papers of kinds, to compare lists.
func kindsAs(kinds []string) []Paper {
	out := make([]Paper, len(kinds))
	for i, k := range kinds {
		out[i].Kind = k
	}
	return out
}

// elsewhere refuses to send a question to where it was already.
func elsewhere(q db.Q, r Referral, to string) error {
	if _, err := org.PartnerByID(q, to); err != nil {
		return errs.New(errs.Invalid, "organisation-unknown").Field("next_step.organisation_id", "organisation-unknown")
	}
	for _, o := range r.Chain {
		if o == to {
			return errs.New(errs.Conflict, "referral-loop")
		}
	}
	return nil
}

// ForwardReferral passes a referral on to the organisation where it belongs,
// papers included. The sender stays owner until somebody accepts; the customer
// carries nothing.
func (s *Service) ForwardReferral(ctx context.Context, who actor.Actor, id, to, why string) (r Referral, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	why = strings.TrimSpace(short(&ck, "why", why))
	ck.Must(why != "", "why", "why-missing")
	ck.Must(to != "" && to != who.Org, "to_organisation_id", "organisation-missing")
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = incoming(t, who.Org, id); err != nil {
			return err
		}
		if err := elsewhere(t, r, to); err != nil {
			return err
		}
		there, ok, err := casefile.ByQuestion(t, to, r.Question)
		if err != nil {
			return err
		}
		if ok && !there.Closed() {
			return hasAlready(t, to)
		}
		r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt, r.Onward, r.Explanation = Forwarded, t.Now(), who.ID(), time.Time{}, to, why
		if err := updateReferral(t, r); err != nil {
			return err
		}
		r.Version++
		t.Emit(r.fact("", fact.ReferralForwarded, who, map[string]any{"deliver": to, "from_org": r.Org, "to_org": to, "onward_org": to},
			map[string]string{"why": why}))
		return settle(t, r.Org, r.ID, "forwarded", SignalReceived, SignalReferral)
	})
	return r, err
}

func hasAlready(q db.Q, orgID string) error {
	o, err := org.PartnerByID(q, orgID)
	return orElse(err, errs.New(errs.Conflict, "has-it-already").With("Organisation", o.Name))
}
