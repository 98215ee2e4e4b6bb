package note_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/note"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/signal/signaltest"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

var ctx = casefiletest.Ctx()

type world struct {
	*casefiletest.World
	notes *note.Service
	c     casefile.Case
	who   actor.Actor
	words *lang.Bundle
}

func worlds(t *testing.T, run func(t *testing.T, w world)) {
	migrations := append(append([]fs.FS{}, casefiletest.Migrations...), note.Migrations)
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		w := world{World: casefiletest.New(t, d), notes: note.New(note.Deps{DB: d.DB})}
		var err error
		w.words, err = lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"},
			lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"}, lang.Source{FS: note.Words, Dir: "lang"})...)
		w.Must(err)
		w.Cases.Lang = w.words
		w.who = orgtest.As(w.Desk)
		w.c, _, err = w.Cases.Open(ctx, w.who, casefile.Open{Person: w.Anna.Person.ID, Subject: "Anna's question", Channel: "phone",
			Promise: promise.Make{What: "the answer", Due: w.Now().Add(2 * time.Hour), Spoken: true}})
		w.Must(err)
		run(t, w)
	})
}

func (w world) timeline(t *testing.T) (out []string) {
	t.Helper()
	w.Must(w.DB.Read(ctx, func(q db.Q) error {
		c, err := casefile.ByID(q, w.c.Org, w.c.ID)
		if err != nil {
			return err
		}
		lines, err := w.Cases.Timeline(q, w.words.Printer("en", time.UTC, w.Now()), c, "", 50)
		for _, l := range lines {
			out = append(out, l.Kind+": "+l.Quote)
		}
		return err
	}))
	return out
}

func TestMentionIsASignal(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		n, err := w.notes.Add(ctx, w.who, w.c.Ref(), note.Add{Text: "  Could you look, @" + w.Specialist.Name + "?  "})
		w.Must(err)
		list := signaltest.Open(t, w.DB.DB, w.Org.ID)
		if len(list) != 1 || list[0].Kind != signal.Mention || list[0].Member != w.Specialist.ID || list[0].Case != w.c.ID || list[0].Level != signal.Notice {
			t.Fatalf("%+v", list)
		}
		if got := w.timeline(t); !strings.Contains(strings.Join(got, "\n"), "note.added: Could you look") {
			t.Error(got)
		}
		// It is about the colleague: it does not go along with the case.
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error { return signal.PassCase(tx, w.who, w.c.ID, w.Manager.ID) }))
		if got := signaltest.Open(t, w.DB.DB, w.Org.ID); got[0].Member != w.Specialist.ID {
			t.Error("the mention went along with the case")
		}
		p, err := w.notes.List(ctx, orgtest.As(w.Specialist), w.c.ID, "", 0)
		w.Must(err)
		if len(p.Items) != 1 || p.Items[0].ID != n.ID || p.Items[0].Text != "Could you look, @"+w.Specialist.Name+"?" || len(p.Items[0].Mentioned) != 1 {
			t.Errorf("%+v", p.Items)
		}
		_, err = signal.New(signal.Deps{DB: w.DB.DB}).Settle(ctx, orgtest.As(w.Specialist), list[0].ID, "handled")
		w.Must(err)
	})
}

func TestMentionOfSomebodyAwayGoesToTheStandIn(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		w.Change(t, w.Specialist.ID, org.ChangeMember{Deputy: orgtest.Ptr(w.Manager.ID), DeputyAgreed: true, AwayFrom: orgtest.Ptr(w.Now()), AwayUntil: orgtest.Ptr(w.Now().Add(48 * time.Hour))})
		n, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: "Look", Members: []string{w.Specialist.ID}})
		w.Must(err)
		if m := n.Mentioned; len(m) != 1 || m[0].Member != w.Specialist.ID || m[0].Told != w.Manager.ID {
			t.Fatalf("%+v", m)
		}
		if open := signaltest.Open(t, w.DB.DB, w.Org.ID); len(open) != 1 || open[0].Member != w.Manager.ID {
			t.Errorf("%+v", open)
		}
	})
}

func TestWhatIsNotClearIsSaid(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		w.Add(t, "Kim Jansen", actor.Desk)
		two := w.Add(t, "Kim de Boer", actor.Desk)
		field := func(err error) string {
			e, ok := errs.As(err)
			if !ok || len(e.Fields) == 0 {
				t.Fatalf("got %v", err)
			}
			return e.Fields[0].Type
		}
		for text, want := range map[string]string{"": "note-empty", "@Nemo": "note-mention-unknown", "@Kim": "note-mention-ambiguous", strings.Repeat("x", 5001): "text-too-long"} {
			if _, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: text}); field(err) != want {
				t.Errorf("%.20q: %v", text, err)
			}
		}
		n, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: "@Kim", Members: []string{two.ID}})
		w.Must(err)
		if len(n.Mentioned) != 1 || n.Mentioned[0].Member != two.ID {
			t.Errorf("%+v", n.Mentioned)
		}
	})
}

func TestTakeBack(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		n, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: "a slip of the pen", Members: []string{w.Manager.ID}})
		w.Must(err)
		_, err = w.notes.TakeBack(ctx, orgtest.As(w.Manager), n.ID)
		w.Refused(err, "note-not-yours")
		_, err = w.notes.TakeBack(ctx, w.who, n.ID)
		w.Must(err)
		_, err = w.notes.TakeBack(ctx, w.who, n.ID)
		w.Refused(err, "note-taken-back")
		if got := strings.Join(w.timeline(t), "\n"); strings.Contains(got, "slip") || !strings.Contains(got, "note.taken-back") {
			t.Error(got)
		}
		if open := signaltest.Open(t, w.DB.DB, w.Org.ID); len(open) != 0 {
			t.Errorf("%+v", open)
		}
		late, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: "meant"})
		w.Must(err)
		w.DB.Clock.Advance(61 * time.Second)
		_, err = w.notes.TakeBack(ctx, w.who, late.ID)
		w.Refused(err, "note-too-late")

		w.check(t, 1, 0)
		w.Must(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE note SET taken_back_at = written_at WHERE org_id = $1 AND note_id = $2`, w.Org.ID, late.ID)
			return err
		}))
		w.check(t, 2, 1)
	})
}

func (w world) check(t *testing.T, rows int64, wrong int) {
	t.Helper()
	w.Must(w.DB.Read(ctx, func(q db.Q) error {
		n, list, err := note.CheckWords(q)
		if n != rows || len(list) != wrong {
			t.Errorf("%d rows, wrong: %v", n, list)
		}
		return err
	}))
}

func TestNobodyElseReadsNotes(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		n, err := w.notes.Add(ctx, w.who, w.c.ID, note.Add{Text: "Secret among colleagues"})
		w.Must(err)
		other := orgtest.As(orgtest.Named(t, w.DB, "Another practice", org.Practice).Desk)
		for _, ref := range []string{w.c.ID, w.c.Ref()} {
			if _, err := w.notes.List(ctx, other, ref, "", 0); errs.ClassOf(err) != errs.NotFound {
				t.Error(err)
			}
			if _, err := w.notes.Add(ctx, other, ref, note.Add{Text: "x"}); errs.ClassOf(err) != errs.NotFound {
				t.Error(err)
			}
		}
		_, err = w.notes.TakeBack(ctx, other, n.ID)
		w.Refused(err, "note-unknown")
		els := actor.Actor{Kind: actor.Customer, Org: w.Org.ID, Person: w.c.Asker, Question: w.c.Question, Confirmed: true, Language: "en"}
		if _, err := w.notes.List(ctx, els, w.c.ID, "", 0); err == nil {
			t.Error("a customer reads notes")
		}
		// The customer's page, as it is drawn.
		d := persontest.Pages(t, w.DB, els, time.UTC, "en", w.words, casefile.Module(w.Cases).Portal)
		if status, page := d.Get(t, "/q"); status != 200 || !strings.Contains(page, "Anna") || strings.Contains(page, "Secret") || strings.Contains(page, "note for colleagues") {
			t.Errorf("%d: the customer's page shows a note, or nothing:\n%s", status, page)
		}
	})
}

func TestDeskWritesANoteWithoutAScript(t *testing.T) {
	worlds(t, func(t *testing.T, w world) {
		m := note.Module(w.notes)
		panel := func(mux *web.Mux) {
			mux.Get("/panel", func(c *web.Ctx) error {
				part, err := m.Panels[0].Render(c, module.PanelArgs{Org: w.Org.ID, Case: w.c.ID})
				if err != nil {
					return err
				}
				return c.Page(web.Page{Title: "panel", Body: ui.Section(ui.SectionView{ID: "panel", Title: "panel", Aside: part})})
			})
		}
		d := persontest.Pages(t, w.DB, w.who, time.UTC, "en", w.words, m.Desk, panel)
		to := "/desk/cases/" + w.c.Ref() + "/note"
		d.Shows(t, "/panel", `data-draft="case:`+w.c.ID+`:note"`, to, w.Specialist.Name)
		d.Again(t, to, 422, []string{"Nobody here has the name", "Nemo"}, "text", "look, @Nemo")
		if got := d.Goes(t, to, "text", "look, @"+w.Specialist.Name); !strings.HasPrefix(got, "/desk/cases/"+w.c.Ref()) {
			t.Error(got)
		}
		p, err := w.notes.List(ctx, w.who, w.c.ID, "", 0)
		w.Must(err)
		back := "/desk/notes/" + p.Items[0].ID + "/take-back"
		d.Shows(t, to, "less than a minute ago", back)
		d.Goes(t, back)
		if _, page := d.Get(t, to); strings.Contains(page, "less than a minute ago") {
			t.Error("a note that was taken back can be taken back")
		}
	})
}
