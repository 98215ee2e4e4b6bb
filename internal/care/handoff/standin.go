package handoff

import (
	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// StandIn hands a case to who stands in for its owner during an absence. They
// agreed beforehand to stand in (decision 2), so it is accepted at once. The
// caller holds the case and tells the customer, in one message about who has
// it and what was promised.
func (s *Service) StandIn(t *db.Tx, who actor.Actor, c casefile.Case, to string) (casefile.Case, error) {
	if c.Owner == to {
		return c, nil
	}
	h, err := s.between(t, who, c, to)
	if err != nil {
		return c, err
	}
	h.State, h.AnsweredAt, h.AnsweredBy = Accepted, t.Now(), to
	if err := db.Insert(t, "handoff", h); err != nil {
		return c, err
	}
	from := c
	if c, err = s.Cases.ChangeOwner(t, who, c, to, h.ID); err != nil {
		return c, err
	}
	if err := signal.PassCase(t, actor.ForSystem(c.Org), c.ID, to); err != nil {
		return c, err
	}
	t.Emit(h.fact(from, fact.HandoffAccepted, who, map[string]any{}, nil))
	return c, nil
}

// OfferBack offers a case to who had it before their absence. The stand-in
// stays owner until they accept. An offer that is open already stays.
func (s *Service) OfferBack(t *db.Tx, who actor.Actor, c casefile.Case, to string) (bool, error) {
	if _, open, err := openHandoff(t, c.Org, c.ID); err != nil || open || c.Owner == to || c.Closed() {
		return false, err
	}
	h, err := s.between(t, who, c, to)
	if err != nil {
		return false, err
	}
	if !s.Bare {
		h.LookAt = h.AnswerBy
	}
	if err := db.Insert(t, "handoff", h); err != nil {
		return false, err
	}
	t.Emit(h.fact(c, fact.HandoffOffered, who, map[string]any{"answer_by": h.AnswerBy.UnixMilli(), "missing": h.Pack.Missing(),
		"pack": len(h.Pack.Items()) - len(h.Pack.Missing()), "of": len(h.Pack.Items())}, nil))
	t.Wake(Topic)
	return true, wentOn(t, c)
}

// between drafts a handoff of a case from its owner to somebody, with all that
// is in it.
func (s *Service) between(t *db.Tx, who actor.Actor, c casefile.Case, to string) (Handoff, error) {
	if c.Closed() {
		return Handoff{}, errs.New(errs.Conflict, "case-closed")
	}
	o, err := org.ByID(t, c.Org)
	if err != nil {
		return Handoff{}, err
	}
	pack, err := s.pack(t, c, Offer{Consent: true})
	if err != nil {
		return Handoff{}, err
	}
	return Handoff{Org: c.Org, ID: t.NewID("hnd"), Case: c.ID, Question: c.Question, From: c.Owner, OfferedBy: who.ID(), To: to,
		State: Offered, Pack: pack, AnswerBy: answerBy(o, t.Now()), OfferedAt: t.Now(), Version: 1}, nil
}
