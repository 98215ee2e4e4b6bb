package intake

import (
	"context"
	"slices"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Flags gives the red flags of the organisation, with the scripts of the
// program in the language of who asks.
func (s *Service) Flags(ctx context.Context, who actor.Actor) (out []Flag, err error) {
	if err := auth.Require(who, auth.OrgRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		out, err = s.flags(q, o, s.words(q, o, who.Language))
		return err
	})
	return out, err
}

func (s *Service) flags(q db.Q, o org.Organisation, words lang.Printer) ([]Flag, error) {
	own, err := ownFlags(q, o.ID)
	return listed(o.Kind, words, own), err
}

// SpotIn gives the red flags that a text may be about.
func (s *Service) SpotIn(ctx context.Context, who actor.Actor, text string) ([]Flag, error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	all, err := s.Flags(ctx, who)
	return Spot(all, text), err
}

// AddFlag adds a red flag of the organisation's own.
func (s *Service) AddFlag(ctx context.Context, who actor.Actor, in SetFlag) (f Flag, err error) {
	return s.setFlag(ctx, who, "", 0, in)
}

// ChangeFlag replaces a red flag, when it is still at version; 0 is one of the
// program that nobody changed. One that is not active is not looked for.
func (s *Service) ChangeFlag(ctx context.Context, who actor.Actor, id string, version int64, in SetFlag) (f Flag, err error) {
	return s.setFlag(ctx, who, id, version, in)
}

// ownMost bounds the list: it is looked through at every letter that is typed.
const ownMost = 200

func (s *Service) setFlag(ctx context.Context, who actor.Actor, id string, version int64, in SetFlag) (f Flag, err error) {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return f, err
	}
	if err := in.check(); err != nil {
		return f, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		o, err := lockOrg(t, who.Org)
		if err != nil {
			return err
		}
		all, err := s.flags(t, o, s.words(t, o, who.Language))
		if err != nil {
			return err
		}
		f = Flag{Org: o.ID, ID: id, Name: in.Name, Words: in.Words, Ask: in.Ask, Act: in.Act, Active: in.Active, ChangedAt: t.Now(), ChangedBy: who.ID(), Version: 1}
		what := "added"
		if id == "" {
			if len(all) >= ownMost {
				return errs.New(errs.Conflict, "flags-many").With("Max", ownMost)
			}
			f.ID = t.NewID("flg")
		} else {
			i := slices.IndexFunc(all, func(x Flag) bool { return x.ID == id })
			switch {
			case i < 0:
				return errs.New(errs.NotFound, "flag-unknown")
			case all[i].Version != version:
				return errs.New(errs.Stale, "changed-meanwhile")
			}
			f.Version = version + 1
			what = "changed"
			if all[i].Active != f.Active {
				what = map[bool]string{true: "on", false: "off"}[f.Active]
			}
		}
		if err := putFlag(t, f); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: o.ID, Kind: fact.RedFlagSet, By: who, Data: map[string]any{"flag": f.ID, "what": what}, Text: map[string]string{"name": f.Name}})
		return nil
	})
	return f, err
}

// DropFlag takes back what the organisation changed in a red flag of the
// program, or takes one of its own away.
func (s *Service) DropFlag(ctx context.Context, who actor.Actor, id string, version int64) error {
	if err := auth.Require(who, auth.OrgAdmin); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := lockOrg(t, who.Org); err != nil {
			return err
		}
		own, err := ownFlags(t, who.Org)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(own, func(x Flag) bool { return x.ID == id })
		switch {
		case i < 0:
			return errs.New(errs.NotFound, "flag-unknown")
		case own[i].Version != version:
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		t.Emit(db.Fact{Org: who.Org, Kind: fact.RedFlagSet, By: who, Data: map[string]any{"flag": id, "what": "dropped"}, Text: map[string]string{"name": own[i].Name}})
		return deleteFlag(t, who.Org, id)
	})
}
