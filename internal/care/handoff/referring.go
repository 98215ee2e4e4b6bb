package handoff

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Needs is what an organisation wants with any referral, and who answers
// those that name no team.
type Needs struct {
	Documents []string `json:"documents" doc:"Kinds of document that must come along"`
	Desk      string   `json:"desk_id,omitempty" doc:"A team or a member; only the organisation itself sees it"`
}

// SetNeeds says what referrals to this organisation must bring along.
func (s *Service) SetNeeds(ctx context.Context, who actor.Actor, in Needs) (Needs, error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return in, err
	}
	var ck errs.Checks
	for _, k := range in.Documents {
		ck.Must(knownKind(k), "documents", "unknown-kind")
	}
	if err := ck.Err(); err != nil {
		return in, err
	}
	err := s.DB.Write(ctx, func(t *db.Tx) (err error) {
		if in.Desk != "" {
			if _, _, err := receiver(t, who.Org, in.Desk); err != nil {
				return err
			}
		}
		if err := setNeeds(t, who.Org, in.Documents); err != nil {
			return err
		}
		if err := setDesk(t, who.Org, in.Desk); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: who.Org, Kind: fact.OrgChanged, By: who, Data: map[string]any{"what": []string{"referral-needs"}}})
		in.Documents, err = needsOf(t, who.Org)
		return err
	})
	return in, err
}

// GetNeeds says what a referral to an organisation must bring along: the
// sender sees it before the form is sent.
func (s *Service) GetNeeds(ctx context.Context, who actor.Actor, organisation string) (n Needs, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return n, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if _, err := org.PartnerByID(q, organisation); err != nil {
			return err
		}
		if n.Documents, err = needsOf(q, organisation); err != nil {
			return err
		}
		if n.Documents == nil {
			n.Documents = []string{}
		}
		if organisation == who.Org {
			n.Desk, err = deskOf(q, organisation)
		}
		return err
	})
	return n, err
}

// Refer asks another organisation to take a question on.
type Refer struct {
	Case      string
	To        string // organisation
	Team      string // of that organisation
	Subject   string // default: the case's
	Note      string
	Documents []string // ids; what the receiver requires and is here comes along by itself
	Consent   bool
}

// Refer asks another organisation. The sender stays owner, and its promises to
// the customer stay open, until somebody there accepts.
func (s *Service) Refer(ctx context.Context, who actor.Actor, in Refer) (r Referral, papers []Paper, err error) {
	if err := staff(who, auth.CaseWrite); err != nil {
		return r, nil, err
	}
	var ck errs.Checks
	ck.Must(in.To != "" && in.To != who.Org, "to_organisation_id", "organisation-missing")
	in.Note, in.Subject = short(&ck, "note", in.Note), short(&ck, "subject", in.Subject)
	if err := ck.Err(); err != nil {
		return r, nil, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		c, _, err := s.open(t, who.Org, in.Case)
		if err != nil {
			return err
		}
		to, err := s.mayRefer(t, c, in)
		if err != nil {
			return err
		}
		r = Referral{Org: c.Org, ID: t.NewID("ref"), Direction: Out, Peer: to.ID, Origin: c.Org, Case: c.ID, Question: c.Question,
			Subject: c.Subject, Person: c.Person, Team: in.Team, Handler: c.Owner, State: Offered, Chain: []string{c.Org, to.ID},
			Hops: 1, AnswerBy: answerBy(to, t.Now()), OfferedAt: t.Now(), Note: in.Note, Consent: in.Consent, Version: 1}
		if in.Subject != "" {
			r.Subject = in.Subject
		}
		if !s.Bare {
			r.LookAt = r.AnswerBy
		}
		if r.About, err = describe(t, c.Org, c.Person, c.Asker); err != nil {
			return err
		}
		if r.Required, err = needsOf(t, to.ID); err != nil {
			return err
		}
		var attached []string
		var along []PaperFile
		if papers, along, attached, err = gather(t, c, r, in.Documents); err != nil {
			return err
		}
		r.Missing = MissingKinds(r.Required, papers)
		if err := db.Insert(t, "referral", r); err != nil {
			return err
		}
		for _, p := range papers {
			if err := addPaper(t, p); err != nil {
				return err
			}
		}
		if err := db.InsertAll(t, "referral_file", along); err != nil {
			return err
		}
		t.Emit(r.fact(c.Person, fact.ReferralOffered, who, map[string]any{"deliver": to.ID, "from": c.Owner, "to_org": to.ID,
			"answer_by": r.AnswerBy.UnixMilli(), "missing": r.Missing, "attached": attached, "documents": len(papers)},
			map[string]string{"note": in.Note}))
		t.Wake(Topic)
		if err := wentOn(t, c); err != nil {
			return err
		}
		if err := s.tell(t, who, c, "referral-offered", r.ID, c.Owner,
			map[string]any{"to_name": to.Name}); err != nil {
			return err
		}
		return s.bounced(t, c, map[string]any{"referral": r.ID})
	})
	return r, papers, err
}

// mayRefer refuses what would lead to two organisations with one question.
func (s *Service) mayRefer(t *db.Tx, c casefile.Case, in Refer) (to org.Organisation, err error) {
	if to, err = org.ByID(t, in.To); err != nil {
		return to, err
	}
	last, ok, err := unsettled(t, c.Org, c.ID)
	switch {
	case err != nil:
		return to, err
	case ok && last.State == Withdrawn:
		return to, errs.New(errs.Conflict, "referral-withdrawing")
	case ok:
		return to, errs.New(errs.Conflict, "referral-open")
	}
	there, ok, err := casefile.ByQuestion(t, to.ID, c.Question)
	if err != nil {
		return to, err
	}
	if ok && !there.Closed() {
		return to, errs.New(errs.Conflict, "has-it-already").With("Organisation", to.Name)
	}
	if in.Team != "" {
		if team, err := org.TeamByID(t, to.ID, in.Team); err != nil || !team.Active {
			return to, errs.New(errs.Invalid, "receiver-unknown").Field("team_id", "receiver-unknown")
		}
	}
	return to, nil
}

// gather makes the copies that go along: what was chosen, and by itself what
// the receiver requires and the sender has about this person.
func gather(t *db.Tx, c casefile.Case, r Referral, chosen []string) (papers []Paper, along []PaperFile, attached []string, err error) {
	attached = []string{}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(chosen))) {
		d, err := casefile.DocumentByID(t, c.Org, id)
		if err != nil {
			return nil, nil, nil, err
		}
		if d.Person != c.Person {
			return nil, nil, nil, errs.New(errs.Invalid, "document-of-another").Field("documents", "document-of-another")
		}
		f, is, err := fileFor(t, r, d)
		if err != nil {
			return nil, nil, nil, err
		}
		if is {
			along = append(along, f)
		}
		papers = append(papers, paperOf(r, d, t.Now()))
	}
	for _, k := range MissingKinds(r.Required, papers) {
		d, ok, err := casefile.DocumentOf(t, c.Org, c.Person, k)
		if err != nil {
			return nil, nil, nil, err
		}
		if ok {
			papers, attached = append(papers, paperOf(r, d, t.Now())), append(attached, k)
		}
	}
	return papers, along, attached, nil
}

func paperOf(r Referral, d casefile.Document, at time.Time) Paper {
	p := Paper{Org: r.Org, Referral: r.ID, ID: d.ID, Kind: d.Kind, Name: d.Name, Content: d.Content, FromOrg: d.FromOrg, AddedAt: at}
	if p.FromOrg == "" {
		p.FromOrg = d.Org
	}
	return p
}

// fact is something that happened to a referral, at the organisation whose row
// it is. With "deliver" in its data the post office carries it there.
func (r Referral) fact(person, kind string, who actor.Actor, data map[string]any, text map[string]string) db.Fact {
	data["referral"], data["hops"], data["origin_org"] = r.ID, r.Hops, r.Origin
	if _, ok := data["from_org"]; !ok {
		data["from_org"] = r.Org
	}
	if _, ok := data["to_org"]; !ok {
		data["to_org"] = r.Peer
	}
	return db.Fact{Org: r.Org, Kind: kind, Case: r.Case, Question: r.Question, Person: person, By: who, Data: data, Text: filled(text)}
}

// WithdrawReferral takes a referral back: the sender goes on with it. When the
// other side accepted in the same moment, the acceptance wins.
func (s *Service) WithdrawReferral(ctx context.Context, who actor.Actor, id, why string) (r Referral, err error) {
	if err := staff(who, auth.CaseWrite); err != nil {
		return r, err
	}
	var ck errs.Checks
	why = short(&ck, "why", why)
	ck.Must(why != "", "why", "why-missing")
	if err := ck.Err(); err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if r, err = referralByID(t, who.Org, id); err != nil {
			return err
		}
		if r.Direction != Out {
			return errs.New(errs.NotFound, "referral-not-found")
		}
		c, err := s.Cases.Lock(t, r.Org, r.Case)
		if err != nil {
			return err
		}
		if r, err = lockReferral(t, r.Org, r.ID); err != nil {
			return err
		}
		if !r.State.Open() {
			return answeredAlready(r)
		}
		if r, err = s.withdrawReferral(t, who, r, why); err != nil {
			return err
		}
		peer, err := org.PartnerByID(t, r.Peer)
		if err != nil {
			return err
		}
		return s.tell(t, who, c, "referral-withdrawn", r.ID, c.Owner, map[string]any{"to_name": peer.Name})
	})
	return r, err
}

func (s *Service) withdrawReferral(t *db.Tx, who actor.Actor, r Referral, why string) (Referral, error) {
	r.State, r.AnsweredAt, r.AnsweredBy, r.LookAt = Withdrawn, t.Now(), who.ID(), time.Time{}
	if err := updateReferral(t, r); err != nil {
		return r, err
	}
	r.Version++
	t.Emit(r.fact(r.Person, fact.ReferralWithdrawn, who, map[string]any{"deliver": r.Peer}, map[string]string{"why": why}))
	return r, settle(t, r.Org, r.ID, "withdrawn", SignalReferral)
}

func answeredAlready(r Referral) error {
	return errs.New(errs.Conflict, "referral-answered").With("State", string(r.State))
}

// GetReferral gives an organisation's own row of a referral with its papers.
func (s *Service) GetReferral(ctx context.Context, who actor.Actor, id string) (r Referral, papers []Paper, err error) {
	if err := reader(who); err != nil {
		return r, nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if r, err = referralByID(q, who.Org, id); err != nil {
			return err
		}
		if who.Kind == actor.Organisation && r.Direction != In {
			return errs.New(errs.NotFound, "referral-not-found")
		}
		papers, err = papersOf(q, who.Org, id)
		return err
	})
	return r, papers, err
}

// ListReferrals gives a page of referrals, newest first. An organisation's key
// sees what it was asked, not what its people ask others.
func (s *Service) ListReferrals(ctx context.Context, who actor.Actor, f Filter, cursor string, limit int) (p page.Page[Referral], err error) {
	if err := reader(who); err != nil {
		return p, err
	}
	if who.Kind == actor.Organisation {
		f.Direction = In
	}
	return listed(ctx, s.DB, cursor, limit, func(q db.Q, before string, n int) ([]Referral, error) {
		return listReferrals(q, who.Org, f, before, n)
	}, func(r Referral) string { return r.ID })
}

func reader(who actor.Actor) error {
	if who.Kind == actor.Organisation {
		return auth.Require(who, auth.ReferralTrade)
	}
	return auth.Require(who, auth.CaseRead)
}
