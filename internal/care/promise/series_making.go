package promise

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// MakeSeries is a series to be made: its first promise, and either the steps
// that follow it or the rule by which it comes again.
type MakeSeries struct {
	First Make
	Steps []SeriesStep
	Rule  *Rule
}

// plan checks a series and fills in what follows from its first promise.
func (in MakeSeries) plan(q db.Q, o org.Organisation) (MakeSeries, []Occurrence, error) {
	if (len(in.Steps) == 0) == (in.Rule == nil) {
		return in, nil, errs.New(errs.Invalid, "series-sort").Field("steps", "series-sort")
	}
	if in.First.Rule || in.First.Kind == Closing || in.First.Kind == Duty {
		return in, nil, errs.New(errs.Invalid, "unknown-kind").Field("kind", "unknown-kind")
	}
	if err := CheckDue(o.Calendar, q.Now(), in.First.From, in.First.Due); err != nil {
		return in, nil, err
	}
	if in.Rule == nil {
		steps, err := in.tidy(q, o, in.Steps)
		in.Steps = steps
		if err != nil {
			return in, nil, err
		}
		return in, nil, CheckSteps(o.Calendar, q.Now(), in.First.Due, 1, steps)
	}
	if in.First.Kind == Visit {
		return in, nil, errs.New(errs.Invalid, "rule-visit").Field("kind", "rule-visit")
	}
	r := *in.Rule
	r.Start = workcal.DateOf(in.First.Due, o.Calendar.Location())
	r, dates, err := r.Fixed(o.Calendar)
	in.Rule = &r
	return in, dates, err
}

// tidy fills in what steps leave open, and looks whether their keepers exist.
func (in MakeSeries) tidy(q db.Q, o org.Organisation, list []SeriesStep) ([]SeriesStep, error) {
	steps := make([]SeriesStep, len(list))
	for i, x := range list {
		x.What = strings.TrimSpace(x.What)
		if x.Kind == "" {
			x.Kind = Answer
		}
		if x.Keeper == "" {
			x.Keeper = in.First.Keeper
		}
		if x.Keeper != "" {
			if _, err := org.Duty(q, o.ID, x.Keeper); err != nil {
				return nil, err
			}
		}
		steps[i] = x
	}
	return steps, nil
}

// PlanSeries says what a series would promise, before it is made: the moment of
// each step when those before it are kept at the last, or each time of its rule.
func (s *Service) PlanSeries(ctx context.Context, who actor.Actor, in MakeSeries) (dates []Occurrence, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		var plan MakeSeries
		if plan, dates, err = in.plan(q, o); err != nil || plan.Rule != nil {
			return err
		}
		for _, at := range AtLatest(o.Calendar, plan.First.Due, plan.Steps) {
			dates = append(dates, Occurrence{workcal.DateOf(at, o.Calendar.Location()), at})
		}
		return nil
	})
	return dates, err
}

// MakeSeries makes a series in a case, with its first promise.
func (s *Service) MakeSeries(ctx context.Context, who actor.Actor, caseID string, in MakeSeries) (x Series, p Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return x, p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, err := s.hold(t, who.Org, caseID)
		if err != nil {
			return err
		}
		x, p, err = s.MakeSeriesIn(t, who, subj, in)
		return err
	})
	return x, p, err
}

// MakeSeriesIn is MakeSeries inside the transaction of another use case that
// holds the case already.
func (s *Service) MakeSeriesIn(t *db.Tx, who actor.Actor, subj Subject, in MakeSeries) (x Series, p Promise, err error) {
	o, err := org.ByID(t, subj.Org)
	if err != nil {
		return x, p, err
	}
	there, err := seriesOfCase(t, subj.Org, subj.ID)
	if err != nil {
		return x, p, err
	}
	open := 0
	for _, y := range there {
		if y.State == Open {
			open++
		}
	}
	if open >= maxSeries || len(there) >= 100 {
		return x, p, errs.New(errs.Conflict, "series-too-many").With("Max", maxSeries)
	}
	plan, dates, err := in.plan(t, o)
	if err != nil {
		return x, p, err
	}
	x = Series{Org: subj.Org, ID: t.NewID("ser"), Case: subj.ID, Sort: InSteps, Keeper: plan.First.Keeper, Position: 1, State: Open,
		MadeBy: who.ID(), MadeAt: t.Now(), Version: 1}
	first := plan.First
	first.link = link{series: x.ID, step: 1, recurs: plan.Rule != nil}
	first.Extra = map[string]any{"goes_on": true}
	if plan.Rule != nil {
		x.Sort, x.Rule, x.Day = ByRule, *plan.Rule, plan.Rule.Start.String()
		first.Extra = map[string]any{"again_until": dates[len(dates)-1].Due.UnixMilli()}
	}
	for k, v := range plan.First.Extra {
		first.Extra[k] = v
	}
	if p, err = s.MakeIn(t, who, subj, first); err != nil {
		return x, p, err
	}
	x.What, x.Kind, x.To, x.Channel = p.What, p.Kind, p.To, p.Channel
	if x.Keeper == "" {
		x.Keeper = p.Keeper
	}
	if err := db.Insert(t, "series", x); err != nil {
		return x, p, err
	}
	for i := range plan.Steps {
		if plan.Steps[i].Keeper == "" {
			plan.Steps[i].Keeper = x.Keeper
		}
	}
	if err := replaceSteps(t, x, 1, plan.Steps); err != nil {
		return x, p, err
	}
	more := len(plan.Steps)
	if plan.Rule != nil {
		more = len(dates)
	}
	t.Emit(x.fact(fact.SeriesMade, who, map[string]any{"more": more}, map[string]string{"what": p.What}))
	return x, p, nil
}

// fact is something that happened to a series.
func (x Series) fact(kind string, who actor.Actor, data map[string]any, text map[string]string) db.Fact {
	all := map[string]any{"series": x.ID, "sort": string(x.Sort)}
	for k, v := range data {
		all[k] = v
	}
	return db.Fact{Org: x.Org, Kind: kind, Case: x.Case, Person: x.To, By: who, Data: all, Text: text}
}

// ChangeSeries is what lies ahead in a series, as it is to be.
type ChangeSeries struct {
	Version int
	Steps   []SeriesStep // in steps: instead of the later ones; none: it ends with the step promised now
	Rule    *Rule        // by a rule: instead of the one until now, for after the promise made now
	Spoken  bool         // the customer heard it just now; else it is sent
}

// loadSeries gives an open series and holds its case.
func (s *Service) loadSeries(t *db.Tx, orgID, id string, version int) (subj Subject, x Series, err error) {
	if x, err = seriesByID(t, orgID, id); err != nil {
		return subj, x, err
	}
	if subj, err = s.hold(t, orgID, x.Case); err != nil {
		return subj, x, err
	}
	if x, err = seriesByID(t, orgID, id); err != nil { // again, now that nobody else can change it
		return subj, x, err
	}
	switch {
	case x.Case != subj.ID: // carried to another case at this very moment
		return subj, x, errs.New(errs.Stale, "changed-meanwhile")
	case x.State != Open:
		return subj, x, errs.New(errs.Conflict, "series-ended")
	case version != 0 && version != x.Version:
		return subj, x, errs.New(errs.Stale, "changed-meanwhile")
	}
	return subj, x, nil
}

// ChangeSeries changes what lies ahead in a series, with the customer told. The
// promise made now stays as it is.
func (s *Service) ChangeSeries(ctx context.Context, who actor.Actor, id string, in ChangeSeries) (x Series, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return x, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, old, err := s.loadSeries(t, who.Org, id, in.Version)
		if err != nil {
			return err
		}
		o, err := org.ByID(t, who.Org)
		if err != nil {
			return err
		}
		var more int
		if old.Sort == ByRule {
			more, err = changeRule(t, o, old, in.Rule)
		} else {
			more, err = changeSteps(t, o, old, in.Steps)
		}
		if err != nil {
			return err
		}
		if x, err = seriesByID(t, who.Org, id); err != nil {
			return err
		}
		t.Emit(x.fact(fact.SeriesChanged, who, map[string]any{"more": more, "told": toldHow(in.Spoken)}, map[string]string{"what": x.What}))
		return s.tellSeries(t, who, subj, x, "series-changed", in.Spoken, "")
	})
	return x, err
}

func toldHow(spoken bool) string {
	if spoken {
		return string(Spoken)
	}
	return string(Sent)
}

// tellSeries says something about a series to the customer, unless they heard it.
func (s *Service) tellSeries(t *db.Tx, who actor.Actor, subj Subject, x Series, template string, spoken bool, why string) error {
	if spoken {
		return nil
	}
	_, err := s.Teller.Tell(t, who, Telling{Org: x.Org, Case: x.Case, Question: subj.Question, Person: x.To, Keeper: subj.Owner, Template: template,
		Intent: template + ":" + x.ID + ":" + t.Now().UTC().Format("20060102150405.000"), Params: map[string]any{"what": x.What, "why": why, "keeper": subj.Owner}})
	return err
}

// current is the promise of a series that stands now.
func current(q db.Q, x Series) (Promise, error) {
	list, err := promisesOf(q, x.Org, x.ID, x.Position)
	if err != nil {
		return Promise{}, err
	}
	best := Promise{}
	for _, p := range list {
		if p.Step == x.Position && p.State == Open && (best.ID == "" || best.StandsIn && !p.StandsIn) {
			best = p
		}
	}
	if best.ID == "" {
		return best, errs.New(errs.Conflict, "series-ended")
	}
	return best, nil
}

func changeSteps(t *db.Tx, o org.Organisation, x Series, list []SeriesStep) (int, error) {
	now, err := current(t, x)
	if err != nil {
		return 0, err
	}
	steps, err := x.stepsFrom(t, o, now, list)
	if err != nil {
		return 0, err
	}
	if err := replaceSteps(t, x, x.Position, steps); err != nil {
		return 0, err
	}
	return len(steps), touchSeries(t, x)
}

func changeRule(t *db.Tx, o org.Organisation, x Series, rule *Rule) (int, error) {
	r, dates, err := x.ruleFrom(o, rule)
	if err != nil {
		return 0, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	return len(dates), setRule(t, x, string(b))
}

// StopSeries ends a series: the promise made now stands, and nothing follows it
// by itself. The customer is told why.
func (s *Service) StopSeries(ctx context.Context, who actor.Actor, id string, version int, why string, spoken bool) (x Series, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return x, err
	}
	if why = strings.TrimSpace(why); why == "" {
		return x, errs.New(errs.Invalid, "reason-missing").Field("why", "reason-missing")
	}
	if len(why) > 2000 {
		return x, errs.New(errs.Invalid, "text-too-long").Field("why", "text-too-long")
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, old, err := s.loadSeries(t, who.Org, id, version)
		if err != nil {
			return err
		}
		if err := s.stop(t, who, subj, old, why, spoken); err != nil {
			return err
		}
		x, err = seriesByID(t, who.Org, id)
		return err
	})
	return x, err
}

// stop ends a series because of what somebody said.
func (s *Service) stop(t *db.Tx, who actor.Actor, subj Subject, x Series, why string, spoken bool) error {
	if err := endSeries(t, x, SeriesStopped, why, who.ID(), t.Now()); err != nil {
		return err
	}
	t.Emit(x.fact(fact.SeriesEnded, who, map[string]any{"how": SeriesStopped}, map[string]string{"why": why, "what": x.What}))
	return s.tellSeries(t, who, subj, x, "series-ended", spoken, why)
}

// EndSeriesOf ends the series of a case that closes, for its reason.
func EndSeriesOf(t *db.Tx, who actor.Actor, orgID, caseID, reason string) error {
	list, err := seriesOfCase(t, orgID, caseID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.State != Open {
			continue
		}
		if err := endSeries(t, x, reason, "", who.ID(), t.Now()); err != nil {
			return err
		}
		t.Emit(x.fact(fact.SeriesEnded, who, map[string]any{"how": reason}, map[string]string{"what": x.What}))
	}
	return nil
}

// Unfinished says how many series of a case have more to come than the promise
// that stands now.
func Unfinished(q db.Q, o org.Organisation, caseID string) (n int, err error) {
	list, err := Outlines(q, o, caseID)
	for _, x := range list {
		if x.State == Open && x.More() > 0 {
			n++
		}
	}
	return n, err
}

// PlanChange says what a change of what lies ahead would promise, before it is
// made.
func (s *Service) PlanChange(ctx context.Context, who actor.Actor, id string, in ChangeSeries) (dates []Occurrence, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		x, err := seriesByID(q, who.Org, id)
		if err != nil {
			return err
		}
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		if x.Sort == ByRule {
			_, dates, err = x.ruleFrom(o, in.Rule)
			return err
		}
		now, err := current(q, x)
		if err != nil {
			return err
		}
		steps, err := x.stepsFrom(q, o, now, in.Steps)
		if err != nil {
			return err
		}
		dates = nil
		for _, at := range AtLatest(o.Calendar, now.Due, steps) {
			dates = append(dates, Occurrence{workcal.DateOf(at, o.Calendar.Location()), at})
		}
		return nil
	})
	return dates, err
}

// stepsFrom checks steps that are to come after the present one.
func (x Series) stepsFrom(q db.Q, o org.Organisation, now Promise, list []SeriesStep) ([]SeriesStep, error) {
	steps, err := (MakeSeries{First: Make{Keeper: x.Keeper}}).tidy(q, o, list)
	if err != nil {
		return nil, err
	}
	return steps, CheckSteps(o.Calendar, q.Now(), now.Due, x.Position, steps)
}

// ruleFrom checks a rule that is to hold after the present promise.
func (x Series) ruleFrom(o org.Organisation, rule *Rule) (Rule, []Occurrence, error) {
	if rule == nil {
		return Rule{}, nil, errs.New(errs.Invalid, "series-sort").Field("rule", "series-sort")
	}
	r := *rule
	r.Start = x.day() // from the promise made now on
	r, dates, err := r.Fixed(o.Calendar)
	if err != nil {
		return r, nil, err
	}
	last := workcal.DateOf(x.MadeAt, o.Calendar.Location())
	last.Year += maxYears
	switch {
	case r.Until.Compare(last) > 0:
		return r, nil, errs.New(errs.Invalid, "rule-too-long").Field("until", "rule-too-long")
	case x.Position+len(dates) > maxTimes+1:
		return r, nil, errs.New(errs.Invalid, "rule-too-often").With("Max", maxTimes).Field("until", "rule-too-often")
	}
	return r, dates, nil
}
