package note

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// Deps are what the service needs.
type Deps struct{ DB *db.DB }

// Service has the use cases.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Add is a note to be written.
type Add struct {
	Text    string
	Members []string // mentioned by choice, besides the names in the text
}

// staff refuses whoever is not a member: a note has a colleague who wrote it.
func staff(who actor.Actor) error {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return err
	}
	if who.Kind != actor.Staff {
		return errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.CaseWrite))
	}
	return nil
}

// Add writes a note in a case, open or closed, and tells whom it mentions.
func (s *Service) Add(ctx context.Context, who actor.Actor, caseID string, in Add) (n Note, err error) {
	if err := staff(who); err != nil {
		return n, err
	}
	if err := in.check(); err != nil {
		return n, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		n, err = s.addIn(t, who, caseID, in)
		return err
	})
	return n, err
}

// check says everything that is wrong with a note at once.
func (in *Add) check() error {
	in.Text = strings.TrimSpace(in.Text)
	var c errs.Checks
	c.Must(in.Text != "", "text", "note-empty")
	c.Must(utf8.RuneCountInString(in.Text) <= maxText, "text", "text-too-long")
	c.Must(len(in.Members) <= maxMentions, "member_ids", "note-too-many")
	return c.Err()
}

// NoteIn writes a note in a case inside the transaction of another use case.
func (s *Service) NoteIn(t *db.Tx, who actor.Actor, caseID, text string) error {
	in := Add{Text: text}
	err := staff(who)
	if err == nil {
		err = in.check()
	}
	if err == nil {
		_, err = s.addIn(t, who, caseID, in)
	}
	return err
}

// MayNote says whether a text can be written as a note: whom it mentions is
// clear.
func (s *Service) MayNote(q db.Q, who actor.Actor, text string) error {
	in := Add{Text: text}
	if err := in.check(); err != nil {
		return err
	}
	_, err := mentionedIn(q, who.Org, in.Text, nil)
	return err
}

func (s *Service) addIn(t *db.Tx, who actor.Actor, caseID string, in Add) (n Note, err error) {
	found, err := casefile.Look(t, who, caseID)
	if err != nil {
		return n, err
	}
	if _, err := (casefile.Rows{}).Hold(t, who.Org, found.ID); err != nil {
		return n, err
	}
	mentioned, err := mentionedIn(t, who.Org, in.Text, in.Members)
	if err != nil {
		return n, err
	}
	n = Note{Org: who.Org, ID: t.NewID("not"), Case: found.ID, Writer: who.Member, At: t.Now(), Text: in.Text}
	for _, id := range mentioned {
		if id == who.Member {
			continue // they know already
		}
		told, err := org.Duty(t, who.Org, id)
		if err != nil {
			return n, err
		}
		n.Mentioned = append(n.Mentioned, Mention{Org: n.Org, Note: n.ID, Member: id, Told: told})
	}
	n.Fact = t.Emit(db.Fact{Org: n.Org, Kind: fact.NoteAdded, Case: n.Case, Question: found.Question, By: who,
		Data: map[string]any{"note_id": n.ID, "count": len(n.Mentioned)}, Text: map[string]string{"note": in.Text}})
	if err := insert(t, n); err != nil {
		return n, err
	}
	for _, m := range n.Mentioned {
		if m.Told == who.Member {
			continue // the writer stands in for whom they mention
		}
		if _, _, err := signal.Raise(t, who, signal.Signal{Kind: signal.Mention, Level: signal.Notice, SubjectKind: "note", Subject: m.subject(),
			Case: n.Case, Member: m.Told, Data: map[string]any{"note": n.ID}}); err != nil {
			return n, err
		}
	}
	return n, nil
}

// mentionedIn resolves names to active members of the organisation. What is
// not clear is said, never guessed.
func mentionedIn(q db.Q, orgID, text string, picked []string) ([]string, error) {
	if !strings.Contains(text, "@") && len(picked) == 0 {
		return nil, nil
	}
	members, err := org.Active(q, orgID, maxMembers)
	if err != nil {
		return nil, err
	}
	names := make([]Name, len(members))
	for i, m := range members {
		names[i] = Name{m.ID, m.Name}
	}
	found := Find(text, names, picked)
	var c errs.Checks
	for _, d := range found.Ambiguous {
		c.Add(errs.Field{Path: "text", Type: "note-mention-ambiguous", Params: errs.Params{"Names": strings.Join(d.Names, ", ")}})
	}
	c.Must(len(found.Unknown) == 0, "text", "note-mention-unknown") // without the name: no problem repeats its input
	c.Must(!found.Stranger, "member_ids", "note-stranger")
	c.Must(len(found.Members) <= maxMentions, "text", "note-too-many")
	return found.Members, c.Err()
}

// maxMembers is of how many members a name is looked for.
const maxMembers = 1000

// TakeBack takes a note back: by whoever wrote it, within a minute. Its words
// are erased and nobody is asked to look at it any more.
func (s *Service) TakeBack(ctx context.Context, who actor.Actor, id string) (n Note, err error) {
	if err := staff(who); err != nil {
		return n, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		if n, err = byID(t, who.Org, id); err != nil {
			return err
		}
		subj, err := (casefile.Rows{}).Hold(t, who.Org, n.Case)
		if err != nil {
			return err
		}
		if n, err = byID(t, who.Org, id); err != nil { // again, now that nobody else can change it
			return err
		}
		switch {
		case !n.TakenBack.IsZero():
			return errs.New(errs.Conflict, "note-taken-back")
		case n.Writer != who.Member:
			return errs.New(errs.Forbidden, "note-not-yours")
		case !n.Retractable(who.Member, t.Now()):
			return errs.New(errs.Conflict, "note-too-late")
		}
		one := []Note{n}
		if err := fill(t, who.Org, one); err != nil {
			return err
		}
		n = one[0]
		n.TakenBack, n.Text = t.Now(), ""
		if err := setTakenBack(t, n); err != nil {
			return err
		}
		if err := ledger.Erase(t, n.Org, n.Fact); err != nil {
			return err
		}
		for _, m := range n.Mentioned {
			if _, err := signal.Clear(t, who, signal.Mention, m.subject(), "taken-back"); err != nil {
				return err
			}
		}
		t.Emit(db.Fact{Org: n.Org, Kind: fact.NoteTakenBack, Case: n.Case, Question: subj.Question, By: who, Data: map[string]any{"note_id": n.ID}})
		return nil
	})
	return n, err
}

// List gives a page of the notes of a case, newest first.
func (s *Service) List(ctx context.Context, who actor.Actor, caseID, cursor string, limit int) (p page.Page[Note], err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return p, err
	}
	if who.Kind == actor.Customer {
		return p, errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.CaseRead))
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	before := ""
	if key != nil {
		before = key[0]
	}
	limit = min(page.Size(limit), 199)
	err = s.DB.Read(ctx, func(q db.Q) error {
		found, err := casefile.Look(q, who, caseID)
		if err != nil {
			return err
		}
		rows, err := ofCase(q, who.Org, found.ID, before, limit+1)
		p = page.Of(rows, limit, func(n Note) []string { return []string{n.ID} })
		return err
	})
	return p, err
}
