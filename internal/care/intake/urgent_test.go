package intake_test

import (
	"slices"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/intake"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
)

func (f *front) urgent(t testing.TB, in intake.Urgent) intake.Outcome {
	t.Helper()
	out, err := f.Calls.Urgent(t.Context(), f.Who(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUrgentWithoutAWord(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		out := f.urgent(t, intake.Urgent{})
		if !out.Case.Urgent || out.Case.Owner != f.Desk.ID || out.Fetched != f.Specialist.ID {
			t.Errorf("%+v", out)
		}
		p := out.Promise
		if p.Kind != promise.Callback || p.Keeper != f.Specialist.ID || p.Told != promise.Spoken || !p.Due.Equal(f.Now().Add(15*time.Minute)) {
			t.Errorf("promised: %+v", p)
		}
		if got := f.Signals(out.Case.ID); got[signal.RedFlag] != f.Specialist.ID {
			t.Errorf("signals: %v", got)
		}
		f.Rest()
		if !slices.Contains(f.kinds(out.Case.ID), fact.CaseUrgent) {
			t.Errorf("facts: %v", f.kinds(out.Case.ID))
		}
	})
}

// At night nobody waits for the morning: the signal goes round by the clock.
func TestUrgentAtNight(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		f.DB.Clock.Set(f.Local(1, 3, 0))
		second := f.Add(t, "Tess Tweede", actor.Specialist)
		out := f.urgent(t, intake.Urgent{Caller: f.anna(), Subject: "Mijn man heeft pijn op de borst"})
		if !slices.Equal(out.Flags, []string{"chest-pain"}) {
			t.Errorf("flags: %v", out.Flags)
		}
		had := map[string]bool{out.Fetched: true}
		for range 4 {
			f.Later(15*time.Minute + time.Second)
			had[f.Signals(out.Case.ID)[signal.RedFlag]] = true
		}
		if !had[f.Specialist.ID] || !had[second.ID] || !had[f.Manager.ID] {
			t.Errorf("asked within an hour: %v", had)
		}
		sig := f.theSignal(t, out.Case.ID)
		_, err := signal.New(signal.Deps{DB: f.DB.DB}).Take(t.Context(), f.As(second), sig.ID)
		f.Must(err)
		f.Later(2 * time.Hour)
		if got := f.Signals(out.Case.ID)[signal.RedFlag]; got != second.ID {
			t.Errorf("taken, and yet it went on to %s", got)
		}
	})
}

func (f *front) theSignal(t testing.TB, caseID string) (s signal.Signal) {
	t.Helper()
	f.Read(func(q db.Q) error {
		list, err := signal.OfCase(q, f.Org.ID, caseID)
		for _, x := range list {
			if x.Kind == signal.RedFlag {
				s = x
			}
		}
		return err
	})
	return s
}

func TestUrgentAboutAnOpenCase(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		c, _ := f.Open(f.Make(5 * time.Hour))
		for range 2 { // twice is one signal, and both calls are on record
			out := f.urgent(t, intake.Urgent{Caller: f.anna(), Case: c.ID, Subject: "Ze is nu heel benauwd"})
			if out.Case.ID != c.ID || !out.Case.Urgent {
				t.Errorf("%+v", out)
			}
		}
		if got := f.Signals(c.ID); len(got) != 1 {
			t.Errorf("signals: %v", got)
		}
		if n := len(f.contacts(t, c.ID)); n != 3 {
			t.Errorf("%d contact moments", n)
		}
	})
}

// Whoever is away, somebody is fetched.
func TestSomebodyIsFetched(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		away := func(m org.Member) {
			deputy := f.Desk
			if m.ID == f.Desk.ID {
				deputy = f.Administrator
			}
			_, err := f.Service.UpdateMember(t.Context(), orgtest.As(f.Administrator), m.ID, f.version(t, m.ID), org.ChangeMember{
				Deputy: &deputy.ID, DeputyAgreed: true})
			f.Must(err)
			from := f.Now().Add(-time.Hour)
			_, err = f.Service.UpdateMember(t.Context(), orgtest.As(f.Administrator), m.ID, f.version(t, m.ID), org.ChangeMember{AwayFrom: &from})
			f.Must(err)
		}
		busy := f.urgent(t, intake.Urgent{})
		second := f.Add(t, "Tess Tweede", actor.Specialist)
		if out := f.urgent(t, intake.Urgent{}); busy.Fetched != f.Specialist.ID || out.Fetched != second.ID {
			t.Errorf("the clinician with fewer signals: %+v", out)
		}
		away(f.Specialist)
		if out := f.urgent(t, intake.Urgent{}); out.Fetched != second.ID {
			t.Errorf("one clinician is away: %+v", out)
		}
		away(second)
		if out := f.urgent(t, intake.Urgent{}); out.Fetched != f.Desk.ID { // who stands in
			t.Errorf("all clinicians are away: %s", out.Fetched)
		}
	})
}

func (f *front) version(t testing.TB, id string) int64 {
	t.Helper()
	m, err := f.Service.Member(t.Context(), orgtest.As(f.Administrator), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Version
}

// Two at the desk press at the same moment for one case: both calls are
// recorded, one clinician is fetched.
func TestTwoPressAtOnce(t *testing.T) {
	both(t, func(t *testing.T, f *front) {
		c, _ := f.Open(f.Make(5 * time.Hour))
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := f.Calls.Urgent(t.Context(), f.Who(), intake.Urgent{Caller: f.anna(), Case: c.ID})
				errs <- err
			}()
		}
		f.Must(<-errs)
		f.Must(<-errs)
		if got := f.Signals(c.ID); len(got) != 1 || len(f.contacts(t, c.ID)) != 3 {
			t.Errorf("signals %v, %d contact moments", got, len(f.contacts(t, c.ID)))
		}
	})
}
