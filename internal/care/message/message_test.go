package message_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// at is a moment on Thursday 12 November 2026 in Amsterdam; day 1 is Friday.
func at(day, hour, minute int) time.Time {
	loc, _ := time.LoadLocation(workcal.DefaultZone)
	return time.Date(2026, 11, 12+day, hour, minute, 0, 0, loc).UTC()
}

func TestLook(t *testing.T) {
	ten := at(0, 10, 0)
	tests := []struct {
		name string
		m    message.Message
		now  time.Time
		want message.Step
	}{
		{"sending is left alone within its lease", message.Message{State: message.Sending, Channel: message.Email, SendingAt: ten}, at(0, 10, 4), message.Step{Look: at(0, 10, 5)}},
		{"and is uncertain after it", message.Message{State: message.Sending, Channel: message.Email, SendingAt: ten}, at(0, 10, 5), message.Step{Do: message.Lose, Code: message.CodeLost}},
		{"queued without an end waits for its job", message.Message{State: message.Queued, Channel: message.Email, CreatedAt: ten}, at(3, 10, 0), message.Step{}},
		{"queued until it is no use", message.Message{State: message.Queued, Channel: message.Email, CreatedAt: ten, Before: at(0, 12, 0)}, at(0, 11, 0), message.Step{Look: at(0, 12, 0)}},
		{"and then fails", message.Message{State: message.Queued, Channel: message.Email, CreatedAt: ten, Before: at(0, 12, 0)}, at(0, 12, 0), message.Step{Do: message.Fail, Code: message.CodeTooLate}},
		{"the mail server is gone: a day", message.Message{State: message.Queued, Channel: message.Email, WaitingSince: ten}, at(0, 12, 0), message.Step{Look: at(1, 10, 0)}},
		{"or until an hour before it is no use", message.Message{State: message.Queued, Channel: message.Email, WaitingSince: ten, Before: at(0, 14, 0)}, at(0, 12, 0), message.Step{Look: at(0, 13, 0)}},
		{"then another way", message.Message{State: message.Queued, Channel: message.Email, WaitingSince: ten, Before: at(0, 14, 0)}, at(0, 13, 0), message.Step{Do: message.Fail, Code: message.CodeNotSent}},
		{"accepted without a deadline is enough", message.Message{State: message.Accepted, Channel: message.Email, AcceptedAt: ten}, at(3, 10, 0), message.Step{}},
		{"accepted with one is to be seen in a working day", message.Message{State: message.Accepted, Channel: message.Email, AcceptedAt: ten, Before: at(5, 17, 0)}, ten, message.Step{Look: at(1, 9, 0)}},
		{"or two working hours before the deadline", message.Message{State: message.Accepted, Channel: message.Email, AcceptedAt: ten, Before: at(0, 15, 0)}, ten, message.Step{Look: at(0, 13, 0)}},
		{"unless that is too soon to say anything", message.Message{State: message.Accepted, Channel: message.Email, AcceptedAt: ten, Before: at(0, 12, 15)}, ten, message.Step{}},
		{"not seen: somebody phones as well", message.Message{State: message.Accepted, Channel: message.Email, AcceptedAt: ten, Before: at(0, 15, 0)}, at(0, 13, 0), message.Step{Do: message.Besides, Code: message.CodeUnseen}},
		{"uncertain and nobody decided: somebody phones", message.Message{State: message.Uncertain, Channel: message.Email, SendingAt: ten, Before: at(0, 15, 0)}, at(0, 13, 0), message.Step{Do: message.Besides, Code: message.CodeUnseen}},
		{"a call within four working hours", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: at(0, 15, 0)}, at(0, 15, 0), message.Step{Look: at(1, 10, 0)}},
		{"else it is overdue", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: at(0, 15, 0)}, at(1, 10, 0), message.Step{Do: message.Late, Look: at(4, 9, 0)}},
		{"counted from when they can be reached", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: at(0, 9, 0), NotBefore: at(0, 13, 0)}, at(0, 13, 0), message.Step{Look: at(0, 17, 0)}},
		{"half an hour before the deadline it goes another way", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: ten, Before: at(0, 12, 0)}, at(0, 11, 29), message.Step{Look: at(0, 11, 30)}},
		{"namely now", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: ten, Before: at(0, 12, 0)}, at(0, 11, 30), message.Step{Do: message.Fail, Code: message.CodeNotPhoned}},
		{"two calls without answer", message.Message{State: message.Queued, Channel: message.Phone, CreatedAt: ten, Attempts: 2}, at(0, 10, 1), message.Step{Do: message.Fail, Code: message.CodeNoAnswer}},
		{"told is the end", message.Message{State: message.Delivered, Channel: message.Email, AcceptedAt: ten, Before: at(0, 15, 0)}, at(0, 14, 0), message.Step{}},
		{"failed is the end", message.Message{State: message.Failed, Channel: message.Email, Before: at(0, 15, 0)}, at(0, 16, 0), message.Step{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, message.Look(tt.m, rules(), tt.now)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLookNeverStandsStill(t *testing.T) {
	// What the watch leaves as it is it must look at later, or it would spin.
	for _, s := range message.States {
		for _, c := range []message.Channel{message.Email, message.Phone} {
			for minute := 0; minute < 2*24*60; minute += 41 {
				now := at(0, 8, 0).Add(time.Duration(minute) * time.Minute)
				for _, before := range []time.Time{{}, at(0, 9, 10), at(1, 12, 0)} {
					m := message.Message{State: s, Channel: c, CreatedAt: at(0, 8, 0), SendingAt: at(0, 8, 1), AcceptedAt: at(0, 8, 2), Before: before}
					step := message.Look(m, rules(), now)
					if (step.Do == message.Nothing || step.Do == message.Late) && !step.Look.IsZero() && !step.Look.After(now) {
						t.Fatalf("%s by %s at %s before %s: %+v", s, c, now, before, step)
					}
				}
			}
		}
	}
}

func TestRoutes(t *testing.T) {
	evening := workcal.Week{}
	for d := range evening {
		evening[d] = []workcal.Interval{{From: 18 * 60, To: 21 * 60}}
	}
	afternoon := workcal.Week{}
	for d := range afternoon {
		afternoon[d] = []workcal.Interval{{From: 14 * 60, To: 20 * 60}}
	}
	points := []person.ContactPoint{
		{ID: "sms", Kind: person.SMS, Value: "+31612345678", Rank: 1, Usable: true},
		{ID: "late", Kind: person.Email, Value: "a@example.nl", Rank: 2, Usable: true, Hours: &evening},
		{ID: "broken", Kind: person.Email, Value: "b@example.nl", Rank: 3},
		{ID: "no", Kind: person.Email, Value: "c@example.nl", Rank: 4, Usable: true, Refused: true},
		{ID: "call", Kind: person.Phone, Value: "+31612345678", Rank: 5, Usable: true, Hours: &afternoon},
		{ID: "mail", Kind: person.Email, Value: "d@example.nl", Rank: 6, Usable: true},
	}
	usable := func(c message.Channel) bool { return c == message.Email || c == message.Phone }
	routes, skipped := message.Routes(points, orgtest.Hours(), usable, at(0, 10, 0))
	want := []message.Route{
		{Point: "mail", Channel: message.Email, Masked: "d•••@example.nl", From: at(0, 10, 0)},
		{Point: "late", Channel: message.Email, Masked: "a•••@example.nl", From: at(0, 18, 0), Chosen: true},
		{Point: "call", Channel: message.Phone, Masked: "06 •••• ••78", From: at(0, 14, 0), Chosen: true},
	}
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]message.Channel{message.SMS}, skipped); diff != "" {
		t.Error(diff)
	}
	// On Friday evening the phone has to wait until both we and they are there.
	routes, _ = message.Routes(points[4:5], orgtest.Hours(), usable, at(1, 18, 0))
	if len(routes) != 1 || !routes[0].From.Equal(at(4, 14, 0)) {
		t.Errorf("got %+v", routes)
	}
}

func TestChoose(t *testing.T) {
	ten := at(0, 10, 0)
	mail := message.Route{Point: "mail", Channel: message.Email, From: ten}
	late := message.Route{Point: "late", Channel: message.Email, From: at(0, 18, 0)}
	call := message.Route{Point: "call", Channel: message.Phone, From: ten}
	one := func(s message.State, point string) []message.Message {
		return []message.Message{{Point: point, State: s, Channel: message.Email}}
	}
	tests := []struct {
		name   string
		routes []message.Route
		chain  []message.Message
		wanted message.Channel
		before time.Time
		want   string
	}{
		{"the first", []message.Route{mail, call}, nil, "", time.Time{}, "mail"},
		{"what was asked for goes first", []message.Route{mail, call}, nil, message.Phone, time.Time{}, "call"},
		{"what was asked for and is not there", []message.Route{mail}, nil, message.Phone, time.Time{}, "mail"},
		{"one that is too late is skipped", []message.Route{late, call}, nil, "", at(0, 17, 0), "call"},
		{"none in time", []message.Route{late}, nil, "", at(0, 17, 0), ""},
		{"not the one that failed", []message.Route{mail, call}, one(message.Failed, "mail"), "", time.Time{}, "call"},
		{"another address after one that failed", []message.Route{mail, late}, one(message.Failed, "mail"), "", time.Time{}, "late"},
		{"no second copy while the first may have arrived", []message.Route{mail, late, call}, one(message.Uncertain, "mail"), "", time.Time{}, "call"},
		{"nor while it was taken by the server", []message.Route{late}, one(message.Accepted, "mail"), "", time.Time{}, ""},
		{"the same again after it was taken back", []message.Route{mail}, one(message.Recalled, "mail"), "", time.Time{}, "mail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := message.Choose(tt.routes, tt.chain, tt.wanted, tt.before)
			if got.Point != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v", got.Point, ok)
			}
		})
	}
}

// rules are the opening hours of the tests with the settings of a new organisation.
func rules() message.Rules {
	return message.RulesOf(org.Organisation{Calendar: orgtest.Hours(), Settings: org.Defaults()})
}

func TestQuietHoursOfRules(t *testing.T) {
	never := rules()
	never.QuietUntil = never.QuietFrom
	noon := rules()
	noon.QuietFrom, noon.QuietUntil = 12*60, 13*60+30
	for _, c := range []struct {
		name   string
		rules  message.Rules
		at     time.Time
		before time.Time
		want   time.Time
	}{
		{"in the day", rules(), at(0, 14, 0), time.Time{}, at(0, 14, 0)},
		{"at the first quiet minute", rules(), at(0, 21, 0), time.Time{}, at(1, 7, 30)},
		{"a minute before", rules(), at(0, 20, 59), time.Time{}, at(0, 20, 59)},
		{"after midnight", rules(), at(1, 0, 10), time.Time{}, at(1, 7, 30)},
		{"at the end", rules(), at(1, 7, 30), time.Time{}, at(1, 7, 30)},
		{"of use in the morning", rules(), at(0, 23, 0), at(1, 9, 0), at(1, 7, 30)},
		{"too late in the morning", rules(), at(0, 23, 0), at(1, 7, 30), at(0, 23, 0)},
		{"no quiet hours", never, at(0, 23, 0), time.Time{}, at(0, 23, 0)},
		{"hours within a day", noon, at(0, 12, 30), time.Time{}, at(0, 13, 30)},
		{"outside those", noon, at(0, 23, 30), time.Time{}, at(0, 23, 30)},
	} {
		if got := c.rules.Quiet(c.at, c.before); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	// The night in which the clock goes back: half past seven is half past seven.
	night := time.Date(2026, 10, 24, 22, 0, 0, 0, rules().Calendar.Location())
	if got := rules().Loud(night); !got.Equal(time.Date(2026, 10, 25, 7, 30, 0, 0, night.Location())) {
		t.Errorf("over a clock change: %s", got)
	}
}
