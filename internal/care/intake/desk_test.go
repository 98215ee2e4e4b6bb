package intake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// desk is a front with its pages, without any script.
type desk struct {
	*front
	*persontest.Desk
}

func onDesks(t *testing.T, language string, run func(t *testing.T, k desk)) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) {
		f := newFront(t, d)
		k := desk{f, persontest.Pages(t, d, f.Who(), f.Org.Calendar.Location(), language, f.words, intake.Module(f.Calls).Desk)}
		run(t, k)
		f.Rest()
		f.Sound()
	})
}

func (k desk) newest(t testing.TB, closed bool) casefile.Case {
	t.Helper()
	var list []casefile.Case
	k.front.Read(func(q db.Q) (err error) {
		list, err = casefile.List(q, k.front.Org.ID, casefile.Filter{Closed: closed}, time.Time{}, "", 50)
		return err
	})
	if len(list) == 0 {
		t.Fatal("no case")
	}
	newest := list[0]
	for _, c := range list {
		if c.OpenedAt.After(newest.OpenedAt) || c.Number > newest.Number {
			newest = c
		}
	}
	return newest
}

func TestDeskRecognisesTheNumber(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		if _, err := k.People.AddMatter(t.Context(), k.front.Who(), k.Anna.Person.ID, "Bel me op de vaste lijn."); err != nil {
			t.Fatal(err)
		}
		k.Shows(t, "/desk/call?phone=0612345678", "Anna Verhagen-Müller", "Bel me op de vaste lijn.", "42 years old", "No questions", `name="person" value="`+k.Anna.Person.ID+`"`,
			"Urgent: fetch a clinician", "Do I meet what they expect", "het antwoord op uw vraag", "Send it to Anna as well")
		k.Shows(t, "/desk/call?phone=0698765432", "Who is calling?", `value="0698765432"`, "Nobody is known by this yet")
		k.Shows(t, "/desk/call?q=verhagen", `name="pick" value="`+k.Anna.Person.ID+`"`)
		if len(k.Seen) == 0 {
			t.Error("nobody noted who was seen")
		}
	})
}

func TestDeskHelpsAtOnceInOnePost(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		to := k.Goes(t, "/desk/call", "q", "Sanne de Wit", "phone", "06 12345679", "channel", "phone", "subject", "Zijn jullie vrijdag open?",
			"end", "helped", "answer", "Ja, van 8 tot 17.", "do", "save")
		if to != "/desk" {
			t.Errorf("leads to %s", to)
		}
		c := k.newest(t, true)
		if c.CloseReason != casefile.Agreed {
			t.Errorf("%+v", c)
		}
		if !strings.Contains(k.Said, c.Ref()) {
			t.Errorf("said: %s", k.Said)
		}
		// The second call of the day is noticed.
		k.DB.Clock.Advance(time.Hour)
		k.Shows(t, "/desk/call?person="+c.Asker, "contact number 2 today", "You were in touch earlier today", "Zijn jullie vrijdag open?")
	})
}

func TestDeskMakesAQuestion(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		typed := []string{"person", k.Anna.Person.ID, "channel", "phone", "subject", "Is de uitslag er?", "end", "question", "told", "phone", "owner", k.Team.ID, "do", "save"}
		k.Again(t, "/desk/call", http.StatusUnprocessableEntity, []string{`id="errsum"`, `href="#by_text"`, "is not a time", `value="as soon as possible"`, "Is de uitslag er?"},
			append(typed, "by", "other", "by_text", "as soon as possible")...)
		k.Again(t, "/desk/call", http.StatusUnprocessableEntity, []string{"Nobody is there at that time"}, append(typed, "by", "other", "by_text", "Sunday 11:00")...)
		to := k.Goes(t, "/desk/call", append(typed, "by", "other", "by_text", "tomorrow 11:00")...)
		c := k.newest(t, false)
		p := k.OpenOnes(c.ID)
		if to != "/desk/cases/"+c.Ref() || len(p) != 1 || p[0].Kind != promise.Callback || p[0].Told != promise.Spoken || !p[0].Due.Equal(k.Local(1, 11, 0)) || c.Team != k.Team.ID {
			t.Errorf("to %s: %+v, %+v", to, c, p)
		}
		// The next time it is about that one: what was promised stands.
		k.Shows(t, "/desk/call?person="+k.Anna.Person.ID, "Is it about one of these?", `value="stays"`, c.Ref())
		k.Goes(t, "/desk/call", "person", k.Anna.Person.ID, "case", c.ID, "channel", "phone", "subject", "Is er al iets bekend?", "end", "question", "by", "stays", "owner", k.front.Desk.ID)
		if got := k.OpenOnes(c.ID); len(got) != 1 || got[0].ID != p[0].ID {
			t.Errorf("promises: %+v", got)
		}
	})
}

func TestDeskAsksAboutARedFlag(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		typed := []string{"person", k.Anna.Person.ID, "channel", "phone", "subject", "Pijn op de borst bij hoesten", "end", "helped", "answer", "Rust nemen"}
		k.Again(t, "/desk/call", http.StatusConflict, []string{"Ask about this first: Pain on the chest", "Does it spread to arm, jaw or back?", "I asked: it is not urgent", `value="Rust nemen"`, "phone 112"}, typed...)
		k.Goes(t, "/desk/call", append(typed, "asked", "chest-pain")...)

		// The button needs nothing, not even a word.
		to := k.Goes(t, "/desk/call", "do", "urgent")
		c := k.newest(t, false)
		if !c.Urgent || to != "/desk/cases/"+c.Ref() || !strings.Contains(k.Said, "Sam Smit") {
			t.Errorf("to %s, said %s: %+v", to, k.Said, c)
		}
		if got := k.Signals(c.ID); got["urgent.call"] != k.Specialist.ID {
			t.Errorf("signals: %v", got)
		}

		// Nobody asked who it was: that is found out afterwards.
		who := to + "/caller"
		k.Shows(t, who, "Who was this?", `name="q"`)
		k.Shows(t, who+"?q=verhagen", `name="pick" value="`+k.Anna.Person.ID+`"`, `value="verhagen"`)
		k.Again(t, who, http.StatusUnprocessableEntity, []string{`href="#caller-q"`}, "q", "", "do", "save")
		k.Again(t, who, http.StatusUnprocessableEntity, []string{"Somebody of this name or number is known", "This is somebody new", `value="anna verhagen-müller"`}, "q", "anna verhagen-müller", "do", "save")
		status, _, page := k.Post(t, who, "q", "Bo Bakker", "phone", "06 55555555", "do", "look")
		if status != http.StatusOK || !strings.Contains(page, "Nobody is known by this yet") || !strings.Contains(page, `value="Bo Bakker"`) {
			t.Errorf("looked up without a script: status %d", status)
		}
		k.Who.Org = "org_elsewhere"
		if status, _ := k.Get(t, who); status != http.StatusNotFound {
			t.Errorf("another organisation: status %d", status)
		}
		k.Who.Org = k.front.Org.ID
		if back := k.Goes(t, who, "q", "Bo Bakker", "phone", "06 55555555", "do", "save"); back != to+"#customer" {
			t.Errorf("leads to %s", back)
		}
		if got := k.Case(c.ID); got.Asker == c.Asker || got.Asker != got.Person {
			t.Errorf("whose case it is: %+v", got)
		}
		if status, at, _ := k.Post(t, who, "pick", k.Anna.Person.ID); status != http.StatusConflict && at == "" {
			t.Errorf("named twice: status %d to %q", status, at)
		}
		k.Goes(t, "/desk/call", "do", "urgent")
		k.Goes(t, "/desk/cases/"+k.newest(t, false).Ref()+"/caller", "pick", k.Anna.Person.ID)
		if got := k.newest(t, false); got.Asker != k.Anna.Person.ID {
			t.Errorf("it is not Anna's: %+v", got)
		}
	})
}

func TestDeskAtNightSaysWhatToDo(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		k.DB.Clock.Set(k.Local(1, 22, 0))
		k.Shows(t, "/desk/call", "You are closed now", "phone 112")
	})
}

func TestDeskAsksWhetherItIsThem(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		typed := []string{"q", "anna verhagen-müller", "channel", "phone", "subject", "Een recept", "end", "helped", "answer", "Ligt klaar"}
		k.Again(t, "/desk/call", http.StatusUnprocessableEntity, []string{"Somebody of this name or number is known", `name="pick" value="` + k.Anna.Person.ID + `"`, "This is somebody new", `value="Ligt klaar"`}, typed...)
		status, _, page := k.Post(t, "/desk/call", append(typed, "pick", k.Anna.Person.ID)...)
		if status != http.StatusOK || !strings.Contains(page, `name="person" value="`+k.Anna.Person.ID+`"`) || !strings.Contains(page, `value="Ligt klaar"`) {
			t.Errorf("chosen: status %d", status)
		}
		k.Goes(t, "/desk/call", append(typed, "new", "1")...)
	})
}

func TestDeskOnSomebodysBehalf(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		typed := []string{"person", k.Anna.Person.ID, "channel", "phone", "subject", "De uitslag van mijn moeder", "for", "other", "about", k.Mother.Person.ID, "end", "question", "by", "other", "by_text", "tomorrow 11:00"}
		k.Again(t, "/desk/call", http.StatusUnprocessableEntity, []string{`id="errsum"`, `href="#basis"`, "Els Müller"}, append(typed, "basis", "mandate")...)
		k.Goes(t, "/desk/call", append(typed, "basis", "mandate", "seen", "1")...)
		c := k.newest(t, false)
		if c.Person != k.Mother.Person.ID || c.Asker != k.Anna.Person.ID {
			t.Errorf("%+v", c)
		}
		k.Shows(t, "/desk/call?person="+k.Anna.Person.ID, "Els Müller, for whom they may speak")
	})
}

func TestDeskLooksWhileTyping(t *testing.T) {
	onDesks(t, "nl", func(t *testing.T, k desk) {
		status, _, part := k.Post(t, "/desk/call/look", "q", "verha", "subject", "Ze is benauwd", "end", "question", "by", "other", "by_text", "morgen 15:00", "channel", "phone")
		if status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		for _, want := range []string{`id="found"`, k.Anna.Person.ID, "Vraag hier eerst op door: Benauwd", "Zeg dit nu:", "15:00", "Dee de Boer"} {
			if !strings.Contains(part, want) {
				t.Errorf("does not say %q:\n%s", want, part)
			}
		}
		if n := k.openCount(t); n != 0 {
			t.Errorf("looking made %d cases", n)
		}
	})
}

func TestDeskRedFlags(t *testing.T) {
	onDesks(t, "en", func(t *testing.T, k desk) {
		k.Shows(t, "/desk/red-flags", "Pain on the chest", "Tooth knocked out")
		if status, _ := k.Get(t, "/desk/red-flags/new"); status != http.StatusForbidden {
			t.Errorf("the front desk may not change them: status %d", status)
		}
		k.Who = orgtest.As(k.Administrator)
		k.Who.Language = "en"
		k.Again(t, "/desk/red-flags/new", http.StatusUnprocessableEntity, []string{`href="#words"`, `value="Splinter"`}, "name", "Splinter", "words", "de", "ask", "Waar?", "act", "Haal iemand", "active", "1")
		k.Goes(t, "/desk/red-flags/new", "name", "Splinter", "words", "splinter oog\nglas oog", "ask", "Welk oog?", "act", "Haal een arts", "active", "1")
		to := persontest.Link(t, k.Shows(t, "/desk/red-flags", "Splinter"), "/desk/red-flags/flg_")
		k.Shows(t, to, "splinter oog", `value="1"`)
		k.Goes(t, "/desk/red-flags/chest-pain", "version", "0", "name", "Borst", "words", "pijn borst", "ask", "Sinds wanneer?", "act", "Haal een arts") // off
		k.Again(t, "/desk/red-flags/chest-pain", http.StatusPreconditionFailed, []string{"Somebody else changed this"}, "version", "0", "name", "x", "words", "pijn borst", "ask", "a", "act", "b")
		flags, err := k.Calls.SpotIn(t.Context(), k.front.Who(), "Splinter in zijn oog, en pijn op de borst")
		if err != nil || len(flags) != 1 || flags[0].Name != "Splinter" {
			t.Errorf("spotted: %+v, %v", flags, err)
		}
		k.Goes(t, "/desk/red-flags/chest-pain/drop", "version", "1")
		if flags, err = k.Calls.SpotIn(t.Context(), k.front.Who(), "pijn op de borst"); err != nil || len(flags) != 1 {
			t.Errorf("as it was: %+v, %v", flags, err)
		}
		k.front.Rest()
		if n := k.has(t, "red-flag.set"); n != 3 {
			t.Errorf("%d changes on record", n)
		}
		_, err = k.Calls.AddFlag(t.Context(), actor.Actor{Kind: actor.Customer, Org: k.front.Org.ID}, intake.SetFlag{})
		k.Refused(err, "not-allowed")
	})
}
