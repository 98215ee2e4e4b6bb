package handoff

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/db"
)

// want is a paper somebody needs, with what it is needed for.
type want struct {
	org, question, caseID, referral string
	person                          string // our own, when known
	handler                         string
	about                           About
	senders                         []string // whom to ask first
	origin                          string   // who has the customer while the referral is open
	kind, why, of                   string
}

// wants is a paper that a referral lacks.
func (r Referral) wants(kind, why, of string) want {
	return want{org: r.Org, question: r.Question, caseID: r.Case, referral: r.ID, person: r.Person, handler: r.Handler, about: r.About,
		senders: []string{r.Origin, r.Peer}, origin: r.Origin, kind: kind, why: why, of: of}
}

// Ask asks for a paper.
type Ask struct {
	Case, Referral string // one of the two, or
	Request        string // a request for a paper that cannot be written without this one
	Kind           string
	Of             string // organisation; default: whoever sent the question, then the others that had it
	Why            string
}

// RequestDocument asks an organisation for a paper, so that the customer need
// not fetch it. Without one to ask it says who could be.
func (s *Service) RequestDocument(ctx context.Context, who actor.Actor, in Ask) (r Request, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	given := 0
	for _, x := range []string{in.Case, in.Referral, in.Request} {
		if x != "" {
			given++
		}
	}
	ck.Must(given == 1, "case_id", "case-or-referral")
	ck.Must(knownKind(in.Kind), "kind", "unknown-kind")
	ck.Must(in.Of != who.Org, "of_organisation_id", "organisation-missing")
	in.Why = short(&ck, "why", in.Why)
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		w, err := s.wanted(t, who, in)
		if err != nil {
			return err
		}
		r, err = s.ask(t, who, w)
		return err
	})
	return r, err
}

// wanted holds what the paper is for, and says what is known about it.
func (s *Service) wanted(t *db.Tx, who actor.Actor, in Ask) (want, error) {
	if in.Referral != "" {
		r, err := incoming(t, who.Org, in.Referral)
		if err != nil {
			return want{}, err
		}
		if r, err = addMissing(t, r, in.Kind); err != nil {
			return want{}, err
		}
		return r.wants(in.Kind, in.Why, in.Of), updateReferral(t, r)
	}
	if in.Request != "" {
		r, err := requested(t, who.Org, in.Request)
		return want{org: r.Org, question: r.Question, handler: r.Handler, about: r.About, senders: []string{r.Peer, r.Asker},
			kind: in.Kind, why: in.Why, of: in.Of}, err
	}
	if who.Kind == actor.Organisation {
		return want{}, errs.New(errs.NotFound, "case-not-found") // a key trades in referrals only
	}
	c, _, err := s.open(t, who.Org, in.Case)
	if err != nil {
		return want{}, err
	}
	w := want{org: c.Org, question: c.Question, caseID: c.ID, person: c.Person, handler: c.Owner, kind: in.Kind, why: in.Why, of: in.Of}
	w.about, err = describe(t, c.Org, c.Person, c.Asker)
	return w, err
}

// ask makes the request in the transaction that needs it.
func (s *Service) ask(t *db.Tx, who actor.Actor, w want) (r Request, err error) {
	before, err := asked(t, w.org, w.question, w.kind)
	if err != nil {
		return r, err
	}
	var had []string
	for _, b := range before {
		if b.State == Asked {
			return b, errs.New(errs.Conflict, "document-asked")
		}
		had = append(had, b.Chain...)
		had = append(had, b.Peer)
	}
	parties, err := casefile.Parties(t, w.question)
	if err != nil {
		return r, err
	}
	var others []string
	for _, p := range parties {
		others = append(others, p.Org)
	}
	if w.of == "" {
		if w.of = WhomToAsk(w.org, w.senders, others, had); w.of == "" {
			return r, errs.New(errs.Conflict, "say-whom-to-ask").With("Candidates", candidates(w, others)).
				Field("of_organisation_id", "say-whom-to-ask")
		}
	}
	of, err := org.ByID(t, w.of)
	if err != nil {
		return r, err
	}
	r = Request{Org: w.org, ID: t.NewID("drq"), Direction: Out, Peer: of.ID, Asker: w.org, Question: w.question, Case: w.caseID,
		Referral: w.referral, Kind: w.kind, About: w.about, Why: w.why, State: Asked, Handler: w.handler,
		Chain: []string{w.org, of.ID}, AnswerBy: answerBy(of, t.Now()), AskedAt: t.Now(), Version: 1}
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	if err := db.Insert(t, "document_request", r); err != nil {
		return r, err
	}
	t.Emit(r.fact(w.person, fact.DocumentRequested, who, map[string]any{"deliver": of.ID, "of_org": of.ID, "origin_org": w.origin,
		"answer_by": r.AnswerBy.UnixMilli()}, map[string]string{"why": w.why}))
	t.Wake(Topic)
	if w.caseID == "" {
		return r, nil // whoever has the customer tells them: see Word
	}
	c, err := s.Cases.Lock(t, w.org, w.caseID)
	if err != nil {
		return r, err
	}
	return r, s.tellAsked(t, who, c, of.ID, r.Kind)
}

// candidates are the organisations that were asked before, and may still be
// asked once more by name.
func candidates(w want, others []string) []string {
	out := []string{}
	for _, o := range append(slices.Clone(w.senders), others...) {
		if o != "" && o != w.org && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// tellAsked tells the customer, once per question, that a paper is being
// fetched and that they need do nothing.
func (s *Service) tellAsked(t *db.Tx, who actor.Actor, c casefile.Case, of, kind string) error {
	o, err := org.PartnerByID(t, of)
	if err != nil {
		return err
	}
	asker, err := person.ByID(t, c.Org, c.Asker)
	if err != nil {
		return err
	}
	words := s.Cases.Lang.Printer(asker.Language, nil, t.Now())
	return s.tell(t, who, c, "document-requested", c.Question, c.Owner,
		map[string]any{"of_name": o.Name, "what": words.T("document.kind-" + kind)})
}

// fact is something that happened to a request.
func (r Request) fact(person, kind string, who actor.Actor, data map[string]any, text map[string]string) db.Fact {
	data["request"], data["kind"], data["asker_org"] = r.ID, r.Kind, r.Asker
	if r.Referral != "" {
		data["referral"] = r.Referral
	}
	return db.Fact{Org: r.Org, Kind: kind, Case: r.Case, Question: r.Question, Person: person, By: who, Data: data, Text: filled(text)}
}

// requested gives a request that this organisation must answer, locked.
func requested(t *db.Tx, orgID, id string) (Request, error) {
	r, err := lockRequest(t, orgID, id)
	switch {
	case err != nil:
		return r, err
	case r.Direction != In:
		return r, errs.New(errs.NotFound, "request-not-found")
	case r.State != Asked:
		return r, errs.New(errs.Conflict, "request-answered").With("State", r.State)
	}
	return r, nil
}

// Give is a paper that was asked for: one that is here, or a new one.
type Give struct {
	Document      string
	Name, Content string
}

// ProvideDocument gives a paper to who asked for it.
func (s *Service) ProvideDocument(ctx context.Context, who actor.Actor, id string, in Give) (r Request, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	in.Name = short(&ck, "name", in.Name)
	ck.Must(in.Document != "" || in.Content != "", "content", "content-missing")
	ck.Must(in.Document != "" || in.Name != "", "name", "name-missing")
	ck.Must(len(in.Content) <= 500_000, "content", "text-too-long")
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = requested(t, who.Org, id); err != nil {
			return err
		}
		if in.Document != "" {
			if who.Kind == actor.Organisation {
				return errs.New(errs.NotFound, "document-not-found")
			}
			d, err := casefile.DocumentByID(t, who.Org, in.Document)
			if err != nil {
				return err
			}
			if d.Kind != r.Kind {
				return errs.New(errs.Invalid, "other-kind").Field("document_id", "other-kind")
			}
			if err := sameSubject(t, r, d); err != nil {
				return err
			}
			if d.Content == "" { // a file
				return errs.New(errs.Invalid, "document-stays").Field("document_id", "document-stays")
			}
			in.Name, in.Content = d.Name, d.Content
		}
		r.Document, r.Name, r.Content = in.Document, in.Name, in.Content
		return s.answerRequest(t, who, &r, Provided, fact.DocumentProvided, map[string]any{"document": r.Document}, nil)
	})
	return r, err
}

// sameSubject keeps the paper of one customer from going to another's question.
func sameSubject(q db.Q, r Request, d casefile.Document) error {
	if c, ok, err := casefile.ByQuestion(q, r.Org, r.Question); err != nil || ok && c.Person == d.Person {
		return err
	}
	same, err := matches(q, r.Org, r.About.Someone)
	if err == nil && !slices.Contains(same, d.Person) {
		err = errs.New(errs.Invalid, "document-of-another").Field("document_id", "document-of-another")
	}
	return err
}

// answerRequest ends a request here; the post office brings the answer.
func (s *Service) answerRequest(t *db.Tx, who actor.Actor, r *Request, state, kind string, data map[string]any, text map[string]string) error {
	r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt = state, t.Now(), who.ID(), time.Time{}
	if err := updateRequest(t, *r); err != nil {
		return err
	}
	r.Version++
	if _, ok := data["deliver"]; !ok {
		data["deliver"] = r.Asker
	}
	data["from_org"] = r.Org
	t.Emit(r.fact("", kind, who, data, text))
	return settle(t, r.Org, r.ID, state, SignalRequested, SignalPaperStuck)
}

// RefuseDocument says why a paper is not given and what the asker can do.
func (s *Service) RefuseDocument(ctx context.Context, who actor.Actor, id string, in No) (r Request, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	in.Explanation, in.Next.Advice = short(&ck, "explanation", in.Explanation), short(&ck, "next_step.advice", in.Next.Advice)
	if err := ck.Err(); err != nil {
		return r, err
	}
	if err := CheckRefusal(in.Reason, in.Explanation, in.Next, s.Bare); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = requested(t, who.Org, id); err != nil {
			return err
		}
		if in.Next.Step == OtherOrganisation {
			if _, err := org.PartnerByID(t, in.Next.Organisation); err != nil {
				return errs.New(errs.Invalid, "organisation-unknown").Field("next_step.organisation_id", "organisation-unknown")
			}
		}
		if in.Next.Step == "" {
			in.Next.Step = None
		}
		r.Reason, r.Explanation, r.NextStep, r.NextOrg, r.Advice = in.Reason, in.Explanation, in.Next.Step, in.Next.Organisation, in.Next.Advice
		return s.answerRequest(t, who, &r, Refused, fact.DocumentRefused, map[string]any{"reason": r.Reason, "next": r.NextStep,
			"onward_org": r.NextOrg}, map[string]string{"explanation": r.Explanation, "advice": r.Advice})
	})
	return r, err
}

// PassOnRequest passes a request to the organisation that has the paper.
func (s *Service) PassOnRequest(ctx context.Context, who actor.Actor, id, to, why string) (r Request, err error) {
	if err := trader(who); err != nil {
		return r, err
	}
	var ck errs.Checks
	why = short(&ck, "why", why)
	ck.Must(to != "" && to != who.Org, "to_organisation_id", "organisation-missing")
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = requested(t, who.Org, id); err != nil {
			return err
		}
		if _, err := org.PartnerByID(t, to); err != nil {
			return errs.New(errs.Invalid, "organisation-unknown").Field("to_organisation_id", "organisation-unknown")
		}
		if slices.Contains(r.Chain, to) {
			return errs.New(errs.Conflict, "request-loop")
		}
		r.Onward = to
		return s.answerRequest(t, who, &r, PassedOn, fact.DocumentPassedOn, map[string]any{"deliver": to, "onward_org": to},
			map[string]string{"why": why})
	})
	return r, err
}

// ListRequests gives a page of document requests, newest first.
func (s *Service) ListRequests(ctx context.Context, who actor.Actor, f Filter, referral, cursor string, limit int) (p page.Page[Request], err error) {
	if err := reader(who); err != nil {
		return p, err
	}
	return listed(ctx, s.DB, cursor, limit, func(q db.Q, before string, n int) ([]Request, error) {
		return listRequests(q, who.Org, f, referral, before, n)
	}, func(r Request) string { return r.ID })
}
