package handoff_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/kittest"
)

func typed(t *testing.T, name string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = errs.TypeOf(err)
	}
	if got != want {
		t.Errorf("%s: %q, want %q (%v)", name, got, want, err)
	}
}

func TestCheckDecline(t *testing.T) {
	for _, c := range []struct {
		name, reason, text, next string
		bare                     bool
		want                     string
	}{
		{"decent", "not-mine", "Dit is voor de polikliniek.", handoff.SenderKeeps, false, ""},
		{"try another", "no-time", "Ik heb de hele week spreekuur.", handoff.Try + "mem_x", false, ""},
		{"ask", "incomplete", "Sinds wanneer?", handoff.AskCustomer, false, ""},
		{"no next step", "not-mine", "Niet van mij.", "", false, "decline-needs-next-step"},
		{"try nobody", "not-mine", "Niet van mij.", handoff.Try, false, "decline-needs-next-step"},
		{"a made-up step", "not-mine", "Niet van mij.", "whatever", false, "decline-needs-next-step"},
		{"no words", "not-mine", "  ", handoff.SenderKeeps, false, "explanation-missing"},
		{"no reason", "", "Nee.", handoff.SenderKeeps, false, "unknown-reason"},
		{"bare", "not-mine", "", "", true, ""},
		{"bare without a reason", "", "", "", true, "unknown-reason"},
	} {
		typed(t, c.name, handoff.CheckDecline(c.reason, c.text, c.next, c.bare), c.want)
	}
}

func TestCheckReferralDecline(t *testing.T) {
	missing := []string{"referral-letter"}
	for _, c := range []struct {
		name, reason string
		next         handoff.Next
		missing      []string
		bare         bool
		want         string
	}{
		{"elsewhere", "wrong-organisation", handoff.Next{Step: "other-organisation", Organisation: "org_x"}, nil, false, ""},
		{"elsewhere, but where", "wrong-organisation", handoff.Next{Step: "other-organisation"}, nil, false, "decline-needs-next-step"},
		{"back with advice", "not-suitable", handoff.Next{Step: "back-to-sender", Advice: "Eerst drie maanden bijhouden."}, nil, false, ""},
		{"back without", "not-suitable", handoff.Next{Step: "back-to-sender", Advice: " "}, nil, false, "decline-needs-next-step"},
		{"ask for papers", "documents-missing", handoff.Next{Step: "ask-documents"}, missing, false, ""},
		{"ask for nothing", "other", handoff.Next{Step: "ask-documents"}, nil, false, "decline-needs-next-step"},
		{"ask for a named one", "other", handoff.Next{Step: "ask-documents", Documents: []string{"result"}}, nil, false, ""},
		{"they have it, we don't", "documents-missing", handoff.Next{}, missing, false, "decline-needs-next-step"},
		{"they have it, go back", "documents-missing", handoff.Next{Step: "back-to-sender", Advice: "Vraag een brief."}, missing, false, "decline-needs-next-step"},
		{"bare", "documents-missing", handoff.Next{}, missing, true, ""},
	} {
		typed(t, c.name, handoff.CheckReferralDecline(c.reason, "Wij kunnen dit niet.", c.next, c.missing, c.bare), c.want)
	}
	err := handoff.CheckReferralDecline("documents-missing", "Wij hebben geen brief.", handoff.Next{}, missing, false)
	e, _ := errs.As(err)
	if diff := cmp.Diff([]string{"ask-documents"}, e.Params["Can"]); diff != "" {
		t.Error(diff)
	}
}

func TestCheckRefusal(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		next         handoff.Next
		want         string
	}{
		{"somebody else has it", "not-here", handoff.Next{Step: "other-organisation", Organisation: "org_x"}, ""},
		{"advice", "never-made", handoff.Next{Step: "back-to-sender", Advice: "Er is geen brief; bel de neuroloog."}, ""},
		{"nothing", "not-here", handoff.Next{}, "decline-needs-next-step"},
		{"a reason for referrals", "no-capacity", handoff.Next{Step: "back-to-sender", Advice: "x"}, "unknown-reason"},
	} {
		typed(t, c.name, handoff.CheckRefusal(c.reason, "Wij hebben hem niet.", c.next, false), c.want)
	}
}

func TestLook(t *testing.T) {
	by := kittest.Start
	again := by.Add(24 * time.Hour)
	for _, c := range []struct {
		name string
		late int
		now  time.Time
		want handoff.Step
	}{
		{"early", 0, by.Add(-time.Minute), handoff.Step{Look: by}},
		{"at the moment", 0, by, handoff.Step{TimeOut: true, Level: 2, Look: again}},
		{"still not", 1, again, handoff.Step{Level: 3}},
		{"it goes round by itself", 2, again.Add(time.Hour), handoff.Step{}},
	} {
		if diff := cmp.Diff(c.want, handoff.Look(c.late, by, c.now, again)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPack(t *testing.T) {
	p := handoff.Pack{Question: "Hoe is mijn bloed?", History: "Geprikt.", Documents: []string{"a"}, OfCase: 2}
	if diff := cmp.Diff([]string{"documents", "consent"}, p.Missing()); diff != "" || len(p.Items()) != 4 {
		t.Error(diff, p.Items())
	}
	p.OfCase, p.Documents, p.Consent = 0, nil, true
	if len(p.Missing()) != 0 || len(p.Items()) != 3 {
		t.Error("a case without documents misses none", p.Items())
	}
}

func TestWhomToAsk(t *testing.T) {
	for _, c := range []struct {
		name                    string
		senders, parties, asked []string
		want                    string
	}{
		{"who sent it first", []string{"b", "c"}, []string{"d", "me"}, nil, "b"},
		{"then who had it before", []string{"b"}, []string{"me", "d"}, []string{"b"}, "d"},
		{"nobody left", []string{"b"}, []string{"me", "b"}, []string{"b"}, ""},
		{"never oneself", []string{"me", ""}, []string{"me"}, nil, ""},
	} {
		if got := handoff.WhomToAsk("me", c.senders, c.parties, c.asked); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMissingKinds(t *testing.T) {
	got := handoff.MissingKinds([]string{"referral-letter", "result"}, []handoff.Paper{{Kind: "result"}, {Kind: "image"}})
	if diff := cmp.Diff([]string{"referral-letter"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestProgress(t *testing.T) {
	at := func(h int) time.Time { return kittest.Start.Add(time.Duration(h) * time.Hour) }
	list := []promise.Promise{
		{Kind: promise.Answer, State: promise.Kept, EndedAt: at(1)},
		{Kind: promise.Update, State: promise.Kept, EndedAt: at(5)},
		{Kind: promise.Answer, State: promise.Broken, EndedAt: at(6)},
		{Kind: promise.Visit, State: promise.Open},
	}
	if got := handoff.Progress(list); !got.Equal(at(1)) {
		t.Error(got)
	}
	if !handoff.Progress(list[1:]).IsZero() {
		t.Error("an update is not getting further")
	}
}
