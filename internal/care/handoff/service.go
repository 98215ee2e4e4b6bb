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
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Signals this capability raises. Each is about a handoff, a referral or a
// request, except the bounce, which is about a case.
const (
	SignalStuck      = "handoff.stuck"      // to somebody beside the receiver
	SignalUnanswered = "handoff.unanswered" // to the sender
	SignalDeclined   = "handoff.declined"
	SignalReceived   = "referral.received"
	SignalReferral   = "referral.stuck"
	SignalRefused    = "referral.declined"
	SignalCrossed    = "referral.crossed" // accepted and withdrawn, or closed, at the same time
	SignalRequested  = "document.requested"
	SignalPaperStuck = "document.stuck"
	SignalProvided   = "document.provided"
	SignalNoPaper    = "document.refused"
	SignalBounce     = "case.bounced"
)

// Deps are what the service needs.
type Deps struct {
	DB       *db.DB
	Cases    *casefile.Service
	Promises *promise.Service // for the API: reading typed times
	Teller   promise.Teller
	// Bare turns the safeguards off, for the comparison of decision 27. Only a
	// replay sets it.
	Bare bool
}

// Service passes cases on.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Elsewhere satisfies casefile.Elsewhere. It has no state, because casefile is
// made before the service that needs it.
type Elsewhere struct{}

// Accepted says whether another organisation has a question: somebody there
// accepted it and has not ended it.
func (Elsewhere) Accepted(q db.Q, _, question, otherOrg string) (bool, error) {
	c, ok, err := casefile.ByQuestion(q, otherOrg, question)
	return ok && !c.Closed(), err
}

// Offer is a case to be passed on to a colleague.
type Offer struct {
	Case      string
	To        string // a member or a team
	History   string
	Documents []string // default: all of the case
	Consent   bool
	Note      string
	AnswerBy  time.Time // default: the organisation's handoff hours from now
}

// Offer offers a case to a member or a team. The owner stays owner until
// somebody accepts, unless the team agreed beforehand to accept at once.
func (s *Service) Offer(ctx context.Context, who actor.Actor, in Offer) (h Handoff, err error) {
	if err := staff(who, auth.CaseWrite); err != nil {
		return h, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error { h, err = s.OfferIn(t, who, in); return err })
	return h, err
}

// OfferIn is Offer inside the transaction of another use case, which has asked
// whether the actor may.
func (s *Service) OfferIn(t *db.Tx, who actor.Actor, in Offer) (h Handoff, err error) {
	var ck errs.Checks
	ck.Must(in.To != "", "to", "receiver-missing")
	in.History, in.Note = short(&ck, "history", in.History), short(&ck, "note", in.Note)
	if err := ck.Err(); err != nil {
		return h, err
	}
	c, o, err := s.open(t, who.Org, in.Case)
	if err != nil {
		return h, err
	}
	if _, ok, err := openHandoff(t, c.Org, c.ID); err != nil || ok {
		return h, orElse(err, errs.New(errs.Conflict, "handoff-open"))
	}
	to, team, err := receiver(t, c.Org, in.To)
	if err != nil {
		return h, err
	}
	if to == c.Owner {
		return h, errs.New(errs.Invalid, "handoff-to-self").Field("to", "handoff-to-self")
	}
	pack, err := s.pack(t, c, in)
	if err != nil {
		return h, err
	}
	h = Handoff{Org: c.Org, ID: t.NewID("hnd"), Case: c.ID, Question: c.Question, From: c.Owner, OfferedBy: who.Member,
		To: to, Team: team.ID, State: Offered, Pack: pack, AnswerBy: in.AnswerBy, OfferedAt: t.Now(), Version: 1}
	if h.AnswerBy.IsZero() {
		h.AnswerBy = answerBy(o, t.Now())
	} else if !h.AnswerBy.After(t.Now()) {
		return h, errs.New(errs.Invalid, "answer-past").Field("answer_by", "answer-past")
	}
	if !s.Bare {
		h.LookAt = h.AnswerBy
	}
	if err := db.Insert(t, "handoff", h); err != nil {
		if db.Violates(err, db.Unique) {
			return h, errs.New(errs.Conflict, "handoff-open").Wrap(err)
		}
		return h, err
	}
	t.Emit(h.fact(c, fact.HandoffOffered, who, map[string]any{"answer_by": h.AnswerBy.UnixMilli(),
		"missing": pack.Missing(), "pack": len(pack.Items()) - len(pack.Missing()), "of": len(pack.Items())},
		map[string]string{"note": in.Note}))
	t.Wake(Topic)
	if err := wentOn(t, c); err != nil || !team.AutoAccept {
		return h, err
	}
	// The team agreed beforehand (decision 2): its duty holder has it now.
	return s.accept(t, actor.ForSystem(c.Org), c, h, h.To)
}

// Offered says which of some cases are offered to somebody already.
func (s *Service) Offered(q db.Q, orgID string, cases []string) (map[string]bool, error) {
	list, err := offeredOf(q, orgID, cases)
	out := make(map[string]bool, len(list))
	for _, id := range list {
		out[id] = true
	}
	return out, err
}

// receiver resolves who must answer: a team means its duty holder now.
func receiver(t *db.Tx, orgID, to string) (member string, team org.Team, err error) {
	if member, err = org.Duty(t, orgID, to); err != nil {
		if errs.ClassOf(err) == errs.NotFound {
			err = errs.New(errs.Invalid, "receiver-unknown").Field("to", "receiver-unknown")
		}
		return "", team, err
	}
	if _, err := org.MemberByID(t, orgID, to); errs.ClassOf(err) != errs.NotFound {
		return member, team, err
	}
	if team, err = org.TeamByID(t, orgID, to); err == nil && !team.Active {
		err = errs.New(errs.Invalid, "receiver-unknown").Field("to", "receiver-unknown")
	}
	return member, team, err
}

func (s *Service) pack(t *db.Tx, c casefile.Case, in Offer) (Pack, error) {
	docs, err := casefile.Documents(t, c.Org, c.ID)
	if err != nil {
		return Pack{}, err
	}
	p := Pack{Question: c.Subject, History: in.History, Documents: in.Documents, OfCase: len(docs), Consent: in.Consent, Note: in.Note}
	if p.Documents == nil {
		p.Documents = []string{}
		for _, d := range docs {
			p.Documents = append(p.Documents, d.ID)
		}
		return p, nil
	}
	for _, id := range p.Documents {
		if !slices.ContainsFunc(docs, func(d casefile.Document) bool { return d.ID == id }) {
			return p, errs.New(errs.Invalid, "document-of-another").Field("documents", "document-of-another")
		}
	}
	return p, nil
}

func (h Handoff) fact(c casefile.Case, kind string, who actor.Actor, data map[string]any, text map[string]string) db.Fact {
	data["handoff"], data["from"], data["to"] = h.ID, h.From, h.To
	if h.Team != "" {
		data["team"] = h.Team
	}
	return db.Fact{Org: h.Org, Kind: kind, Case: h.Case, Question: h.Question, Person: c.Person, By: who, Data: data, Text: filled(text)}
}

// Accept makes whoever accepts the owner, and tells the customer.
func (s *Service) Accept(ctx context.Context, who actor.Actor, id string) (h Handoff, err error) {
	if err := staff(who, auth.HandoffAnswer); err != nil {
		return h, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		var c casefile.Case
		if h, c, err = s.hold(t, who.Org, id); err != nil {
			return err
		}
		if err := mayAnswer(t, who, h); err != nil {
			return err
		}
		h, err = s.accept(t, who, c, h, who.Member)
		return err
	})
	return h, err
}

// hold gives an offer that waits for an answer with its case; the case is
// held first, as every command does.
func (s *Service) hold(t *db.Tx, orgID, id string) (h Handoff, c casefile.Case, err error) {
	if h, err = handoffByID(t, orgID, id); err != nil {
		return h, c, err
	}
	if c, err = s.Cases.Lock(t, orgID, h.Case); err != nil {
		return h, c, err
	}
	if h, err = handoffByID(t, orgID, id); err != nil { // again, now that nobody else can change it
		return h, c, err
	}
	if !h.State.Open() {
		return h, c, errs.New(errs.Conflict, "handoff-answered").With("State", string(h.State))
	}
	if c.Closed() {
		return h, c, errs.New(errs.Conflict, "case-closed")
	}
	return h, c, nil
}

func (s *Service) accept(t *db.Tx, who actor.Actor, c casefile.Case, h Handoff, by string) (Handoff, error) {
	m, err := org.LockMember(t, c.Org, by)
	if err != nil {
		return h, err
	}
	switch {
	case !m.Active:
		return h, errs.New(errs.Conflict, "receiver-left")
	case m.ID == c.Owner:
		return h, errs.New(errs.Invalid, "handoff-to-self")
	}
	h.To, h.State, h.AnsweredAt, h.AnsweredBy, h.LookAt = m.ID, Accepted, t.Now(), m.ID, time.Time{}
	if err := updateHandoff(t, h); err != nil {
		return h, err
	}
	h.Version++
	if err := s.answered(t, h, "accepted"); err != nil {
		return h, err
	}
	if c, err = s.Cases.ChangeOwner(t, who, c, m.ID, h.ID); err != nil {
		return h, err
	}
	if err := signal.PassCase(t, actor.ForSystem(c.Org), c.ID, m.ID); err != nil {
		return h, err
	}
	t.Emit(h.fact(c, fact.HandoffAccepted, who, map[string]any{}, nil))
	if err := s.tell(t, who, c, "handoff-accepted", h.ID, m.ID, map[string]any{"from": h.From}); err != nil {
		return h, err
	}
	return h, s.bounced(t, c, map[string]any{"handoff": h.ID})
}

// Refuse is how a handoff is declined.
type Refuse struct {
	Reason, Explanation string
	Next                string // SenderKeeps, AskCustomer or Try + member or team
}

// Decline gives the case back with a reason and a next step; the sender never
// stopped being its owner.
func (s *Service) Decline(ctx context.Context, who actor.Actor, id string, in Refuse) (h Handoff, err error) {
	if err := staff(who, auth.HandoffAnswer); err != nil {
		return h, err
	}
	if err := CheckDecline(in.Reason, in.Explanation, in.Next, s.Bare); err != nil {
		return h, err
	}
	var ck errs.Checks
	in.Explanation = short(&ck, "explanation", in.Explanation)
	if err := ck.Err(); err != nil {
		return h, err
	}
	if in.Next == "" {
		in.Next = None
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		var c casefile.Case
		if h, c, err = s.hold(t, who.Org, id); err != nil {
			return err
		}
		if err := mayAnswer(t, who, h); err != nil {
			return err
		}
		if to, ok := strings.CutPrefix(in.Next, Try); ok {
			if _, _, err := receiver(t, c.Org, to); err != nil {
				return err
			}
		}
		h.State, h.AnsweredAt, h.AnsweredBy, h.LookAt = Declined, t.Now(), who.Member, time.Time{}
		h.Reason, h.Explanation, h.Next = in.Reason, in.Explanation, in.Next
		if err := updateHandoff(t, h); err != nil {
			return err
		}
		h.Version++
		if err := s.answered(t, h, "declined"); err != nil {
			return err
		}
		t.Emit(h.fact(c, fact.HandoffDeclined, who, map[string]any{"reason": in.Reason, "next": in.Next},
			map[string]string{"explanation": in.Explanation}))
		return raise(t, c.Org, signal.Signal{Kind: SignalDeclined, Level: signal.Warning, SubjectKind: "handoff", Subject: h.ID,
			Case: c.ID, Member: c.Owner, Data: map[string]any{"reason": in.Reason, "next": in.Next}})
	})
	return h, err
}

// Withdraw takes an offer back.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, id string) (h Handoff, err error) {
	if err := staff(who, auth.CaseWrite); err != nil {
		return h, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		var c casefile.Case
		if h, c, err = s.hold(t, who.Org, id); err != nil {
			return err
		}
		if who.Member != c.Owner && who.Member != h.OfferedBy && !leads(who) {
			return errs.New(errs.Forbidden, "handoff-not-yours")
		}
		h, err = s.withdraw(t, who, c, h)
		return err
	})
	return h, err
}

func (s *Service) withdraw(t *db.Tx, who actor.Actor, c casefile.Case, h Handoff) (Handoff, error) {
	h.State, h.AnsweredAt, h.AnsweredBy, h.LookAt = Withdrawn, t.Now(), who.ID(), time.Time{}
	if err := updateHandoff(t, h); err != nil {
		return h, err
	}
	h.Version++
	t.Emit(h.fact(c, fact.HandoffWithdrawn, who, map[string]any{}, nil))
	return h, s.answered(t, h, "withdrawn")
}

// withdrawOf takes back what is still offered of a case that ends.
func (s *Service) withdrawOf(t *db.Tx, who actor.Actor, c casefile.Case) error {
	h, ok, err := openHandoff(t, c.Org, c.ID)
	if err != nil || !ok {
		return err
	}
	_, err = s.withdraw(t, who, c, h)
	return err
}

// answered clears the signals about an unanswered offer.
func (s *Service) answered(t *db.Tx, h Handoff, reason string) error {
	return settle(t, h.Org, h.ID, reason, SignalStuck, SignalUnanswered)
}

// mayAnswer lets the receiver answer, whoever stands in for them or has their
// team's duty now, and who leads.
func mayAnswer(q db.Q, who actor.Actor, h Handoff) error {
	if who.Member == h.To || leads(who) {
		return nil
	}
	m, err := org.MemberByID(q, h.Org, h.To)
	if err != nil {
		return err
	}
	if m.Deputy == who.Member {
		return nil
	}
	for _, x := range []string{h.To, h.Team} {
		if x == "" {
			continue
		}
		d, err := org.Duty(q, h.Org, x)
		if err != nil {
			return err
		}
		if d == who.Member {
			return nil
		}
	}
	return errs.New(errs.Forbidden, "handoff-not-yours")
}

// Get gives one handoff.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (h Handoff, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return h, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { h, err = handoffByID(q, who.Org, id); return err })
	return h, err
}

// List gives a page of handoffs, newest first.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter, cursor string, limit int) (p page.Page[Handoff], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	return listed(ctx, s.DB, cursor, limit, func(q db.Q, before string, n int) ([]Handoff, error) {
		return listHandoffs(q, who.Org, f, before, n)
	}, func(h Handoff) string { return h.ID })
}

// listed is what the lists share: cursor, page and one row more.
func listed[T any](ctx context.Context, d *db.DB, cursor string, limit int, rows func(db.Q, string, int) ([]T, error), id func(T) string) (p page.Page[T], err error) {
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	before := ""
	if key != nil {
		before = key[0]
	}
	limit = page.Size(limit)
	err = d.Read(ctx, func(q db.Q) error {
		list, err := rows(q, before, limit+1)
		p = page.Of(list, limit, func(v T) []string { return []string{id(v)} })
		return err
	})
	return p, err
}
