package template

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Deps are what the service needs.
type Deps struct {
	DB   *db.DB
	Lang *lang.Bundle
}

// Service keeps templates and fills them in.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// most is how many templates an organisation keeps: a list that is read.
const most = 200

// List gives the templates of the organisation by name.
func (s *Service) List(ctx context.Context, who actor.Actor) (list []Template, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { list, err = all(q, who.Org); return err })
	return list, err
}

// Get gives one.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (x Template, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return x, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { x, err = byID(q, who.Org, id); return err })
	return x, err
}

// Save makes a template (without an id) or changes one. Version is the one that
// was read; it has to be the last.
func (s *Service) Save(ctx context.Context, who actor.Actor, in Template) (Template, error) {
	if err := auth.Require(who, auth.TemplateWrite); err != nil {
		return in, err
	}
	if err := in.valid(); err != nil {
		return in, err
	}
	var out Template
	err := s.DB.Write(ctx, func(t *db.Tx) (err error) {
		out, err = save(t, who, in)
		return err
	})
	return out, err
}

func save(t *db.Tx, who actor.Actor, in Template) (Template, error) {
	x := in
	x.Org, x.ChangedBy, x.ChangedAt = who.Org, who.ID(), t.Now()
	if in.ID == "" {
		n, err := count(t, who.Org)
		if err != nil {
			return in, err
		}
		if n >= most {
			return in, errs.New(errs.Conflict, "template-too-many").With("Max", most)
		}
		x.ID, x.Version = t.NewID("tpl"), 1
	} else {
		old, err := lock(t, who.Org, in.ID)
		if err != nil {
			return in, err
		}
		if old.Version != in.Version {
			return in, errs.New(errs.Stale, "changed-meanwhile")
		}
		x.Version = old.Version + 1
	}
	if ok, err := free(t, who.Org, x.Name, x.ID); err != nil {
		return in, err
	} else if !ok {
		return in, errs.New(errs.Conflict, "template-name-taken").Field("name", "template-name-taken")
	}
	var err error
	if in.ID == "" {
		err = db.Insert(t, "answer_template", x)
	} else {
		err = update(t, x)
	}
	if db.Violates(err, db.Unique) { // two at once
		err = errs.New(errs.Conflict, "template-name-taken").Field("name", "template-name-taken")
	}
	if err != nil {
		return in, err
	}
	t.Emit(db.Fact{Org: who.Org, Kind: fact.TemplateSaved, By: who, Data: map[string]any{"template": x.ID, "version": x.Version},
		Text: map[string]string{"name": x.Name}})
	return x, nil
}

// Drop takes a template away. Texts that were made with it stay as they are.
func (s *Service) Drop(ctx context.Context, who actor.Actor, id string) error {
	if err := auth.Require(who, auth.TemplateWrite); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		x, err := lock(t, who.Org, id)
		if err != nil {
			return err
		}
		if err := drop(t, who.Org, id); err != nil {
			return err
		}
		t.Emit(db.Fact{Org: who.Org, Kind: fact.TemplateDropped, By: who, Data: map[string]any{"template": x.ID}, Text: map[string]string{"name": x.Name}})
		return nil
	})
}

// AddExamples adds the texts to begin with, except those whose name is taken.
func (s *Service) AddExamples(ctx context.Context, who actor.Actor) (added int, err error) {
	if err := auth.Require(who, auth.TemplateWrite); err != nil {
		return 0, err
	}
	list := s.examples(who)
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		added = 0
		for _, x := range list {
			ok, err := free(t, who.Org, x.Name, "")
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if _, err := save(t, who, x); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

// exampleKeys are the texts to begin with, in the catalogue under
// template.example.
var exampleKeys = []string{"received", "answer", "result", "later", "missed-call", "with-colleague"}

func (s *Service) examples(who actor.Actor) (out []Template) {
	name := s.Lang.Printer(who.Language, nil, s.DB.Clock().Now())
	for _, k := range exampleKeys {
		key := "template.example." + k
		out = append(out, Template{Name: name.T(key + "-name"), Dutch: name.In(lang.Dutch).T(key), English: name.In(lang.English).T(key)})
	}
	return out
}

// Filled is a template with the fields of a case in their places.
type Filled struct {
	Template string    `json:"template_id"`
	Language string    `json:"language" doc:"Of the customer, in which the text is"`
	Text     string    `json:"text"`
	Open     []string  `json:"open_fields" doc:"Fields without a value: a text that still holds one is not sent"`
	Findings []Finding `json:"findings" doc:"What makes it hard to read, and fields without a value"`
}

// Fill gives a template as it reads in a case, in the language of whoever asks.
// Nothing is sent or kept.
func (s *Service) Fill(ctx context.Context, who actor.Actor, caseID, id string) (out Filled, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		x, err := byID(q, who.Org, id)
		if err != nil {
			return err
		}
		c, err := casefile.Look(q, who, caseID)
		if err != nil {
			return err
		}
		values, language, err := s.values(q, c)
		if err != nil {
			return err
		}
		text := Fill(x.In(language), values)
		out = Filled{Template: x.ID, Language: language, Text: text, Open: append([]string{}, Unfilled(text)...), Findings: Check(text, language)}
		return nil
	})
	return out, err
}

// values are the fields of a case, in the language of whoever asks.
func (s *Service) values(q db.Q, c casefile.Case) (map[Field]string, string, error) {
	asker, err := person.ByID(q, c.Org, c.Asker)
	if err != nil {
		return nil, "", err
	}
	o, err := org.ByID(q, c.Org)
	if err != nil {
		return nil, "", err
	}
	cal, err := org.Calendar(q, c.Org)
	if err != nil {
		return nil, "", err
	}
	next, err := promise.NextOf(q, c.Org, []string{c.ID})
	if err != nil {
		return nil, "", err
	}
	p := s.Lang.Printer(asker.Language, cal.Location(), q.Now())
	values := map[Field]string{Customer: asker.Name, Reference: c.Ref(), Organisation: o.Name, Phone: person.Spoken(o.Phone)}
	colleague := c.Owner
	if n, ok := next[c.ID]; ok {
		colleague = n.Keeper
		if n.Due.After(q.Now()) { // a moment that has passed is nothing to write
			values[Due] = p.Moment(n.Due)
		}
	}
	members, err := org.MembersByIDs(q, c.Org, []string{colleague})
	values[Colleague] = members[colleague].Name
	return values, p.Lang(), err
}

// Sample is how a text reads with made-up values, for whoever writes it.
func (s *Service) Sample(ctx context.Context, who actor.Actor, text, language string) (out string, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return "", err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		cal, err := org.Calendar(q, who.Org)
		if err != nil {
			return err
		}
		due := cal.EndOfWorkingDay(q.Now().Add(24*time.Hour), 0)
		p := s.Lang.Printer(language, cal.Location(), q.Now())
		out = Fill(text, sample(p, o.Name, person.Spoken(o.Phone), due))
		return nil
	})
	return out, err
}

// Look is Check for whoever may read cases: nothing of the text is kept.
func (s *Service) Look(who actor.Actor, text, language string) ([]Finding, error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	return Check(plain(text), language), nil
}

// Say tells findings to a reader, one sentence each.
func Say(p lang.Printer, list []Finding) []string {
	out := make([]string, 0, len(list))
	for _, f := range list {
		key := "plain." + string(f.Kind)
		if f.Kind == Jargon && f.Instead == "" {
			key += "-needless"
		}
		out = append(out, p.T(key, "Found", strings.TrimSpace(f.Found), "Instead", f.Instead, "Count", f.Count))
	}
	return out
}
