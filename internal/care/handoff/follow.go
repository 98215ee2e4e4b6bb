package handoff

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Followers are the post office, which carries referrals and requests between
// organisations, and the one that tells the customer about requests made
// before the receiver has a case.
func (s *Service) Followers() []ledger.Follower {
	return []ledger.Follower{
		{Name: "handoff-post", Handle: s.post, Kinds: []string{
			fact.ReferralOffered, fact.ReferralReceived, fact.ReferralAccepted, fact.ReferralDeclined, fact.ReferralForwarded,
			fact.ReferralWithdrawn, fact.DocumentRequested, fact.DocumentAsked, fact.DocumentPassedOn, fact.DocumentProvided,
			fact.DocumentRefused, fact.CaseClosed, fact.MemberChanged}},
		{Name: "handoff-word", Handle: s.word, Kinds: []string{fact.DocumentRequested}},
	}
}

// letter is what the post office reads of a fact.
type letter struct {
	Deliver  string `json:"deliver"` // the organisation whose rows are written; empty: nothing to carry
	Referral string `json:"referral"`
	Request  string `json:"request"`
	Hops     int    `json:"hops"`
	AnswerBy int64  `json:"answer_by"`
	Told     bool   `json:"told"`
	Due      int64  `json:"due"`
	OfOrg    string `json:"of_org"`
	Origin   string `json:"origin_org"`
	Kind     string `json:"kind"`
	Member   string `json:"member"`
}

func (l letter) answerBy() time.Time { return time.UnixMilli(l.AnswerBy).UTC() }

// post handles a fact at the organisation it is for. What was handled before
// is recognised by the state of the row, so a fact can come twice.
func (s *Service) post(t *db.Tx, f ledger.Fact) error {
	var l letter
	if err := f.Data(&l); err != nil {
		return err
	}
	switch f.Kind {
	case fact.CaseClosed:
		return s.caseEnded(t, f)
	case fact.MemberChanged:
		return s.memberLeft(t, f.Org, l.Member)
	}
	if l.Deliver == "" {
		return nil
	}
	switch f.Kind {
	case fact.ReferralOffered, fact.ReferralForwarded:
		return s.deliver(t, f, l)
	case fact.ReferralReceived:
		return s.arrived(t, f, l)
	case fact.ReferralAccepted:
		return s.accepted(t, f, l)
	case fact.ReferralDeclined:
		return s.declined(t, f, l)
	case fact.ReferralWithdrawn:
		return s.withdrawn(t, f, l)
	case fact.DocumentRequested, fact.DocumentPassedOn:
		return s.requestArrives(t, f, l)
	case fact.DocumentAsked:
		return s.requestArrived(t, f, l)
	case fact.DocumentProvided, fact.DocumentRefused:
		return s.requestAnswered(t, f, l)
	}
	return nil
}

// desk is who answers at an organisation when nobody is named.
func desk(q db.Q, orgID, team string) (string, error) {
	if team != "" {
		if m, err := org.Duty(q, orgID, team); errs.ClassOf(err) != errs.NotFound {
			return m, err
		}
	}
	to, err := deskOf(q, orgID)
	if err != nil {
		return "", err
	}
	if to != "" {
		return org.Duty(q, orgID, to)
	}
	return lead(q, orgID, "")
}

// deliver writes the receiver's row, with copies of the papers, and gives it
// to a person there.
func (s *Service) deliver(t *db.Tx, f ledger.Fact, l letter) error {
	to, system := l.Deliver, actor.ForSystem(l.Deliver)
	if _, known, err := findReferral(t, to, l.Referral); err != nil || known {
		return err
	}
	from, err := referralByID(t, f.Org, l.Referral)
	if err != nil {
		return err
	}
	o, err := org.ByID(t, to)
	if err != nil {
		return err
	}
	r := Referral{Org: to, ID: from.ID, Direction: In, Peer: f.Org, Origin: from.Origin, Question: from.Question, Subject: from.Subject,
		About: from.About, State: Received, Chain: from.Chain, Hops: l.Hops, AnswerBy: answerBy(o, t.Now()), OfferedAt: from.OfferedAt,
		Note: from.Note, Consent: from.Consent, Version: 1}
	if from.Direction == Out {
		r.Team = from.Team
	} else {
		r.Hops++
		r.Chain = append(slices.Clone(from.Chain), to)
	}
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	if r.Handler, err = desk(t, to, r.Team); err != nil {
		return err
	}
	if r.Required, err = needsOf(t, to); err != nil {
		return err
	}
	papers, err := papersOf(t, f.Org, from.ID)
	if err != nil {
		return err
	}
	r.Missing = MissingKinds(r.Required, papers)
	if err := db.Insert(t, "referral", r); err != nil {
		return err
	}
	for _, p := range papers {
		p.Org, p.AddedAt = to, t.Now()
		if err := addPaper(t, p); err != nil {
			return err
		}
	}
	if err := deliverFiles(t, f.Org, to, r.ID); err != nil {
		return err
	}
	t.Emit(r.fact("", fact.ReferralReceived, system, map[string]any{"deliver": r.Origin, "from_org": f.Org, "to_org": to, "member": r.Handler,
		"answer_by": r.AnswerBy.UnixMilli(), "missing": r.Missing}, nil))
	t.Wake(Topic)
	if err := raise(t, to, signal.Signal{Kind: SignalReceived, Level: signal.Warning, SubjectKind: "referral", Subject: r.ID,
		Member: r.Handler, Data: map[string]any{"organisation": r.Origin}}); err != nil || s.Bare {
		return err
	}
	for _, k := range r.Missing {
		_, err := s.ask(t, system, r.wants(k, "", ""))
		switch errs.TypeOf(err) {
		case "say-whom-to-ask", "document-asked": // the handler sees what is missing and decides
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// outgoing gives the sender's row of a referral, the case held first.
func (s *Service) outgoing(t *db.Tx, orgID, id string) (r Referral, c casefile.Case, err error) {
	if r, err = referralByID(t, orgID, id); err != nil {
		return r, c, err
	}
	if c, err = s.Cases.Lock(t, orgID, r.Case); err != nil {
		return r, c, err
	}
	r, err = lockReferral(t, orgID, id)
	return r, c, err
}

// arrived notes at the origin who has to answer now, also after forwarding.
func (s *Service) arrived(t *db.Tx, f ledger.Fact, l letter) error {
	r, c, err := s.outgoing(t, l.Deliver, l.Referral)
	if err != nil || !r.State.Open() || l.Hops < r.Hops || l.Hops == r.Hops && r.State != Offered {
		return err // seen before, or withdrawn: then the withdrawal follows it
	}
	before, forwarded := r.Peer, l.Hops > r.Hops
	r.Peer, r.Hops, r.State, r.AnswerBy, r.Late = f.Org, l.Hops, Received, l.answerBy(), 0
	if forwarded {
		r.Chain = append(r.Chain, f.Org)
	}
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	if err := updateReferral(t, r); err != nil {
		return err
	}
	t.Wake(Topic)
	if err := settle(t, r.Org, r.ID, "received", SignalReferral); err != nil {
		return err
	}
	system := actor.ForSystem(r.Org)
	if !forwarded {
		t.Emit(r.fact(c.Person, fact.ReferralReceived, system, map[string]any{"to_org": f.Org, "answer_by": l.AnswerBy}, nil))
		return nil
	}
	t.Emit(r.fact(c.Person, fact.ReferralForwarded, system, map[string]any{"from_org": before, "to_org": f.Org, "onward_org": f.Org,
		"answer_by": l.AnswerBy}, nil))
	was, err := org.PartnerByID(t, before)
	if err != nil {
		return err
	}
	now, err := org.PartnerByID(t, f.Org)
	if err != nil {
		return err
	}
	if err := s.tell(t, system, c, "referral-forwarded", r.ID+":"+f.Org, c.Owner,
		map[string]any{"to_name": now.Name, "from_name": was.Name}); err != nil {
		return err
	}
	return s.bounced(t, c, map[string]any{"referral": r.ID})
}

// accepted ends the sender's case: somebody else has the question now.
func (s *Service) accepted(t *db.Tx, f ledger.Fact, l letter) error {
	r, c, err := s.outgoing(t, l.Deliver, l.Referral)
	if err != nil || r.State == Accepted {
		return err
	}
	crossed, system := r.State == Withdrawn, actor.ForSystem(r.Org)
	r.Peer, r.State, r.Settled, r.AnsweredAt, r.AnsweredBy, r.LookAt = f.Org, Accepted, true, t.Now(), f.Org, time.Time{}
	if err := updateReferral(t, r); err != nil {
		return err
	}
	if err := settle(t, r.Org, r.ID, "accepted", SignalReferral); err != nil {
		return err
	}
	t.Emit(r.fact(c.Person, fact.ReferralAccepted, system, map[string]any{"to_org": f.Org}, nil))
	if c.Closed() {
		// The customer was done with it in the same moment: the receiver hears it.
		t.Emit(r.fact(c.Person, fact.ReferralWithdrawn, system, map[string]any{"deliver": f.Org, "reason": c.CloseReason}, nil))
		return nil
	}
	if err := s.withdrawOf(t, system, c); err != nil {
		return err
	}
	if !l.Told { // else the receiver's own promise says who has the question now
		o, err := org.PartnerByID(t, f.Org)
		if err != nil {
			return err
		}
		if err := s.tell(t, system, c, "referral-accepted", r.ID, c.Owner, map[string]any{"to_name": o.Name, "due": l.Due}); err != nil {
			return err
		}
	}
	if err := s.Cases.HandOver(t, system, c); err != nil || !crossed {
		return err
	}
	return raise(t, r.Org, signal.Signal{Kind: SignalCrossed, Level: signal.Notice, SubjectKind: "referral", Subject: r.ID, Case: c.ID,
		Member: c.Owner, Data: map[string]any{"organisation": f.Org}})
}

// declined gives the sender the answer, with what they can do, and tells the
// customer that the sender still has the question.
func (s *Service) declined(t *db.Tx, f ledger.Fact, l letter) error {
	r, c, err := s.outgoing(t, l.Deliver, l.Referral)
	if err != nil {
		return err
	}
	if !r.State.Open() {
		if r.State == Withdrawn && !r.Settled {
			r.Settled = true
			return updateReferral(t, r)
		}
		return nil
	}
	there, err := referralByID(t, f.Org, l.Referral)
	if err != nil {
		return err
	}
	r.Peer, r.State, r.Settled, r.AnsweredAt, r.AnsweredBy, r.LookAt = f.Org, Declined, true, t.Now(), f.Org, time.Time{}
	r.Reason, r.Explanation, r.NextStep, r.NextOrg, r.Advice = there.Reason, there.Explanation, there.NextStep, there.NextOrg, there.Advice
	if err := updateReferral(t, r); err != nil {
		return err
	}
	if err := settle(t, r.Org, r.ID, "declined", SignalReferral); err != nil {
		return err
	}
	system := actor.ForSystem(r.Org)
	t.Emit(r.fact(c.Person, fact.ReferralDeclined, system, map[string]any{"to_org": f.Org, "reason": r.Reason, "next": r.NextStep,
		"onward_org": r.NextOrg}, map[string]string{"explanation": r.Explanation, "advice": r.Advice}))
	if c.Closed() {
		return nil
	}
	data := map[string]any{"organisation": f.Org, "reason": r.Reason, "next": r.NextStep}
	if r.NextOrg != "" {
		data["try"] = r.NextOrg
	}
	if err := raise(t, r.Org, signal.Signal{Kind: SignalRefused, Level: signal.Warning, SubjectKind: "referral", Subject: r.ID, Case: c.ID,
		Member: c.Owner, Data: data}); err != nil {
		return err
	}
	o, err := org.PartnerByID(t, f.Org)
	if err != nil {
		return err
	}
	return s.tell(t, system, c, "referral-declined-told", r.ID, c.Owner, map[string]any{"to_name": o.Name, "explanation": r.Explanation})
}

// withdrawn takes a referral off the receiver's desk, chases it to where it
// was forwarded, and confirms it to the origin.
func (s *Service) withdrawn(t *db.Tx, f ledger.Fact, l letter) error {
	r, err := lockReferral(t, l.Deliver, l.Referral)
	if err != nil {
		return err
	}
	system := actor.ForSystem(r.Org)
	switch {
	case r.Direction == Out: // the confirmation: no answer can come any more
		if r.State != Withdrawn || r.Settled {
			return nil
		}
		r.Settled = true
		return updateReferral(t, r)
	case r.State.Open():
		r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt = Withdrawn, t.Now(), r.Origin, time.Time{}
		if err := updateReferral(t, r); err != nil {
			return err
		}
		t.Emit(r.fact("", fact.ReferralWithdrawn, system, map[string]any{"deliver": r.Origin, "from_org": r.Origin, "to_org": r.Org}, nil))
		return settle(t, r.Org, r.ID, "withdrawn", SignalReceived, SignalReferral)
	case r.State == Forwarded:
		t.Emit(r.fact("", fact.ReferralWithdrawn, system, map[string]any{"deliver": r.Onward, "from_org": r.Origin, "to_org": r.Onward}, nil))
	case r.State == Accepted: // it crossed: the question is here now
		c, err := casefile.ByID(t, r.Org, r.Case)
		if err != nil || c.Closed() {
			return err
		}
		return raise(t, r.Org, signal.Signal{Kind: SignalCrossed, Level: signal.Warning, SubjectKind: "referral", Subject: r.ID, Case: c.ID,
			Member: c.Owner, Data: map[string]any{"organisation": r.Origin}})
	}
	return nil
}

// caseEnded takes back what was still offered of a case that ended otherwise.
func (s *Service) caseEnded(t *db.Tx, f ledger.Fact) error {
	c, err := s.Cases.Lock(t, f.Org, f.Case)
	if err != nil || !c.Closed() {
		return err
	}
	system := actor.ForSystem(f.Org)
	if err := s.withdrawOf(t, system, c); err != nil {
		return err
	}
	r, ok, err := unsettled(t, c.Org, c.ID)
	if err != nil || !ok || !r.State.Open() {
		return err
	}
	_, err = s.withdrawReferral(t, system, r, "")
	return err
}

// memberLeft gives what waits for the answer of somebody who left to who
// stands in.
func (s *Service) memberLeft(t *db.Tx, orgID, member string) error {
	m, err := org.MemberByID(t, orgID, member)
	if err != nil || m.Active {
		return err
	}
	return s.PassHeld(t, orgID, member)
}

// PassHeld gives the offers, referrals and requests that wait for an answer of
// a member to who stands in: the member left, or is away.
func (s *Service) PassHeld(t *db.Tx, orgID, member string) error {
	offers, referrals, requests, err := heldBy(t, orgID, member)
	if err != nil || len(offers)+len(referrals)+len(requests) == 0 {
		return err
	}
	to, err := org.Duty(t, orgID, member)
	if err != nil {
		return err
	}
	for _, id := range offers {
		h, _, err := s.hold(t, orgID, id)
		if errs.ClassOf(err) == errs.Conflict {
			continue
		}
		if err != nil {
			return err
		}
		if h.To = to; h.Team != "" {
			if h.To, err = org.Duty(t, orgID, h.Team); err != nil {
				return err
			}
		}
		if err := updateHandoff(t, h); err != nil {
			return err
		}
	}
	for _, id := range referrals {
		r, err := lockReferral(t, orgID, id)
		if err != nil {
			return err
		}
		r.Handler = to
		if err := updateReferral(t, r); err != nil {
			return err
		}
	}
	for _, id := range requests {
		r, err := lockRequest(t, orgID, id)
		if err != nil {
			return err
		}
		r.Handler = to
		if err := updateRequest(t, r); err != nil {
			return err
		}
	}
	return nil
}
