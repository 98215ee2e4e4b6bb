package promise

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Follower learns from messages which promises were told.
func (s *Service) Follower() ledger.Follower {
	return ledger.Follower{
		Name:   "promise-told",
		Kinds:  []string{fact.MessageDelivered, fact.MessageSeen, fact.MessageSpoken},
		Handle: s.told,
	}
}

func (s *Service) told(t *db.Tx, f ledger.Fact) error {
	var d struct {
		Promise string `json:"promise"`
		Message string `json:"message"`
		Channel string `json:"channel"`
	}
	if err := f.Data(&d); err != nil || d.Promise == "" {
		return err
	}
	p, err := goesOn(t, f.Org, d.Promise)
	if errs.ClassOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	subj, err := s.Cases.Hold(t, f.Org, p.Case)
	if err != nil {
		return err
	}
	// Again, now that nobody else can change it.
	if p, err = goesOn(t, f.Org, p.ID); err != nil || p.Told.Reached() {
		return err
	}
	if p.Case != subj.ID { // carried to another case at this very moment
		if subj, err = s.Cases.Hold(t, f.Org, p.Case); err != nil {
			return err
		}
		if p, err = byID(t, f.Org, p.ID); err != nil || p.Told.Reached() {
			return err
		}
	}
	to := Delivered
	if f.Kind == fact.MessageSpoken {
		to = Spoken
	}
	if err := setTold(t, p, to, f.At); err != nil {
		return err
	}
	who := actor.ForSystem(f.Org)
	t.Emit(p.fact(fact.PromiseTold, who, map[string]any{"channel": d.Channel, "message": d.Message}, ""))
	if p.Predecessor == "" {
		return nil
	}
	old, err := byID(t, f.Org, p.Predecessor)
	if err != nil || old.State != Open || old.MovingTo != p.ID || f.At.After(old.Due) {
		return err // too late: the watch breaks the old one
	}
	return s.moved(t, who, subj, old, p, false)
}
