package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/surface/story"
)

const hospital = "../../../stories/hospital.yaml"

func play(t *testing.T, bare bool, cfg *config.Config) story.Result {
	t.Helper()
	var out, errs bytes.Buffer
	err := app.Replay(context.Background(), app.ReplayOptions{Config: cfg, OwnDB: cfg != nil, File: hospital, JSON: true, Bare: bare, Out: &out, Err: &errs})
	var res story.Result
	if jsonErr := json.Unmarshal(out.Bytes(), &res); jsonErr != nil {
		t.Fatalf("%v: %v\n%s", err, jsonErr, errs.String())
	}
	if err != nil || res.Failed != 0 {
		t.Fatalf("%v, %d failed: %+v", err, res.Failed, res.Failures)
	}
	return res
}

// onBoth runs a test on an embedded database and, where there is one, on PostgreSQL.
func onBoth(t *testing.T, run func(t *testing.T, cfg *config.Config)) {
	t.Run("sqlite", func(t *testing.T) { run(t, nil) })
	t.Run("postgres", func(t *testing.T) {
		dsn := kittest.PostgresDSN(t)
		cfg, err := config.Load(config.Source{})
		if err != nil {
			t.Fatal(err)
		}
		cfg.DB.URL = config.NewSecret(dsn)
		run(t, cfg)
	})
}

// TestHospital: the mother who needed six contacts and got no appointment
// needs two at most, and gets one at the right hospital.
func TestHospital(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg *config.Config) {
		res := play(t, false, cfg)
		h := res.Houvast
		if h.Contacts > 2 || h.Contacts < 1 || h.Bounces != 0 || res.Violations != 0 {
			t.Errorf("%d contacts, %d bounces, %d violations", h.Contacts, h.Bounces, res.Violations)
		}
		if h.Outcome.Kind != story.Appointment || h.Outcome.Organisation != "hospital2" || h.Outcome.ToldAt.IsZero() {
			t.Errorf("outcome %+v", h.Outcome)
		}
		if h.Promises.Broken == 0 || h.Promises.Untold != 0 {
			t.Errorf("promises %+v: one breaks, and she hears it at that moment", h.Promises)
		}
		if h.Stopped < 7 {
			t.Errorf("only %d of the text's mistakes were made and stopped", h.Stopped)
		}
		held := map[int]bool{}
		for _, c := range res.Checked {
			held[c.Invariant] = held[c.Invariant] || c.State == story.Held
		}
		for _, n := range []int{1, 2, 3, 4, 8, 10} {
			if !held[n] {
				t.Errorf("invariant %d was never looked at on a single row", n)
			}
		}
	})
}

// TestHospitalBare: the same staff and the same customer without safeguards
// come near what happened.
func TestHospitalBare(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg *config.Config) {
		res := play(t, true, cfg)
		h := res.Houvast
		if h.Contacts < 5 || h.Contacts > 8 || h.Bounces == 0 || h.Outcome.Kind != story.None || h.Organisations != 3 {
			t.Errorf("%d contacts, %d bounces, %d organisations, outcome %s", h.Contacts, h.Bounces, h.Organisations, h.Outcome.Kind)
		}
	})
}

// TestHospitalIsCounted: what happened in real life is counted from its own timeline.
func TestHospitalIsCounted(t *testing.T) {
	f, err := os.Open(hospital)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := story.Parse("hospital.yaml", f)
	if err != nil {
		t.Fatal(err)
	}
	contacts, bounces := 0, 0
	for _, e := range s.Happened.Timeline {
		if e.Contact {
			contacts++
		}
		if e.Bounce {
			bounces++
		}
	}
	if contacts != s.Happened.Contacts || bounces != s.Happened.Bounces {
		t.Errorf("%d contacts and %d bounces on the timeline; the story says %d and %d", contacts, bounces, s.Happened.Contacts, s.Happened.Bounces)
	}
}
