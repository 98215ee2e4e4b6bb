package handoff

import (
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"

	"github.com/houvast/houvast/internal/care/org"
)

// requestArrives writes the row of the organisation that is asked, and gives
// it to a person there.
func (s *Service) requestArrives(t *db.Tx, f ledger.Fact, l letter) error {
	to := l.Deliver
	if _, known, err := findRequest(t, to, l.Request); err != nil || known {
		return err
	}
	from, ok, err := findRequest(t, f.Org, l.Request)
	if err != nil || !ok {
		return err
	}
	o, err := org.ByID(t, to)
	if err != nil {
		return err
	}
	r := Request{Org: to, ID: from.ID, Direction: In, Peer: f.Org, Asker: from.Asker, Question: from.Question, Referral: from.Referral,
		Kind: from.Kind, About: from.About, Why: from.Why, State: Asked, Chain: from.Chain, AnswerBy: answerBy(o, t.Now()),
		AskedAt: from.AskedAt, Version: 1}
	if f.Kind == fact.DocumentPassedOn {
		r.Chain = append(append([]string{}, from.Chain...), to)
	}
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	person := ""
	c, ours, err := casefile.ByQuestion(t, to, r.Question)
	if err != nil {
		return err
	}
	if ours {
		r.Case, person = c.ID, c.Person
	} else if same, err := matches(t, to, r.About.Someone); err != nil {
		return err
	} else if len(same) == 1 {
		person = same[0]
	}
	if person != "" {
		d, ok, err := casefile.DocumentOf(t, to, person, r.Kind)
		if err != nil {
			return err
		}
		if ok { // only a suggestion: a person gives it
			r.Document = d.ID
		}
	}
	if ours && !c.Closed() {
		r.Handler = c.Owner
	} else if r.Handler, err = desk(t, to, ""); err != nil {
		return err
	}
	if err := db.Insert(t, "document_request", r); err != nil {
		return err
	}
	t.Emit(r.fact(person, fact.DocumentAsked, actor.ForSystem(to), map[string]any{"deliver": r.Asker, "from_org": r.Asker, "of_org": to,
		"member": r.Handler, "answer_by": r.AnswerBy.UnixMilli()}, nil))
	t.Wake(Topic)
	return raise(t, to, signal.Signal{Kind: SignalRequested, Level: signal.Warning, SubjectKind: "request", Subject: r.ID, Case: r.Case,
		Member: r.Handler, Data: map[string]any{"organisation": r.Asker, "kind": r.Kind, "found": r.Document != ""}})
}

// requestArrived notes at the asker who has to answer, also after passing on.
func (s *Service) requestArrived(t *db.Tx, f ledger.Fact, l letter) error {
	r, err := lockRequest(t, l.Deliver, l.Request)
	if err != nil || r.State != Asked || r.Peer == f.Org && r.AnswerBy.Equal(l.answerBy()) {
		return err
	}
	before := r.Peer
	r.Peer, r.AnswerBy, r.Late = f.Org, l.answerBy(), 0
	if !s.Bare {
		r.LookAt = r.AnswerBy
	}
	if err := updateRequest(t, r); err != nil {
		return err
	}
	t.Wake(Topic)
	if before != f.Org {
		t.Emit(r.fact("", fact.DocumentPassedOn, actor.ForSystem(r.Org), map[string]any{"from_org": before, "to_org": f.Org, "onward_org": f.Org}, nil))
	}
	return settle(t, r.Org, r.ID, "received", SignalPaperStuck)
}

// requestAnswered brings the paper, or the reason why not, to who asked.
func (s *Service) requestAnswered(t *db.Tx, f ledger.Fact, l letter) error {
	r, ok, err := findRequest(t, l.Deliver, l.Request)
	if err != nil || !ok {
		return err
	}
	there, ok, err := findRequest(t, f.Org, l.Request)
	if err != nil || !ok {
		return err
	}
	// What it is for first, then the request: the order of every command.
	var ref Referral
	if r.Referral != "" {
		if ref, err = lockReferral(t, r.Org, r.Referral); err != nil {
			return err
		}
	}
	var c casefile.Case
	if r.Case != "" {
		if c, err = s.Cases.Lock(t, r.Org, r.Case); err != nil {
			return err
		}
	}
	if r, err = lockRequest(t, r.Org, r.ID); err != nil || r.State != Asked {
		return err
	}
	r.Peer, r.AnsweredAt, r.AnsweredBy, r.LookAt = f.Org, t.Now(), f.Org, time.Time{}
	system, sig := actor.ForSystem(r.Org), signal.Signal{SubjectKind: "request", Subject: r.ID, Case: r.Case, Member: r.Handler,
		Data: map[string]any{"organisation": f.Org, "kind": r.Kind}}
	if f.Kind == fact.DocumentRefused {
		r.State, r.Reason, r.Explanation, r.NextStep, r.NextOrg, r.Advice = Refused, there.Reason, there.Explanation, there.NextStep, there.NextOrg, there.Advice
		sig.Kind, sig.Level = SignalNoPaper, signal.Warning
		sig.Data["next"] = r.NextStep
		if r.NextOrg != "" {
			sig.Data["try"] = r.NextOrg
		}
		t.Emit(r.fact(c.Person, fact.DocumentRefused, system, map[string]any{"from_org": f.Org, "reason": r.Reason, "next": r.NextStep,
			"onward_org": r.NextOrg}, map[string]string{"explanation": r.Explanation, "advice": r.Advice}))
	} else {
		r.State, r.Name, r.Document = Provided, there.Name, there.Document
		if r.Document == "" {
			r.Document = r.ID
		}
		sig.Kind, sig.Level = SignalProvided, signal.Notice
		if r.Case == "" && r.Referral == "" { // needed to write another paper: it is read here
			r.Content = there.Content
		}
		complete, err := s.file(t, system, ref, c, r, there)
		if err != nil {
			return err
		}
		sig.Data["complete"] = complete
		t.Emit(r.fact(c.Person, fact.DocumentProvided, system, map[string]any{"from_org": f.Org, "document": r.Document},
			map[string]string{"name": r.Name}))
	}
	if err := updateRequest(t, r); err != nil {
		return err
	}
	if err := settle(t, r.Org, r.ID, r.State, SignalPaperStuck); err != nil {
		return err
	}
	return raise(t, r.Org, sig)
}

// file puts a paper where it was needed, and says whether a referral has
// everything now.
func (s *Service) file(t *db.Tx, system actor.Actor, ref Referral, c casefile.Case, r, there Request) (complete bool, err error) {
	if c.ID != "" {
		if _, err := s.Cases.AddDocumentIn(t, system, c, casefile.Document{Kind: r.Kind, Name: there.Name, Content: there.Content,
			FromOrg: there.Org}); err != nil {
			return false, err
		}
	}
	if ref.ID == "" {
		return false, nil
	}
	if err := addPaper(t, Paper{Org: ref.Org, Referral: ref.ID, ID: r.Document, Kind: r.Kind, Name: there.Name, Content: there.Content,
		FromOrg: there.Org, AddedAt: t.Now()}); err != nil {
		return false, err
	}
	papers, err := papersOf(t, ref.Org, ref.ID)
	if err != nil {
		return false, err
	}
	ref.Missing = MissingKinds(ref.Required, papers)
	return len(ref.Missing) == 0 && ref.State.Open(), updateReferral(t, ref)
}

// word tells the customer, where they are known, that a paper is fetched for
// a referral that nobody accepted yet.
func (s *Service) word(t *db.Tx, f ledger.Fact) error {
	var l letter
	if err := f.Data(&l); err != nil || l.Deliver == "" || l.Referral == "" || f.Case != "" || l.Origin == "" {
		return err
	}
	r, known, err := findReferral(t, l.Origin, l.Referral)
	if err != nil || !known || r.Case == "" {
		return err
	}
	c, err := s.Cases.Lock(t, l.Origin, r.Case)
	if err != nil || c.Closed() {
		return err
	}
	return s.tellAsked(t, actor.ForSystem(l.Origin), c, l.OfOrg, l.Kind)
}
