package promise_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/promise"
)

func TestWarningsPerKind(t *testing.T) {
	made, due := at(thu+"09:00"), at(thu+"11:00")
	for _, c := range []struct {
		name           string
		set            func(*org.Settings)
		kind           promise.Kind
		keeper, others string
	}{
		{"as the internal target for all", func(*org.Settings) {}, promise.Answer, "10:30", ""},
		{"a kind of its own", func(s *org.Settings) { s.RiskCallback = 50 }, promise.Callback, "10:00", ""},
		{"not the other kinds", func(s *org.Settings) { s.RiskCallback = 50 }, promise.Answer, "10:30", ""},
		{"others too", func(s *org.Settings) { s.RiskDecision, s.RiskDecisionOthers = 25, 50 }, promise.Decision, "09:30", "10:00"},
		{"never before the keeper", func(s *org.Settings) { s.RiskAnswerOthers = 50 }, promise.Answer, "10:30", ""},
	} {
		s := org.Defaults()
		c.set(&s)
		keeper, others := promise.Warnings(orgtest.Hours(), s, c.kind, made, due)
		want := time.Time{}
		if c.others != "" {
			want = at(thu + c.others)
		}
		if !keeper.Equal(at(thu+c.keeper)) || !others.Equal(want) {
			t.Errorf("%s: %s, %s", c.name, keeper, others)
		}
		look := promise.Look(promise.Promise{Kind: c.kind, State: promise.Open, MadeAt: made, Due: due, Internal: keeper, Others: others}, keeper).Look
		if c.others != "" && !look.Equal(want) {
			t.Errorf("%s: others are warned at %s", c.name, look)
		}
	}
}

// Whatever is chosen, the keeper is warned in time and others not before them.
func TestWarningsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := org.Defaults()
		s.RiskUpdate, s.RiskUpdateOthers = rapid.IntRange(0, 95).Draw(t, "keeper"), rapid.IntRange(0, 99).Draw(t, "others")
		made := at(thu + "09:00")
		due := made.Add(time.Duration(rapid.Int64Range(1, int64(60*24*time.Hour/time.Millisecond)).Draw(t, "due")) * time.Millisecond)
		keeper, others := promise.Warnings(orgtest.Hours(), s, promise.Update, made, due)
		if keeper.After(due) || !others.IsZero() && (!others.After(keeper) || !others.Before(due)) {
			t.Fatal(keeper, others, due)
		}
	})
}
