package message_test

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail/mailtest"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

func (f *fixture) pages(language string, caseID func() string) *persontest.Desk {
	f.t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"},
		lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"}, lang.Source{FS: message.Words, Dir: "lang"})...)
	if err != nil {
		f.t.Fatal(err)
	}
	m := message.Module(f.messages)
	panels := func(mux *web.Mux) {
		for _, p := range m.Panels {
			mux.Get("/panel/"+p.Key, func(c *web.Ctx) error {
				part, err := p.Render(c, module.PanelArgs{Org: f.Org.ID, Case: caseID()})
				if err != nil {
					return err
				}
				return c.Page(web.Page{Title: p.Key, Body: ui.Section(ui.SectionView{ID: "panel", Title: p.Key, Aside: part})})
			})
		}
	}
	return persontest.Pages(f.t, f.DB, f.desk(), f.Org.Calendar.Location(), language, b, m.Desk, panels)
}

func TestDeskCalls(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{})
		c, _ := f.open(f.Anna) // who prefers to be phoned
		desk := f.pages("en", func() string { return c.ID })
		desk.Shows(t, "/panel/messages", "Still to be called")
		desk.Shows(t, "/panel/calls", "Anna", "06 12345678")
		call := f.only(c)
		one := "/desk/messages/" + call.ID
		desk.Shows(t, "/desk/calls", "One customer waits for a call.", "Anna", "Call 06 12345678", one+"/spoken")
		if n, _, err := message.Module(f.messages).Nav[0].Count(t.Context(), f.desk()); err != nil || n != 1 {
			t.Errorf("navigation says %d, %v", n, err)
		}
		desk.Goes(t, one+"/no-answer", "back", "calls")
		desk.Shows(t, "/desk/calls", "Tried once, nobody answered.")
		desk.Again(t, one+"/spoken", 422, []string{"errsum"}, "back", "calls", "said", strings.Repeat("x", 10_001))
		is(t, "leads back", desk.Goes(t, one+"/spoken", "back", "calls", "said", "Ze weet het."), "/desk/calls")
		desk.Shows(t, "/desk/calls", "Nobody waits for a call from you.")
		desk.Shows(t, one, "Said in person", "Where to")
		desk.Again(t, one+"/spoken", 409, []string{"knows this already"}, "said", "Nog eens")
		is(t, "state", f.only(c).State, message.Spoken)
	})
}

func TestDeskDecides(t *testing.T) {
	both(t, func(t *testing.T, d *kittest.DB) {
		f := setup(t, d, &mailtest.Recorder{})
		c, _ := f.open(f.Mother)
		f.rest()
		desk := f.pages("en", func() string { return c.ID })
		m := f.only(c)
		is(t, "taken by the mail server", m.State, message.Accepted)
		one := "/desk/messages/" + m.ID
		// Sent is not delivered.
		desk.Shows(t, one, "Sent, arrival not known yet", one+"/arrived", one+"/not-arrived")
		desk.Again(t, one+"/resend", 409, []string{"Only a message that did not work"})
		desk.Goes(t, one+"/not-arrived")
		is(t, "failed", f.all(c)[0].State, message.Failed)
		desk.Shows(t, one, "Send again", one+"/spoken")
		desk.Goes(t, one+"/resend")
		f.rest()
		desk.Goes(t, one+"/arrived")
		desk.Shows(t, one, "Arrived.")
	})
}

func TestDeskPages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		f := setup(t, kittest.SQLite(t, migrations...), &mailtest.Recorder{})
		current := ""
		desk := f.pages(language, func() string { return current })
		golden := func(name, path string) {
			t.Helper()
			persontest.Golden(t, name+"."+language, desk.Shows(t, path), *update)
		}
		golden("calls-empty", "/desk/calls")
		c, _ := f.open(f.Anna)
		current = c.ID
		golden("calls", "/desk/calls")
		golden("today", "/panel/calls")
		golden("case-phone", "/panel/messages")
		other, _ := f.open(f.Mother)
		f.rest()
		current = other.ID
		golden("case-mail", "/panel/messages")
		golden("message", "/desk/messages/"+f.only(other).ID)
		if err := f.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE message SET state = 'uncertain', code = 'interrupted' WHERE message_id = $1`, f.only(other).ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		f.DB.Clock.Advance(time.Minute)
		golden("case-uncertain", "/panel/messages")
		golden("uncertain", "/desk/messages/"+f.only(other).ID)
	}
}
