package casefile

import (
	"strings"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// onwardInput is how a series goes on after one of its promises, as it is typed.
type onwardInput struct {
	Then    string `form:"then"`
	Stop    string `form:"stop"`
	ThenDue string `form:"then_due"`
	Said    bool   `form:"then_spoken"`
}

// The ways in which a series goes on.
const (
	thenOn    = "on"
	thenDone  = "done"
	thenAgain = "again"
	thenStop  = "stop"
)

// present gives the series of which a promise is the current step.
func (d dossier) present(p promise.Promise) (promise.Outline, bool) {
	for _, x := range d.series {
		if p.Series == x.ID && x.State == promise.Open && x.Position == p.Step {
			return x, true
		}
	}
	return promise.Outline{}, false
}

// needsNext says whether keeping a promise takes a next one for the case.
func (d dossier) needsNext(p promise.Promise, then string) bool {
	last := len(d.open()) <= 1
	x, ok := d.present(p)
	switch {
	case !ok || then == thenStop:
		return last
	case p.StandsIn && then != thenDone:
		return true
	}
	return last && x.More() == 0
}

// passed says whether the time of the next step has passed.
func passed(c *web.Ctx, x promise.Outline) bool {
	return len(x.Steps) > 0 && !x.Steps[0].Due.IsZero() && !x.Steps[0].Due.After(c.Now())
}

// onwardForm asks how a series goes on after a promise of it; nil when it is of
// none.
func (d dossier) onwardForm(c *web.Ctx, p promise.Promise, in onwardInput, how string) *html.OnwardForm {
	x, ok := d.present(p)
	if !ok {
		return nil
	}
	words := c.P
	f := &html.OnwardForm{Legend: words.T("desk.series.onward", "N", x.Position), Next: words.T("desk.series.last"), Why: in.Stop, AskTime: passed(c, x), Due: in.ThenDue}
	switch {
	case len(x.Steps) > 0:
		f.Next = stepWords(words, x.Steps[0])
	case len(x.Dates) > 0:
		f.Next = againWords(words, x.Rule, x.Dates)
	}
	if in.Said || how == "spoken" && in.Then == "" {
		f.Told = "spoken"
	}
	choices := []string{thenOn, thenStop}
	if p.StandsIn {
		choices = []string{thenAgain, thenDone, thenStop}
	}
	chosen := in.Then
	if chosen == "" {
		chosen = choices[0]
	}
	for _, v := range choices {
		f.Options = append(f.Options, ui.Option{Value: v, Label: words.T("desk.series.go-" + v), Note: words.T("desk.series.go-" + v + "-note"), Selected: v == chosen})
	}
	return f
}

// readOnward reads how a series goes on.
func (s *Service) readOnward(c *web.Ctx, in onwardInput) (o promise.Onward, err error) {
	o = promise.Onward{Spoken: in.Said, Done: in.Then == thenDone}
	if in.Then == thenStop {
		if o.Stop = strings.TrimSpace(in.Stop); o.Stop == "" {
			return o, errs.New(errs.Invalid, "reason-missing").Field("stop", "reason-missing")
		}
	}
	o.Due, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "then_due", in.ThenDue)
	return o, err
}

// rest asks what becomes of a series of which the present step is withdrawn.
func (d dossier) rest(c *web.Ctx, p promise.Promise, in onwardInput) (next string, out []ui.Option) {
	x, ok := d.present(p)
	if !ok {
		return "", nil
	}
	f := d.onwardForm(c, p, in, "")
	choices := []string{thenStop}
	if x.More() > 0 {
		choices = []string{thenOn, thenStop}
	}
	for _, v := range choices {
		out = append(out, ui.Option{Value: v, Label: c.P.T("desk.series.rest-" + v), Selected: v == in.Then || len(choices) == 1})
	}
	return f.Next, out
}

// readRest reads what becomes of the rest of a series.
func (d dossier) readRest(p promise.Promise, in withdrawInput) (o promise.Onward) {
	if _, ok := d.present(p); !ok {
		return o
	}
	switch in.Then {
	case thenOn:
		o.Done = true
	case thenStop:
		o.Stop = in.Why
	}
	return o
}

// withdrawNeedsNext says whether withdrawing a promise takes a next one for the
// case.
func (d dossier) withdrawNeedsNext(p promise.Promise, then string) bool {
	x, ok := d.present(p)
	return len(d.open()) <= 1 && (!ok || then == thenStop || x.More() == 0)
}
