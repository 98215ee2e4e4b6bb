package message

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Follower learns that a customer opened the page by the link in a message,
// and gives the calls of a case to its new owner, or to who stands in.
func (s *Service) Follower() ledger.Follower {
	return ledger.Follower{Name: "message", Kinds: []string{fact.LinkOpened, fact.CaseOwner, fact.PromisePassed}, Handle: s.follow}
}

func (s *Service) follow(t *db.Tx, f ledger.Fact) error {
	var d struct {
		Message string `json:"message"`
		From    string `json:"from"`
		To      string `json:"to"`
		Keeper  string `json:"keeper"`
	}
	if err := f.Data(&d); err != nil {
		return err
	}
	switch f.Kind {
	case fact.CaseOwner:
		_, err := passOn(t, f.Org, f.Case, d.From, d.To)
		return err
	case fact.PromisePassed:
		_, err := passOn(t, f.Org, f.Case, d.From, d.Keeper)
		return err
	}
	if d.Message == "" {
		return nil
	}
	err := s.Seen(t, f.Org, d.Message)
	if errs.ClassOf(err) == errs.NotFound {
		return nil // the link came with no message of ours
	}
	return err
}

// Seen notes that the customer opened the page by the link in a message: it
// arrived, whatever was known of it before.
func (s *Service) Seen(t *db.Tx, orgID, id string) error { return s.seen(t, orgID, id, Seen) }

// Answered notes that the customer answered a message: for incoming mail.
func (s *Service) Answered(t *db.Tx, orgID, id string) error { return s.seen(t, orgID, id, Answered) }

func (s *Service) seen(t *db.Tx, orgID, id string, to State) error {
	m, err := hold(t, orgID, id)
	if err != nil {
		return err
	}
	switch m.State {
	case Queued, Recalled, Spoken, Answered, to: // did not leave, or nothing new
		return nil
	case Failed:
		// It was thought lost, and another copy may be on its way: then that one
		// counts as the one that arrived, because there is only one.
		chain, err := OfIntent(t, orgID, m.Intent)
		if err != nil {
			return err
		}
		for _, other := range chain {
			if other.ID != m.ID && other.Channel != Phone && other.State.MayHaveArrived() {
				return s.seen(t, orgID, other.ID, to)
			}
		}
	}
	if m.Channel == Phone || m.Channel == None {
		return nil
	}
	return s.reached(t, actor.ForSystem(orgID), m, to)
}
