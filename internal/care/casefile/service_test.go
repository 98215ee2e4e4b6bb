package casefile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/id"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

var bg = casefiletest.Ctx()

// worlds runs a test in a world on every database; afterwards every check holds.
func worlds(t *testing.T, run func(t *testing.T, w *casefiletest.World)) {
	t.Helper()
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		run(t, w)
		w.Rest()
		w.Sound()
	})
}

func kindsOf(w *casefiletest.World, caseID string) (out []string) {
	for _, f := range w.Facts(caseID) {
		if !strings.HasPrefix(f.Kind, "signal.") {
			out = append(out, f.Kind)
		}
	}
	return out
}

func TestOpenACase(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		if c.Number != 1 || c.Owner != w.Desk.ID || c.OpenPromises != 1 || !c.NextDue.Equal(p.Due) || c.Asker != c.Person || c.Closed() {
			t.Errorf("%+v", c)
		}
		if n, ok := id.ParseReference(c.Ref()); !ok || n != 1 {
			t.Error(c.Ref())
		}
		if want := []string{fact.CaseOpened, fact.ContactLogged, fact.PromiseMade}; !cmp.Equal(kindsOf(w, c.ID), want) {
			t.Error(kindsOf(w, c.ID))
		}
		second, _ := w.Open(w.Make(3 * time.Hour))
		if second.Number != 2 || second.Question == c.Question {
			t.Errorf("%+v", second)
		}
		// What opening gives was not read again: it is what is there.
		var stored casefile.Case
		w.Must(w.DB.Read(bg, func(q db.Q) (err error) { stored, err = casefile.ByID(q, c.Org, c.ID); return err }))
		if d := cmp.Diff(stored, c); d != "" {
			t.Error(d)
		}
		// A team owns through whoever has duty.
		forTeam, p, err := w.Cases.Open(bg, w.As(w.Specialist), casefile.Open{Person: w.Anna.Person.ID, Subject: "Nog iets", Channel: "desk", Owner: w.Team.ID, Promise: w.Make(time.Hour)})
		w.Must(err)
		if forTeam.Owner != w.Desk.ID || forTeam.Team != w.Team.ID || p.Keeper != w.Desk.ID {
			t.Errorf("%+v", forTeam)
		}
	})
}

func TestNoCaseWithoutAPromise(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		ok := casefile.Open{Person: w.Anna.Person.ID, Subject: "Wanneer?", Channel: "phone", Promise: w.Make(time.Hour)}
		for want, change := range map[string]func(in *casefile.Open){
			"subject-missing":    func(in *casefile.Open) { in.Subject = " " },
			"text-too-long":      func(in *casefile.Open) { in.Said = strings.Repeat("a", 10_001) },
			"person-missing":     func(in *casefile.Open) { in.Person = "" },
			"person-unknown":     func(in *casefile.Open) { in.Person = "per_nobody" },
			"unknown-channel":    func(in *casefile.Open) { in.Channel = "pigeon" },
			"time-missing":       func(in *casefile.Open) { in.Promise.Due = time.Time{} },
			"time-outside-hours": func(in *casefile.Open) { in.Promise.Due = w.Local(0, 23, 0) },
			"vague-time":         func(in *casefile.Open) { in.Promise.What = "We bellen zo spoedig mogelijk" },
			"what-missing":       func(in *casefile.Open) { in.Promise.What = "" },
			"unknown-kind":       func(in *casefile.Open) { in.Promise.Kind = promise.Closing },
			"may-not-speak":      func(in *casefile.Open) { in.Asker = w.Mother.Person.ID },
			"door-not-found":     func(in *casefile.Open) { in.Door = "dor_nowhere" },
			"team-unknown":       func(in *casefile.Open) { in.Owner = "mem_nobody" },
		} {
			in := ok
			change(&in)
			_, _, err := w.Cases.Open(bg, w.Who(), in)
			w.Refused(err, want)
		}
		w.Read(func(q db.Q) error {
			for _, table := range []string{"case_file", "promise", "contact_moment", "question_party"} {
				n, err := db.Get[int](q, `SELECT COUNT(*) FROM `+table)
				if err != nil || n != 0 {
					t.Errorf("%d rows left in %s: %v", n, table, err)
				}
			}
			return nil
		})
		c, _, err := w.Cases.Open(bg, w.Who(), ok)
		w.Must(err)
		if c.Number != 1 {
			t.Error("a refused case took a number:", c.Number)
		}
	})
}

// Who speaks for whom (decision 13).
func TestWhoMayAsk(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		child := w.AddPerson(t, person.NewPerson{Name: "Mila de Vries", BirthDate: "2018-05-01"})
		grown := w.AddPerson(t, person.NewPerson{Name: "Bram de Vries", BirthDate: "2009-05-01"})
		ask := func(about, asker string) error {
			_, _, err := w.Cases.Open(bg, w.Who(), casefile.Open{Person: about, Asker: asker, Subject: "Wanneer?", Channel: "phone", Promise: w.Make(time.Hour)})
			return err
		}
		mother := w.Mother.Person.ID
		w.Refused(ask(child.Person.ID, mother), "may-not-speak")
		for _, p := range []person.Card{child, grown} {
			_, err := w.People.Represent(bg, w.Who(), p.Person.ID, person.SetRepresentation{By: mother, Basis: person.Parent})
			w.Must(err)
		}
		w.Must(ask(child.Person.ID, mother))
		w.Refused(ask(grown.Person.ID, mother), "may-not-speak") // seventeen: speaks for himself
		w.Must(ask(grown.Person.ID, grown.Person.ID))
		w.Refused(ask(w.Anna.Person.ID, mother), "may-not-speak")
		_, err := w.People.Represent(bg, w.Who(), w.Anna.Person.ID, person.SetRepresentation{By: mother, Basis: person.Mandate, Seen: true})
		w.Must(err)
		w.Must(ask(w.Anna.Person.ID, mother))
	})
}

func TestContactsAndDocuments(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		c, _ := w.Open(w.Make(3 * time.Hour))
		for want, in := range map[string]casefile.Contact{
			"said-missing":      {Direction: casefile.In, Channel: "phone"},
			"unknown-direction": {Direction: "sideways", Channel: "phone", Said: "x"},
			"unknown-channel":   {Direction: casefile.In, Channel: "", Said: "x"},
			"may-not-speak":     {Direction: casefile.In, Channel: "phone", Said: "x", Person: w.Mother.Person.ID},
		} {
			_, err := w.Cases.LogContact(bg, w.Who(), c.ID, in)
			w.Refused(err, want)
		}
		m, err := w.Cases.LogContact(bg, w.Who(), c.ID, casefile.Contact{Direction: casefile.In, Channel: "phone", Said: "Mijn BSN is 111222333", Visible: true})
		w.Must(err)
		if strings.Contains(m.Said, "111222333") {
			t.Error("a citizen service number was written down")
		}
		w.Read(func(q db.Q) error {
			in, err := casefile.CountContacts(q, w.Org.ID, c.ID, casefile.In)
			if in != 2 {
				t.Error(in, "contacts")
			}
			return err
		})
		_, err = w.Cases.AddDocument(bg, w.Who(), c.ID, casefile.Document{Kind: "poem", Name: "x", Content: "x"})
		w.Refused(err, "unknown-kind")
		d, err := w.Cases.AddDocument(bg, w.Who(), c.ID, casefile.Document{Kind: "referral-letter", Name: "brief.pdf", Content: "data"})
		w.Must(err)
		w.Read(func(q db.Q) error {
			got, err := casefile.DocumentByID(q, w.Org.ID, d.ID)
			if got.Content != "data" {
				t.Errorf("%+v", got)
			}
			if _, err := casefile.DocumentByID(q, "org_other", d.ID); err == nil {
				t.Error("another organisation reads it")
			}
			return err
		})
	})
}

func TestCloseAgreed(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Cases.Close(bg, w.Who(), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "", Version: 0})
		w.Refused(err, "said-missing")
		for _, reason := range []string{casefile.Silence, casefile.HandedOver, casefile.SentAway, "", "because"} {
			_, err = w.Cases.Close(bg, w.Who(), c.ID, casefile.Close{Reason: reason, Said: "Zo is het", Version: 0})
			w.Refused(err, "unknown-reason")
		}
		_, err = w.Cases.Close(bg, w.Who(), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Het is opgelost", Version: c.Version + 9})
		w.Refused(err, "changed-meanwhile")
		w.Later(time.Minute)
		closed, err := w.Cases.Close(bg, w.Who(), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Het is opgelost, dank u", Version: 0})
		w.Must(err)
		if !closed.Closed() || closed.CloseReason != casefile.Agreed || closed.OpenPromises != 0 || !closed.NextDue.IsZero() {
			t.Errorf("%+v", closed)
		}
		if got := w.Promise(p.ID); got.State != promise.Withdrawn {
			t.Errorf("%+v", got)
		}
		_, err = w.Cases.Close(bg, w.Who(), c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Nog eens", Version: 0})
		w.Refused(err, "case-closed")
		// Reopened by staff, with its history and a promise.
		_, err = w.Cases.Reopen(bg, w.Who(), c.ID, "Toch niet opgelost", promise.Make{})
		w.Refused(err, "what-missing")
		again, err := w.Cases.Reopen(bg, w.Who(), c.ID, "Toch niet opgelost", w.Make(time.Hour))
		w.Must(err)
		if again.Closed() || again.OpenPromises != 1 || len(w.All(c.ID)) != 2 {
			t.Errorf("%+v", again)
		}
		_, err = w.Cases.Reopen(bg, w.Who(), c.ID, "Nog eens", w.Make(time.Hour))
		w.Refused(err, "case-open")
	})
}

// Asked, told in time and silent: closed. Undelivered, or delivered too late
// to answer: not closed, and the owner hears it.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		delivered time.Duration // after asking; negative: never
		another   bool          // something else is promised as well
		closes    bool
		ends      promise.State
	}{
		"told at once":               {time.Minute, false, true, promise.Kept},
		"told within a third":        {60 * time.Hour, false, true, promise.Kept},
		"told too late":              {5 * 24 * time.Hour, false, false, promise.Broken},
		"never delivered":            {-1, false, false, promise.Broken},
		"something else is promised": {time.Minute, true, false, promise.Withdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *casefiletest.World) {
				cas, p := w.Open(w.Make(3 * time.Hour))
				ask, err := w.Cases.AskClose(bg, w.Who(), cas.ID, "")
				w.Must(err)
				if len(w.Teller.Of("closing-ask")) != 1 || ask.Kind != promise.Closing || ask.Due.Sub(w.Now()) < 7*24*time.Hour {
					t.Fatalf("%+v", ask)
				}
				_, err = w.Cases.AskClose(bg, w.Who(), cas.ID, "")
				w.Refused(err, "closing-asked")
				if c.another {
					_, err = w.Promises.Renegotiate(bg, w.Who(), p.ID, promise.Move{Due: w.Local(28, 11, 0), Spoken: true})
				} else {
					_, err = w.Promises.Keep(bg, w.Who(), p.ID, promise.Keep{Spoken: true})
				}
				w.Must(err)
				if c.delivered >= 0 {
					w.Later(c.delivered)
					w.Delivered(w.Promise(ask.ID))
				}
				w.Until(ask.Due)
				if w.Case(cas.ID).Closed() {
					t.Fatal("closed before the deadline")
				}
				w.Later(time.Second)
				got := w.Case(cas.ID)
				if got.Closed() != c.closes || c.closes && got.CloseReason != casefile.Silence {
					t.Errorf("%+v", got)
				}
				if ended := w.Promise(ask.ID); ended.State != c.ends {
					t.Errorf("%+v", ended)
				}
				if !c.closes && len(w.OpenOnes(cas.ID)) == 0 {
					t.Error("nothing is promised any more")
				}
				if c.ends == promise.Broken && w.Signals(cas.ID)[promise.SignalBroken] != w.Desk.ID {
					t.Error("the owner hears nothing:", w.Signals(cas.ID))
				}
			})
		})
	}
}

func TestTheCustomersWord(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		c, p := w.Open(w.Make(3 * time.Hour))
		_, err := w.Cases.AskClose(bg, w.Who(), c.ID, "")
		w.Must(err)
		anna := w.Customer(c)
		// A thank-you does nothing but reach a person.
		w.Must(w.Cases.Say(bg, anna, c.ID, "Bedankt, het is gelukt!"))
		if w.Case(c.ID).Closed() || w.Signals(c.ID)[casefile.SignalSaid] != w.Desk.ID {
			t.Error("free text acts by itself, or reaches nobody")
		}
		// Not solved: the closing is withdrawn, an update takes its place.
		_, err = w.Promises.Keep(bg, w.Who(), p.ID, promise.Keep{Spoken: true})
		w.Must(err)
		w.Must(w.Cases.NotSolved(bg, anna, c.ID, "De pijn is er nog"))
		open := w.OpenOnes(c.ID)
		if len(open) != 1 || open[0].Kind != promise.Update || w.Signals(c.ID)[casefile.SignalReopened] != w.Desk.ID {
			t.Errorf("%+v %v", open, w.Signals(c.ID))
		}
		w.Must(w.Cases.Solved(bg, anna, c.ID))
		if got := w.Case(c.ID); got.CloseReason != casefile.Agreed {
			t.Errorf("%+v", got)
		}
		w.Refused(w.Cases.Solved(bg, anna, c.ID), "case-closed")
		// And back again, with the history and a clock time.
		w.Must(w.Cases.NotSolved(bg, anna, c.ID, "Toch weer"))
		if got := w.Case(c.ID); got.Closed() || got.OpenPromises != 1 || !got.NextDue.After(w.Now()) {
			t.Errorf("%+v", got)
		}
		// Nobody else.
		mother, elsewhere, staff := anna, anna, w.Who()
		mother.Person = w.Mother.Person.ID
		elsewhere.Question = "qst_other"
		w.Refused(w.Cases.Solved(bg, mother, c.ID), "case-not-found")
		w.Refused(w.Cases.NotSolved(bg, elsewhere, c.ID, "x"), "case-not-found")
		w.Refused(w.Cases.Say(bg, elsewhere, c.ID, "x"), "case-not-found")
		if err := w.Cases.Solved(bg, staff, c.ID); err == nil {
			t.Error("staff spoke for the customer")
		}
	})
}

// Who has a question is told when somebody else opens it again, not when they do.
func TestReopeningTellsTheOwner(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		for _, c := range []struct {
			by    org.Member
			hears string
		}{{w.Desk, ""}, {w.Specialist, w.Desk.ID}} {
			cas, _ := w.Open(w.Make(time.Hour))
			_, err := w.Cases.Close(bg, w.Who(), cas.ID, casefile.Close{Reason: casefile.Agreed, Said: "Opgelost"})
			w.Must(err)
			_, err = w.Cases.Reopen(bg, w.As(c.by), cas.ID, "Toch niet opgelost", w.Make(2*time.Hour))
			w.Must(err)
			if got := w.Case(cas.ID); got.Closed() || got.Owner != w.Desk.ID {
				t.Errorf("opened again by %s: %+v", c.by.Name, got)
			}
			if got := w.Signals(cas.ID)[casefile.SignalReopened]; got != c.hears {
				t.Errorf("opened again by %s: %q hears it, not %q", c.by.Name, got, c.hears)
			}
		}
	})
}

// A closed case whose owner left since comes back to somebody who works here.
func TestReopenedAfterItsOwnerLeft(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		specialist := w.As(w.Specialist)
		c, _, err := w.Cases.Open(bg, specialist, casefile.Open{Person: w.Anna.Person.ID, Subject: "Wanneer?", Channel: "phone", Promise: w.Make(time.Hour)})
		w.Must(err)
		inactive := org.ChangeMember{Active: orgtest.Ptr(false)}
		m, err := w.Service.Member(bg, w.As(w.Administrator), w.Specialist.ID)
		w.Must(err)
		if _, err = w.Service.UpdateMember(bg, w.As(w.Administrator), m.ID, m.Version, inactive); err == nil {
			t.Fatal("somebody left who holds a case")
		}
		_, err = w.Cases.Close(bg, specialist, c.ID, casefile.Close{Reason: casefile.Agreed, Said: "Opgelost", Version: 0})
		w.Must(err)
		_, err = w.Service.UpdateMember(bg, w.As(w.Administrator), m.ID, m.Version, inactive)
		w.Must(err)
		w.Must(w.Cases.NotSolved(bg, w.Customer(c), c.ID, "Toch niet"))
		got := w.Case(c.ID)
		if got.Owner == w.Specialist.ID || got.Owner == "" {
			t.Errorf("it belongs to somebody who left: %+v", got)
		}
		if open := w.OpenOnes(c.ID); len(open) != 1 || open[0].Keeper != got.Owner {
			t.Errorf("%+v", open)
		}
	})
}

func TestSendElsewhere(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		other := orgtest.Named(t, w.DB, "Ziekenhuis Oost", org.Hospital)
		c, _ := w.Open(w.Make(3 * time.Hour))
		send := func(in casefile.SendElsewhere) error {
			in.To, in.Why, in.Channel = other.Org.ID, "Daar moet u zijn", "phone"
			_, err := w.Cases.SendElsewhere(bg, w.Who(), in)
			return err
		}
		w.Refused(send(casefile.SendElsewhere{Case: c.ID}), "not-accepted-there")
		w.Refused(send(casefile.SendElsewhere{Person: w.Anna.Person.ID}), "not-accepted-there")
		w.Refused(send(casefile.SendElsewhere{}), "person-missing")
		_, err := w.Cases.SendElsewhere(bg, w.Who(), casefile.SendElsewhere{Case: c.ID, To: w.Org.ID, Why: "x", Channel: "phone"})
		w.Refused(err, "organisation-missing")
		_, err = w.Cases.SendElsewhere(bg, w.Who(), casefile.SendElsewhere{Case: c.ID, To: "org_nowhere", Why: "x", Channel: "phone"})
		if err == nil {
			t.Error("sent to nowhere")
		}
		d, err := w.Cases.NewDoor(bg, w.Who(), c.ID, "als de pijn terugkomt", w.Local(30, 12, 0))
		w.Must(err)
		w.Refused(send(casefile.SendElsewhere{Person: w.Anna.Person.ID}), "door-open")
		if got := kindsOf(w, c.ID); got[len(got)-1] != fact.DoorOpened {
			t.Error("something was recorded of what was refused:", got)
		}
		w.Elsewhere[other.Org.ID] = true
		w.Must(send(casefile.SendElsewhere{Case: c.ID}))
		// Coming back uses the door, and tells that no referral is needed.
		back, _ := w.Open(w.Make(time.Hour))
		if got := kindsOf(w, back.ID); !cmp.Equal(got[:2], []string{fact.CaseOpened, fact.DoorUsed}) {
			t.Error(got)
		}
		_, _, err = w.Cases.Open(bg, w.Who(), casefile.Open{Person: w.Anna.Person.ID, Subject: "x", Channel: "phone", Door: d.ID, Promise: w.Make(time.Hour)})
		w.Refused(err, "door-not-found") // used
		_, err = w.Cases.NewDoor(bg, w.Who(), c.ID, "als het terugkomt", w.Now())
		if err == nil {
			t.Error("a door that closed already")
		}
		d, err = w.Cases.NewDoor(bg, w.Who(), c.ID, "als het terugkomt", w.Local(1, 12, 0))
		w.Must(err)
		w.Until(d.Until.Add(time.Second))
		_, _, err = w.Cases.Open(bg, w.Who(), casefile.Open{Person: w.Anna.Person.ID, Subject: "x", Channel: "phone", Door: d.ID, Promise: promise.Make{What: "x", Due: w.Local(3, 12, 0)}})
		w.Refused(err, "door-not-found") // over
	})
}

// Ownership goes with the promises its owner was to keep, and with nobody else's.
func TestChangeOwner(t *testing.T) {
	worlds(t, func(t *testing.T, w *casefiletest.World) {
		c, mine := w.Open(w.Make(3 * time.Hour))
		m := w.Make(3 * time.Hour)
		m.Keeper = w.Manager.ID
		theirs, err := w.Promises.Make(bg, w.Who(), c.ID, m)
		w.Must(err)
		w.Must(w.DB.Write(bg, func(tx *db.Tx) error {
			held, err := w.Cases.Lock(tx, w.Org.ID, c.ID)
			if err != nil {
				return err
			}
			c, err = w.Cases.ChangeOwner(tx, w.Who(), held, w.Specialist.ID, "hof_1")
			return err
		}))
		if c.Owner != w.Specialist.ID || w.Promise(mine.ID).Keeper != w.Specialist.ID || w.Promise(theirs.ID).Keeper != w.Manager.ID {
			t.Errorf("%+v", c)
		}
		stale := c
		stale.Owner = w.Desk.ID
		err = w.DB.Write(bg, func(tx *db.Tx) error {
			_, err := w.Cases.ChangeOwner(tx, w.Who(), stale, w.Manager.ID, "hof_2")
			return err
		})
		w.Refused(err, "owner-changed")
	})
}
