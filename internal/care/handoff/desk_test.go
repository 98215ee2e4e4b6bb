package handoff_test

import (
	"context"
	"flag"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

// words previews what a customer would read, as the house does.
type previews struct{}

// PreviewText implements casefile.Previewer.
func (previews) PreviewText(_ context.Context, _ actor.Actor, m promise.Telling) (casefile.Preview, error) {
	return casefile.Preview{Text: "Word for word: " + m.Template, Language: "nl", Channel: "email"}, nil
}

// board shows panels on pages of their own, as the pages of others do.
func board(s *handoff.Service, args func() module.PanelArgs) func(*web.Mux) {
	return func(m *web.Mux) {
		for _, p := range handoff.Module(s, nil).Panels {
			m.Get("/panel/"+p.Key, func(c *web.Ctx) error {
				part, err := p.Render(c, args())
				if err != nil {
					return err
				}
				return c.Page(web.Page{Title: p.Key, Body: ui.Section(ui.SectionView{ID: "panel", Title: p.Key, Aside: part})})
			})
		}
	}
}

func (w *world) desk(t *testing.T, language string, args func() module.PanelArgs) *persontest.Desk {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: person.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"},
		lang.Source{FS: promise.Words, Dir: "lang"}, lang.Source{FS: casefile.Words, Dir: "lang"}, lang.Source{FS: handoff.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	w.cases.Previews = previews{}
	return persontest.Pages(t, w.d, orgtest.As(w.gp.Desk), w.gp.Org.Calendar.Location(), language, b, handoff.Module(w.svc, nil).Desk, board(w.svc, args))
}

// be makes somebody else look at the desk.
func be(d *persontest.Desk, m org.Member) {
	language := d.Who.Language
	d.Who = orgtest.As(m)
	d.Who.Language = language
}

func TestDeskHandsOff(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		d := w.desk(t, "en", func() module.PanelArgs { return module.PanelArgs{Org: c.Org, Case: c.ID} })
		to := "/desk/cases/" + c.Ref() + "/hand-off"
		d.Shows(t, to, c.Subject, w.gp.Specialist.Name, "Ziekenhuis Een")
		d.Again(t, to, 422, []string{`value="Bel even"`}, "history", "Gebeld.", "note", "Bel even")
		d.Again(t, to, 422, []string{"as soon as possible"}, "to", w.gp.Specialist.ID, "answer_by", "as soon as possible")
		status, _, page := d.Post(t, to, "to", w.gp.Specialist.ID, "do", "preview")
		if status != 200 || !strings.Contains(page, "Word for word: handoff-accepted") || w.facts(w.gp, "handoff.offered") != 0 {
			t.Errorf("%d: a preview shows the message and offers nothing", status)
		}
		d.Goes(t, to, "to", w.gp.Specialist.ID, "history", "Gebeld.", "consent", "1")
		d.Again(t, to, 409, []string{"already"}, "to", w.gp.Manager.ID)
		d.Shows(t, "/panel/where", w.gp.Specialist.Name, "ask-document")

		be(d, w.gp.Specialist)
		list := d.Shows(t, "/desk/handoffs", c.Subject, "One thing waits for your answer.", `data-key="A"`)
		one := persontest.Link(t, list, "/desk/handoffs/")
		d.Shows(t, "/panel/handoffs", c.Subject, one+"/accept")
		d.Shows(t, one, "Return with a reason", "Gebeld.")
		d.Again(t, one+"/decline", 422, []string{"A no comes with a next step", "Ik ben weg."}, "reason", "away", "explanation", "Ik ben weg.")
		d.Again(t, one+"/decline", 422, []string{"Explain it in plain words"}, "reason", "away", "next", "sender-keeps")
		d.Again(t, one+"/accept", 412, []string{"Somebody else changed this"}, "version", "7")
		d.Goes(t, one+"/decline", "version", "1", "reason", "not-mine", "explanation", "Dit is voor de manager.", "next", "try", "try_to", w.gp.Manager.ID)
		d.Shows(t, one, "did not take the question", "Dit is voor de manager.")
		is(t, "owner", w.caseOf(c).Owner, w.gp.Desk.ID)

		be(d, w.gp.Desk)
		d.Goes(t, to, "to", w.gp.Manager.ID)
		h := d.Shows(t, "/desk/handoffs", "One thing waits for somebody else.")
		two := persontest.Link(t, h, "/desk/handoffs/")
		d.Shows(t, two, "Take the offer back")
		if status, _, _ := d.Post(t, two+"/accept"); status != 403 {
			t.Errorf("whoever offers cannot accept it: %d", status)
		}
		be(d, w.gp.Manager)
		is(t, "leads to the case", d.Goes(t, two+"/accept", "version", "1"), "/desk/cases/"+c.ID)
		is(t, "owner", w.caseOf(c).Owner, w.gp.Manager.ID)
		is(t, "told", w.teller.count(w.gp.Org.ID, "handoff-accepted"), 1)
		d.Again(t, two+"/accept", 409, []string{"was answered already"})
		d.Shows(t, two, "took the question over")
		w.rest()
		w.checked()
	})
}

func TestDeskRefers(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		_, err := w.svc.SetNeeds(w.ctx, orgtest.As(w.h1.Administrator), handoff.Needs{Documents: []string{"referral-letter"}})
		w.must(err)
		_, err = w.svc.SetNeeds(w.ctx, orgtest.As(w.h2.Administrator), handoff.Needs{Documents: []string{"referral-letter", "result"}})
		w.must(err)
		d := w.desk(t, "en", func() module.PanelArgs { return module.PanelArgs{Org: c.Org, Case: c.ID} })
		to := "/desk/cases/" + c.Ref() + "/refer"
		d.Shows(t, to, "Which organisation?")
		d.Shows(t, to+"?to="+w.h1.Org.ID, "What Ziekenhuis Een needs", "Referral letter is missing", "The customer need not fetch")
		d.Again(t, to, 422, []string{"errsum", "Which organisation?"}, "note", "Zomer")
		d.Shows(t, "/panel/handoff", "To another organisation", to)
		status, _, page := d.Post(t, to, "to", w.h1.Org.ID, "do", "preview", "note", "Zomer")
		if status != 200 || !strings.Contains(page, "Word for word: referral-offered") || !strings.Contains(page, "Zomer") {
			t.Errorf("preview: %d", status)
		}
		d.Goes(t, to, "to", w.h1.Org.ID, "subject", c.Subject, "note", "Zomer", "consent", "1")
		w.rest()
		d.Shows(t, "/panel/where", "Referral to Ziekenhuis Een")

		// The first hospital sends it on: the customer carries nothing.
		be(d, w.h1.Administrator)
		w.d.Clock.Advance(1)
		list := d.Shows(t, "/desk/handoffs?who=all", c.Subject, "Referral letter is missing")
		ref := persontest.Link(t, list, "/desk/referrals/")
		d.Shows(t, ref, "Fleur Jansen", "Iris Jansen", "Vertel Fleur zelf", "Zomer", "Accept, with a promise")
		d.Again(t, ref+"/accept", 422, []string{"Say what the customer", "Choose a day and a clock time"})
		d.Again(t, ref+"/accept", 422, []string{"datum"}, "what", "de datum", "by_text", "as soon as possible")
		d.Again(t, ref+"/accept", 409, []string{"de datum", "missing"}, "what", "de datum", "by_text", w.soon().Format("2006-01-02T15:04:05Z07:00"))
		d.Again(t, ref+"/decline", 422, []string{"A no comes with a next step"}, "reason", "documents-missing", "explanation", "Geen brief.", "next", "back-to-sender", "advice", "Stuur hem mee.")
		d.Again(t, ref+"/decline", 422, []string{"A no comes with a next step"}, "reason", "no-capacity", "explanation", "Vol.")
		d.Again(t, ref+"/forward", 422, []string{"errsum"}, "to", w.h2.Org.ID)
		d.Goes(t, ref+"/forward", "to", w.h2.Org.ID, "forward_why", "Kinderneurologie zit daar.")
		d.Shows(t, ref, "Kinderneurologie zit daar.", "Ziekenhuis Twee")
		w.rest()

		// The second one asks for the letter, and takes it on.
		be(d, w.h2.Desk)
		list = d.Shows(t, "/desk/handoffs?who=all", c.Subject)
		ref = persontest.Link(t, list, "/desk/referrals/")
		d.Goes(t, ref+"/ask", "kind", "image", "ask_why", "Voor de planning")
		d.Again(t, ref+"/ask", 409, []string{"already"}, "kind", "referral-letter") // asked by itself on arrival
		d.Shows(t, ref, "Asked for", "Image about Fleur Jansen", "Referral letter about Fleur Jansen")
		w.rest()

		be(d, w.gp.Desk)
		list = d.Shows(t, "/desk/handoffs?who=all", "Ziekenhuis Twee asks for this")
		req := persontest.Link(t, list, "/desk/document-requests/")
		d.Shows(t, req, "Image about Fleur Jansen", "Voor de planning")
		d.Again(t, req+"/provide", 422, []string{"errsum"})
		d.Again(t, req+"/refuse", 422, []string{"A no comes with a next step"}, "reason", "not-here", "explanation", "Weg.")
		d.Again(t, req+"/pass-on", 422, []string{"errsum"})
		d.Goes(t, req+"/provide", "name", "Verwijsbrief", "content", "Graag onderzoek.")
		d.Shows(t, req, "The document was given")
		w.rest()

		be(d, w.h2.Desk)
		due := w.soon().Format("2006-01-02T15:04:05Z07:00")
		d.Shows(t, ref, "Verwijsbrief", "Graag onderzoek.")
		d.Again(t, ref+"/accept", 422, []string{"errsum"}, "what", "de datum", "by_text", due, "without", "1")
		d.Again(t, ref+"/accept", 422, []string{"Choose one of the kinds"}, "what", "de datum", "by_text", due, "promise_kind", "closing")
		form := d.Shows(t, ref, "What do you promise?", "By when?", "There is no record of your own yet")
		_, rest, _ := strings.Cut(form, `name="by" value="`)
		advised, _, _ := strings.Cut(rest, `"`)
		there := d.Goes(t, ref+"/accept", "what", "de datum", "by", advised, "promise_kind", "decision", "told", "message", "without", "1", "why", "De uitslag komt later.")
		if !strings.HasPrefix(there, "/desk/cases/") {
			t.Error(there)
		}
		taken, _ := w.at(w.h2, c.Question)
		w.read(func(q db.Q) error {
			got, err := promise.OfCase(q, w.h2.Org.ID, taken.ID)
			if len(got) != 1 || got[0].Kind != promise.Decision || got[0].Due.In(w.h2.Org.Calendar.Location()).Format("2006-01-02T15:04") != advised {
				t.Errorf("%+v is not a decision by %s", got, advised)
			}
			return err
		})
		w.rest()
		is(t, "handed over", w.caseOf(c).Closed(), true)
		be(d, w.gp.Desk)
		d.Shows(t, "/panel/where", "Accepted")
		w.checked()
	})
}

func TestDeskWithdrawsAReferral(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.open()
		r := w.refer(c, w.h1)
		d := w.desk(t, "en", nil)
		ref := "/desk/referrals/" + r.ID
		d.Again(t, ref+"/withdraw", 422, []string{"errsum"})
		is(t, "back to the case", d.Goes(t, ref+"/withdraw", "why", "Wij doen het zelf."), "/desk/cases/"+c.ID)
		d.Shows(t, ref, "Taken back")
		w.rest()
		w.checked()
	})
}

func TestDeskPages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		w := newWorld(t, kittest.SQLite(t, migrations...), false)
		c := w.open()
		_, err := w.svc.SetNeeds(w.ctx, orgtest.As(w.h1.Administrator), handoff.Needs{Documents: []string{"referral-letter"}})
		w.must(err)
		_, err = w.cases.AddDocument(w.ctx, orgtest.As(w.gp.Desk), c.ID, casefile.Document{Kind: "result", Name: "Bloeduitslag", Content: "Geen bijzonderheden."})
		w.must(err)
		d := w.desk(t, language, func() module.PanelArgs { return module.PanelArgs{Org: c.Org, Case: c.ID} })
		golden := func(name, path string) {
			t.Helper()
			persontest.Golden(t, name+"."+language, d.Shows(t, path), *update)
		}
		ref := "/desk/cases/" + c.Ref()
		golden("list-empty", "/desk/handoffs")
		golden("tab", "/panel/handoff")
		golden("refer", ref+"/refer?to="+w.h1.Org.ID)
		golden("ask", ref+"/ask-document")
		h, err := w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: w.gp.Specialist.ID, History: "De huisarts keek ernaar.", Note: "Ze is bang voor naalden.", Consent: true})
		w.must(err)
		other := w.open()
		r := w.refer(other, w.h1)
		golden("where", "/panel/where")
		golden("list-waiting", "/desk/handoffs")
		golden("referral-out", "/desk/referrals/"+r.ID)
		be(d, w.gp.Specialist)
		golden("list", "/desk/handoffs")
		golden("today", "/panel/handoffs")
		golden("handoff", "/desk/handoffs/"+h.ID)
		be(d, w.h1.Administrator)
		golden("list-referral", "/desk/handoffs?who=all")
		golden("referral", "/desk/referrals/"+r.ID)
		q, err := w.svc.RequestDocument(w.ctx, orgtest.As(w.h1.Desk), handoff.Ask{Referral: r.ID, Kind: "result", Why: "Voor de planning"})
		w.must(err)
		w.rest()
		golden("request-out", "/desk/document-requests/"+q.ID)
		be(d, w.gp.Desk)
		golden("request", "/desk/document-requests/"+q.ID)
	}
}

// A list that does not fit is gone through to its end.
func TestDeskListsGoOn(t *testing.T) {
	w := newWorld(t, kittest.SQLite(t, migrations...), false)
	for range 53 {
		c := w.open()
		_, err := w.svc.Offer(w.ctx, orgtest.As(w.gp.Desk), handoff.Offer{Case: c.ID, To: w.gp.Specialist.ID, History: "De huisarts keek ernaar.", Consent: true})
		w.must(err)
	}
	d := w.desk(t, "en", nil)
	be(d, w.gp.Specialist)
	first := d.Shows(t, "/desk/handoffs", "More handoffs")
	_, rest, _ := strings.Cut(first, `href="/desk/handoffs?list=offers&amp;after=`)
	next, _, _ := strings.Cut(rest, `"`)
	second := d.Shows(t, "/desk/handoffs?list=offers&after="+next, "To the beginning", "3 on this page")
	if strings.Contains(second, "Further") {
		t.Error("it goes on after its end")
	}
	offers := func(page string) int { return strings.Count(page, `/accept"`) }
	is(t, "on the first page", offers(first), 50)
	is(t, "on the second", offers(second), 3)
	be(d, w.gp.Desk)
	d.Shows(t, "/desk/handoffs", "More of what you handed over")
	if status, _ := d.Get(t, "/desk/handoffs?list=offers&after=nonsense"); status != 400 {
		t.Error(status)
	}
}
