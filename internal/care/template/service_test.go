package template_test

import (
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/care/template"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
)

var ctx = casefiletest.Ctx()

type world struct {
	*casefiletest.World
	svc  *template.Service
	boss actor.Actor
}

func onWorlds(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	kittest.Databases(t, append(slices.Clone(casefiletest.Migrations), fs.FS(template.Migrations)), func(t *testing.T, d *kittest.DB) {
		w := &world{World: casefiletest.New(t, d)}
		at := "lang"
		words, err := lang.Load(lang.Source{FS: promise.Words, Dir: at}, lang.Source{FS: casefile.Words, Dir: at}, lang.Source{FS: org.Words, Dir: at},
			lang.Source{FS: person.Words, Dir: at}, lang.Source{FS: signal.Words, Dir: at}, lang.Source{FS: template.Words, Dir: at})
		w.Must(err)
		w.svc = template.New(template.Deps{DB: d.DB, Lang: words})
		w.boss = w.Who()
		w.boss.Role = actor.Manager
		run(t, w)
		w.Rest()
		w.Sound()
	})
}

func good(name string) template.Template {
	return template.Template{Name: name, Dutch: "Beste [klant], vraag [nummer] is bij [collega]. U hoort het vóór [tijd].", English: "Dear [customer], [colleague] has question [reference]. You hear by [time]."}
}

func TestTemplatesAreKeptInBothLanguages(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		x, err := w.svc.Save(ctx, w.boss, good("Uitslag"))
		w.Must(err)
		for typ, change := range map[string]func(*template.Template){
			"template-name-missing":  func(x *template.Template) { x.Name = " " },
			"template-text-missing":  func(x *template.Template) { x.English = "" },
			"template-field-unknown": func(x *template.Template) { x.Dutch = "Beste [klant], zie [bijlage]." },
			"template-vague":         func(x *template.Template) { x.English = "We call you soon." },
			"text-too-long":          func(x *template.Template) { x.Dutch = strings.Repeat("a", 5001) },
			"template-name-taken":    func(x *template.Template) { x.Name = "Uitslag" },
		} {
			in := good("Anders")
			change(&in)
			_, err := w.svc.Save(ctx, w.boss, in)
			if typ == "template-name-taken" {
				w.Refused(err, typ)
			} else if err == nil || !strings.Contains(err.Error(), typ) {
				t.Errorf("%s: %v", typ, err)
			}
		}
		x.Name = "Uitslag bloed"
		y, err := w.svc.Save(ctx, w.boss, x)
		w.Must(err)
		if y.Version != 2 {
			t.Errorf("version %d", y.Version)
		}
		_, err = w.svc.Save(ctx, w.boss, x) // somebody else saved meanwhile
		w.Refused(err, "changed-meanwhile")
		w.Must(w.svc.Drop(ctx, w.boss, x.ID))
		_, err = w.svc.Get(ctx, w.boss, x.ID)
		w.Refused(err, "template-not-found")
	})
}

func TestWhoMayWriteTemplates(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		x, err := w.svc.Save(ctx, w.boss, good("Uitslag"))
		w.Must(err)
		desk := w.Who()
		desk.Role = actor.Desk
		_, err = w.svc.Save(ctx, desk, good("Anders"))
		w.Refused(err, "not-allowed")
		w.Refused(w.svc.Drop(ctx, desk, x.ID), "not-allowed")
		if list, err := w.svc.List(ctx, desk); err != nil || len(list) != 1 {
			t.Errorf("everyone reads them: %d, %v", len(list), err)
		}
		stranger := w.boss
		stranger.Org = "org_elsewhere"
		_, err = w.svc.Get(ctx, stranger, x.ID)
		w.Refused(err, "template-not-found")
		x.Name = "Gekaapt"
		_, err = w.svc.Save(ctx, stranger, x)
		w.Refused(err, "template-not-found")
		w.Refused(w.svc.Drop(ctx, stranger, x.ID), "template-not-found")
		if list, err := w.svc.List(ctx, stranger); err != nil || len(list) != 0 {
			t.Errorf("another organisation sees %d, %v", len(list), err)
		}
	})
}

// The texts we offer pass our own check, can be added twice at a time, and are
// there once.
func TestExamples(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := w.svc.AddExamples(ctx, w.boss); err != nil && !strings.Contains(err.Error(), "template-name-taken") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := w.svc.List(ctx, w.boss)
		w.Must(err)
		if len(list) != 6 {
			t.Fatalf("%d templates", len(list))
		}
		for _, x := range list {
			for _, l := range []string{"nl", "en"} {
				text, err := w.svc.Sample(ctx, w.boss, x.In(l), l)
				w.Must(err)
				if found := template.Check(text, l); len(found) > 0 && found[0].Found != "[telefoon]" && found[0].Found != "[phone]" {
					t.Errorf("%s in %s: %+v", x.Name, l, found)
				}
			}
		}
	})
}

func TestFillingInACase(t *testing.T) {
	onWorlds(t, func(t *testing.T, w *world) {
		x, err := w.svc.Save(ctx, w.boss, good("Uitslag"))
		w.Must(err)
		c, _ := w.Open(w.Make(2 * time.Hour))
		f, err := w.svc.Fill(ctx, w.Who(), c.Ref(), x.ID)
		w.Must(err)
		for _, part := range []string{c.Ref(), w.Anna.Person.Name, w.Desk.Name} {
			if !strings.Contains(f.Text, part) {
				t.Errorf("%q lacks %q", f.Text, part)
			}
		}
		if len(f.Findings) > 0 {
			t.Errorf("found %+v in %q", f.Findings, f.Text)
		}
		// Once the moment has passed there is nothing to write: a person fills it in.
		w.DB.Clock.Set(w.Now().Add(72 * time.Hour))
		f, err = w.svc.Fill(ctx, w.Who(), c.ID, x.ID)
		w.Must(err)
		if len(f.Findings) != 1 || f.Findings[0].Kind != template.OpenField {
			t.Errorf("found %+v in %q", f.Findings, f.Text)
		}
		if len(f.Open) != 1 || f.Open[0] != "[tijd]" {
			t.Errorf("open fields %v", f.Open)
		}
		// It is not sent while the field is open, by whichever way.
		w.Cases.Texts, w.Promises.Unfilled = w.svc, template.Unfilled
		open := func(err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "text-open-field") {
				t.Errorf("sent with an open field: %v", err)
			}
		}
		_, err = w.Cases.LogContact(ctx, w.Who(), c.ID, casefile.Contact{Direction: casefile.Out, Channel: "email", Said: f.Text, Visible: true})
		open(err)
		_, err = w.Cases.AskClose(ctx, w.Who(), c.ID, f.Text)
		open(err)
		for _, p := range w.OpenOnes(c.ID) {
			_, err = w.Promises.Keep(ctx, w.Who(), p.ID, promise.Keep{Note: f.Text})
			open(err)
		}
		_, err = w.Cases.AskClose(ctx, w.Who(), c.ID, "De bril [rood] ligt klaar.")
		w.Must(err)
		if said := w.Teller.Of("closing-ask"); len(said) != 1 || said[0].Params["note"] != "De bril [rood] ligt klaar." {
			t.Errorf("said with the question whether it is solved: %+v", said)
		}
		var list []casefile.Text
		w.Read(func(q db.Q) (err error) { list, err = w.svc.Names(q, w.Org.ID); return err })
		if len(list) != 1 || list[0] != (casefile.Text{ID: x.ID, Name: "Uitslag"}) {
			t.Errorf("to choose from: %+v", list)
		}
		stranger := w.Who()
		stranger.Org = "org_elsewhere"
		_, err = w.svc.Fill(ctx, stranger, c.ID, x.ID)
		w.Refused(err, "template-not-found")
	})
}
