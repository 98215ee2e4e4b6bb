package story

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/db"
)

// expect looks whether what a step expects is so.
func (r *run) expect(q db.Q, st *Step, a answer, asking string) error {
	e := st.Expect
	if e == nil {
		return nil
	}
	r.res.Expectations += e.count()
	if e.Status != 0 && a.status != e.Status {
		r.fail(e.lines["status"], "status", strconv.Itoa(e.Status), a.String())
	}
	if e.Problem != "" && a.problem != e.Problem {
		r.fail(e.lines["problem"], "problem", e.Problem, a.String())
	}
	if e.Body != nil {
		for i := 0; i+1 < len(e.Body.Content); i += 2 {
			k, n := e.Body.Content[i], e.Body.Content[i+1]
			want, err := r.scope(st.As, asking).value(n)
			if err != nil {
				r.fail(k.Line, k.Value, "a value to compare with", err.Error())
				continue
			}
			got, found := dig(a.body, k.Value)
			if !holds(want, got, found) {
				r.fail(k.Line, k.Value, show(want), shown(got, found))
			}
		}
	}
	if err := r.expectSignals(q, e); err != nil {
		return err
	}
	r.expectMessages(e)
	return r.expectState(q, e)
}

func (r *run) expectSignals(q db.Q, e *Expect) error {
	if len(e.Signals) == 0 {
		return nil
	}
	rows, err := signalsIn(q)
	if err != nil {
		return err
	}
	var have []map[string]string
	for _, s := range rows {
		have = append(have, map[string]string{"kind": s.Kind, "level": strconv.Itoa(s.Level), "owner": r.castOf(s.Member)})
	}
	r.among(e.lines["signals"], "signals", e.Signals, have)
	return nil
}

func (r *run) expectMessages(e *Expect) {
	if len(e.Messages) > 0 {
		r.among(e.lines["messages"], "messages", e.Messages, r.said)
	}
}

// among looks for each wanted item; every one of its fields must fit.
func (r *run) among(line int, what string, want, have []map[string]string) {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h map[string]string) bool {
			for k, v := range w {
				if !holds(v, h[k], true) {
					return false
				}
			}
			return true
		}) {
			r.fail(line, what, fmt.Sprint(w), fmt.Sprint(have))
		}
	}
}

func (r *run) expectState(q db.Q, e *Expect) error {
	cases, err := casesIn(q)
	if err != nil {
		return err
	}
	for saved, staff := range e.Owner {
		id, _ := dig(r.saved[saved], "id")
		got := "no such case"
		for _, c := range cases {
			if c.ID == show(id) {
				got = r.castOf(c.Owner)
			}
		}
		if got != staff {
			r.fail(e.lines["owner"], "owner of "+saved, staff, got)
		}
	}
	if len(e.Promises) == 0 {
		return nil
	}
	all, err := promisesIn(q)
	if err != nil {
		return err
	}
	for state, want := range e.Promises {
		n := 0
		for _, p := range all {
			if p.State == state && !p.MadeAt.Before(r.begun) {
				n++
			}
		}
		if !holds(want, float64(n), true) {
			r.fail(e.lines["promises"], "promises "+state, want, strconv.Itoa(n))
		}
	}
	return nil
}

// castOf is the id in the story of somebody with an id in the API.
func (r *run) castOf(id string) string {
	for k, v := range r.ids {
		if v == id && !strings.Contains(k, "@") {
			return k
		}
	}
	return id
}

var comparison = regexp.MustCompile(`^(>=|<=|>|<|=|!=)\s*(.+)$`)

// holds compares what was got with what is wanted: a value, "present",
// "absent", a comparison such as ">= 2" or a range such as "5..8". Moments are compared as moments,
// however they are written.
func holds(want, got any, found bool) bool {
	s, text := want.(string)
	if !text {
		return found && same(want, got)
	}
	switch strings.TrimSpace(s) {
	case "present":
		return found && got != nil && got != ""
	case "absent":
		return !found || got == nil || got == ""
	}
	if low, high, between := strings.Cut(s, ".."); between {
		return found && holds(">= "+low, got, true) && holds("<= "+high, got, true)
	}
	m := comparison.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return found && same(s, got)
	}
	if m[1] == "!=" {
		return !found || !same(m[2], got)
	}
	if !found {
		return false
	}
	sign, ok := compare(got, m[2])
	if !ok {
		return m[1] == "=" && same(m[2], got)
	}
	switch m[1] {
	case ">=":
		return sign >= 0
	case "<=":
		return sign <= 0
	case ">":
		return sign > 0
	case "<":
		return sign < 0
	}
	return sign == 0
}

func same(want, got any) bool {
	if sign, ok := compare(got, show(want)); ok {
		return sign == 0
	}
	return show(want) == show(got)
}

// compare orders two numbers or two moments; false when they are neither.
func compare(got any, want string) (int, bool) {
	want = strings.TrimSpace(want)
	a, err1 := strconv.ParseFloat(show(got), 64)
	b, err2 := strconv.ParseFloat(want, 64)
	if err1 == nil && err2 == nil {
		switch {
		case a < b:
			return -1, true
		case a > b:
			return 1, true
		}
		return 0, true
	}
	t, err1 := time.Parse(time.RFC3339, show(got))
	u, err2 := time.Parse(time.RFC3339, want)
	if err1 == nil && err2 == nil {
		return t.Compare(u), true
	}
	return 0, false
}

// shown writes what was got, for somebody who expected something else.
func shown(got any, found bool) string {
	if !found {
		return "nothing there"
	}
	switch got.(type) {
	case map[string]any, []any:
		if b, err := json.Marshal(got); err == nil {
			return string(b)
		}
	}
	return show(got)
}

// asJSON is a value as its JSON reads.
func asJSON(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(b, &out)
}
