package promise

import (
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// seriesNow gives the open series of which a promise is the current step.
func seriesNow(q db.Q, p Promise) (x Series, ok bool, err error) {
	if p.Series == "" {
		return x, false, nil
	}
	x, err = seriesByID(q, p.Org, p.Series)
	return x, err == nil && x.State == Open && x.Position == p.Step, err
}

// onward lets a series go on after a promise of it was kept, or is needed no
// more: it makes the promise of the next step, ends the series, or leaves it at
// this step when only what stood in for it was delivered. It gives what comes
// after the promise for the case, and whether the series made that already.
func (s *Service) onward(t *db.Tx, who actor.Actor, subj Subject, p Promise, then Onward, next *Next) (*Next, bool, error) {
	x, ok, err := seriesNow(t, p)
	if err != nil || !ok {
		return next, false, err
	}
	if then.stop() != "" {
		if len(then.Stop) > 2000 {
			return next, false, errs.New(errs.Invalid, "text-too-long").Field("then.stop", "text-too-long")
		}
		return next, false, s.stop(t, who, subj, x, then.stop(), then.Spoken)
	}
	if p.StandsIn && !then.Done {
		return stays(t, x, p, next)
	}
	if err := delivered(t, x, !then.withdrawn); err != nil {
		return next, false, err
	}
	o, err := org.ByID(t, p.Org)
	if err != nil {
		return next, false, err
	}
	made, err := s.advance(t, who, subj, o, x, then)
	if err != nil {
		return next, made, err
	}
	if made && next != nil && (next.Close != "" || next.Promise != nil && next.Promise.Kind == Closing) {
		return next, made, errs.New(errs.Conflict, "series-unfinished").Field("then.stop", "series-unfinished")
	}
	return next, made, nil
}

// stays keeps a series at its step, which was not delivered yet: what is
// promised now takes its place.
func stays(t *db.Tx, x Series, p Promise, next *Next) (*Next, bool, error) {
	all, err := promisesOf(t, x.Org, x.ID, p.Step)
	if err != nil {
		return next, false, err
	}
	for _, y := range all {
		if y.Step == p.Step && y.ID != p.ID && y.State == Open { // its new time, which came too late to move it
			return next, false, nil
		}
	}
	if next == nil || next.Promise == nil || next.Promise.Kind == Closing {
		return next, false, errs.New(errs.Conflict, "step-undelivered").Field("then.done", "step-undelivered")
	}
	again := *next.Promise
	again.link = link{series: x.ID, step: x.Position, recurs: x.Sort == ByRule}
	return &Next{Promise: &again}, false, nil
}

// delivered ends what the record still waits for: a promise of this step broke,
// and it was delivered, or is needed no more, without being promised anew.
func delivered(t *db.Tx, x Series, came bool) error {
	all, err := promisesOf(t, x.Org, x.ID, x.Position)
	if err != nil {
		return err
	}
	for _, y := range all {
		if y.Step == x.Position && y.State == Broken {
			if err := endDeliveries(t, y.Org, openByPromise, y.ID, came, t.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// advance goes to the next step that was not delivered yet, and makes its promise
// unless that stands; it says whether one stands now. After the last step the
// series is done.
func (s *Service) advance(t *db.Tx, who actor.Actor, subj Subject, o org.Organisation, x Series, then Onward) (bool, error) {
	ahead, err := promisesOf(t, x.Org, x.ID, x.Position+1)
	if err != nil {
		return false, err
	}
	steps, err := stepsOf(t, x.Org, x.ID, x.Position)
	if err != nil {
		return false, err
	}
	begun, open := map[int]bool{}, map[int]bool{} // of a "kept" that was taken back, what it made stands
	for _, p := range ahead {
		begun[p.Step] = true
		open[p.Step] = open[p.Step] || p.State == Open
	}
	at := x.Position + 1
	for begun[at] && !open[at] {
		at++
	}
	next := x
	next.Position = at
	if open[at] {
		return true, setPosition(t, next)
	}
	m := Make{Kind: x.Kind, What: x.What, To: x.To, Keeper: x.Keeper, Channel: x.Channel, Spoken: then.Spoken, link: link{series: x.ID, step: at, recurs: x.Sort == ByRule}}
	if x.Sort == ByRule {
		day, ok := x.Rule.After(o.Calendar, x.day(), t.Now())
		if !ok {
			return false, finished(t, who, x)
		}
		m.Due, next.Day = day.Due, day.Day.String()
	} else {
		i := at - x.Position - 1
		if i >= len(steps) {
			return false, finished(t, who, x)
		}
		step := steps[i]
		m.Kind, m.What, m.Keeper, m.Channel = step.Kind, step.What, step.Keeper, ""
		m.From, m.Due = step.From, step.Time(o.Calendar, t.Now())
		if !then.Due.IsZero() {
			m.From, m.Due = then.From, then.Due
		}
		if !m.Due.After(t.Now()) {
			return false, errs.New(errs.Conflict, "step-passed").With("Time", m.Due).Field("then.due_at", "step-passed")
		}
	}
	if err := setPosition(t, next); err != nil {
		return false, err
	}
	_, err = s.MakeIn(t, who, subj, m)
	return true, err
}

func finished(t *db.Tx, who actor.Actor, x Series) error {
	if err := endSeries(t, x, SeriesDone, "", who.ID(), t.Now()); err != nil {
		return err
	}
	t.Emit(x.fact(fact.SeriesEnded, who, map[string]any{"how": SeriesDone}, map[string]string{"what": x.What}))
	return nil
}

// back takes a step of a series back with the promise that was kept by mistake.
// What that made already stands, and is found again.
func back(t *db.Tx, p Promise) error {
	if p.Series == "" {
		return nil
	}
	x, err := seriesByID(t, p.Org, p.Series)
	if err != nil {
		return err
	}
	switch {
	case x.State == Open && x.Position > p.Step:
		x.Position = p.Step
		return setPosition(t, x)
	case x.State != Open && x.Position == p.Step && x.EndedAt.Equal(p.EndedAt) && (x.EndedHow == SeriesDone || x.EndedHow == SeriesStopped):
		return resumeSeries(t, x, p.Step)
	}
	return nil
}

// moves looks what a new time of the current step means for the later ones: they
// move along, or stay when they still come after it.
func moves(t *db.Tx, old Promise, in Move) error {
	x, ok, err := seriesNow(t, old)
	if err != nil || !ok || x.Sort != InSteps {
		return err
	}
	steps, err := stepsOf(t, x.Org, x.ID, x.Position)
	if err != nil || len(steps) == 0 {
		return err
	}
	o, err := org.ByID(t, x.Org)
	if err != nil {
		return err
	}
	if in.Along {
		if err := replaceSteps(t, x, x.Position, Shift(o.Calendar, steps, old.Due, in.Due)); err != nil {
			return err
		}
		return touchSeries(t, x)
	}
	for _, y := range steps {
		if !y.Due.IsZero() && !y.Due.After(in.Due) {
			return errs.New(errs.Conflict, "steps-in-the-way").With("Time", y.Due).Field("along", "steps-in-the-way")
		}
	}
	return nil
}

// chosen refuses to withdraw the current step of a series without saying what
// becomes of the rest.
func chosen(q db.Q, p Promise, then Onward) error {
	_, ok, err := seriesNow(q, p)
	if err != nil || !ok || then.stop() != "" || then.Done {
		return err
	}
	return errs.New(errs.Conflict, "series-choose").Field("then.stop", "series-choose")
}
