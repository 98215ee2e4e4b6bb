package promise

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// ThenBody says how a series goes on after one of its promises.
type ThenBody struct {
	Stop   string `json:"stop,omitempty" maxLength:"2000" doc:"The series ends here, because of this."`
	Done   bool   `json:"done,omitempty" doc:"The step itself is done: for a promise that stood in for it, or one that is needed no more."`
	Spoken bool   `json:"spoken,omitempty" doc:"The customer heard just now what comes next; otherwise they are sent a message."`
	DueAt  string `json:"due_at,omitempty" maxLength:"60" doc:"When the next step comes, where its own time has passed."`
	FromAt string `json:"from_at,omitempty" maxLength:"60"`
}

func (s *Service) then(ctx context.Context, who actor.Actor, b *ThenBody) (o Onward, err error) {
	if b == nil {
		return o, nil
	}
	o = Onward{Stop: b.Stop, Done: b.Done, Spoken: b.Spoken}
	if o.Due, err = s.ParseDue(ctx, who, web.Printer(ctx), "then.due_at", b.DueAt); err != nil {
		return o, err
	}
	o.From, err = s.ParseDue(ctx, who, web.Printer(ctx), "then.from_at", b.FromAt)
	return o, err
}

// StepBody is a step after the first one, as requests hold it.
type StepBody struct {
	What       string `json:"what" maxLength:"500"`
	Kind       Kind   `json:"kind,omitempty" enum:"answer,decision,update,callback,document,visit" default:"answer"`
	Keeper     string `json:"keeper_id,omitempty" doc:"A member or a team. Default: who keeps the first."`
	FromAt     string `json:"from_at,omitempty" maxLength:"60"`
	DueAt      string `json:"due_at,omitempty" maxLength:"60" doc:"A day and a clock time; or else one of the distances."`
	AfterDays  int    `json:"after_days,omitempty" minimum:"0" doc:"By the end of so many working days after the step before it was kept."`
	AfterHours int    `json:"after_hours,omitempty" minimum:"0" doc:"Or so many working hours after it, at a natural clock time."`
}

// RuleBody is when a promise comes again, as requests hold it.
type RuleBody struct {
	Every  int      `json:"every,omitempty" minimum:"1" maximum:"52" default:"1" doc:"Every so many units."`
	Unit   Unit     `json:"unit" enum:"day,week,month"`
	Days   []string `json:"days,omitempty" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Of a week; of a month with nth: one. Default: the weekday of the first promise."`
	Day    int      `json:"day,omitempty" minimum:"0" maximum:"31" doc:"Of a month; its last one where it lacks that day. Default: the day of the first promise."`
	Nth    int      `json:"nth,omitempty" minimum:"-1" maximum:"4" doc:"Of a month: the nth of that weekday; -1 is the last."`
	At     string   `json:"at,omitempty" maxLength:"5" doc:"Clock time, 12:00. Default: that of the first promise."`
	Closed OnClosed `json:"closed,omitempty" enum:"earlier,later,left" doc:"When nobody is there at that time: the last open moment before it (the default), the next day on which somebody is, or not at all."`
	Until  string   `json:"until,omitempty" maxLength:"10" doc:"The last day, 2026-12-22; or times."`
	Times  int      `json:"times,omitempty" minimum:"0" maximum:"100" doc:"How often it comes again."`
}

// SeriesBody is a series to be made.
type SeriesBody struct {
	First Body       `json:"first" doc:"What is promised now."`
	Steps []StepBody `json:"steps,omitempty" maxItems:"40" doc:"What comes after it, one after another; or rule."`
	Rule  *RuleBody  `json:"rule,omitempty" doc:"When it comes again."`
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (s *Service) steps(ctx context.Context, who actor.Actor, list []StepBody) ([]SeriesStep, error) {
	out := make([]SeriesStep, len(list))
	for i, b := range list {
		path := "steps." + strconv.Itoa(i) + "."
		x := SeriesStep{What: b.What, Kind: b.Kind, Keeper: b.Keeper}
		switch {
		case b.AfterDays > 0 && b.AfterHours > 0:
			return nil, errs.New(errs.Invalid, "step-when").Field(path+"after_days", "step-when")
		case b.AfterDays > 0:
			x.After, x.Unit = b.AfterDays, Days
		case b.AfterHours > 0:
			x.After, x.Unit = b.AfterHours, Hours
		}
		var err error
		if x.Due, err = s.ParseDue(ctx, who, web.Printer(ctx), path+"due_at", b.DueAt); err != nil {
			return nil, err
		}
		if x.From, err = s.ParseDue(ctx, who, web.Printer(ctx), path+"from_at", b.FromAt); err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// ruleOf reads a rule; what it leaves open follows from its first moment.
func ruleOf(b *RuleBody, loc *time.Location, first time.Time) (*Rule, error) {
	if b == nil {
		return nil, nil
	}
	local := first.In(loc)
	r := &Rule{Every: max(b.Every, 1), Unit: b.Unit, Day: b.Day, Nth: b.Nth, Minute: local.Hour()*60 + local.Minute(), Closed: b.Closed, Times: b.Times}
	for _, d := range b.Days {
		for i, name := range weekdays {
			if strings.EqualFold(d, name) {
				r.Days = append(r.Days, time.Weekday(i))
			}
		}
	}
	if len(r.Days) == 0 && (b.Unit == Weekly || b.Nth != 0) {
		r.Days = []time.Weekday{local.Weekday()}
	}
	if b.Unit == Monthly && b.Day == 0 && b.Nth == 0 {
		r.Day = local.Day()
	}
	if b.At != "" {
		at, err := time.Parse("15:04", b.At)
		if err != nil {
			return nil, errs.New(errs.Invalid, "rule-clock").Field("rule.at", "rule-clock")
		}
		r.Minute = at.Hour()*60 + at.Minute()
	}
	if b.Until != "" {
		var err error
		if r.Until, err = workcal.ParseDate(b.Until); err != nil {
			return nil, errs.New(errs.Invalid, "rule-until").Field("rule.until", "rule-until")
		}
	}
	return r, nil
}

func (s *Service) readSeries(ctx context.Context, who actor.Actor, b SeriesBody) (in MakeSeries, err error) {
	if in.First, err = s.Read(ctx, who, "first.", b.First); err != nil {
		return in, err
	}
	if in.Steps, err = s.steps(ctx, who, b.Steps); err != nil {
		return in, err
	}
	loc, err := s.zone(ctx, who)
	if err != nil {
		return in, err
	}
	in.Rule, err = ruleOf(b.Rule, loc, in.First.Due)
	return in, err
}

func (s *Service) zone(ctx context.Context, who actor.Actor) (loc *time.Location, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		loc = o.Calendar.Location()
		return err
	})
	return loc, err
}

// StepView is a step that is still to come.
type StepView struct {
	Step       int       `json:"step"`
	Kind       Kind      `json:"kind"`
	What       string    `json:"what"`
	Keeper     string    `json:"keeper_id"`
	FromAt     time.Time `json:"from_at,omitzero"`
	DueAt      time.Time `json:"due_at,omitzero"`
	AfterDays  int       `json:"after_days,omitempty"`
	AfterHours int       `json:"after_hours,omitempty"`
}

// SeriesView is a series as the API gives it.
type SeriesView struct {
	ID       string      `json:"id"`
	CaseID   string      `json:"case_id"`
	Sort     Sort        `json:"sort" enum:"steps,rule"`
	State    State       `json:"state" enum:"open,ended"`
	Step     int         `json:"step" doc:"Which one is promised now."`
	Past     []View      `json:"past" doc:"What came of the steps before it."`
	Now      *View       `json:"now,omitempty"`
	Steps    []StepView  `json:"steps" doc:"What comes after it."`
	Dates    []time.Time `json:"dates" doc:"Or when it comes again."`
	EndedAt  time.Time   `json:"ended_at,omitzero"`
	EndedHow string      `json:"ended_how,omitempty"`
	Why      string      `json:"why,omitempty"`
	Version  int         `json:"version"`
}

// SeriesViewOf is a series as the API gives it.
func SeriesViewOf(x Outline) SeriesView {
	v := SeriesView{ID: x.ID, CaseID: x.Case, Sort: x.Sort, State: x.State, Step: x.Position, Past: []View{}, Steps: []StepView{}, Dates: []time.Time{},
		EndedAt: x.EndedAt, EndedHow: x.EndedHow, Why: x.Why, Version: x.Version}
	for _, p := range x.Past {
		v.Past = append(v.Past, ViewOf(p))
	}
	if x.Now.ID != "" {
		now := ViewOf(x.Now)
		v.Now = &now
	}
	for _, y := range x.Steps {
		w := StepView{Step: y.Position, Kind: y.Kind, What: y.What, Keeper: y.Keeper, FromAt: y.From, DueAt: y.Due}
		if y.Unit == Hours {
			w.AfterHours = y.After
		} else {
			w.AfterDays = y.After
		}
		v.Steps = append(v.Steps, w)
	}
	for _, d := range x.Dates {
		v.Dates = append(v.Dates, d.Due)
	}
	return v
}

type oneSeries struct {
	ETag string `header:"ETag"`
	Body SeriesView
}

// seriesNowOf gives a series as it is after a command.
func (s *Service) seriesNowOf(ctx context.Context, id string) (*oneSeries, error) {
	x, err := s.GetSeries(ctx, web.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	web.Saw(ctx, "case", x.Case)
	return &oneSeries{web.ETag(int64(x.Version)), SeriesViewOf(x)}, nil
}

// SeriesPath is exported because huma fills exported embedded structs only.
type SeriesPath struct {
	ID string `path:"series_id" maxLength:"60"`
}

type operation func(id, method, path, summary string) huma.Operation

func (s *Service) apiSeries(api huma.API, op, command operation) {
	huma.Register(api, op("makeSeries", http.MethodPost, "/cases/{case_id}/series", "Make promises that follow one another in a case"),
		func(ctx context.Context, in *struct {
			Case string `path:"case_id" maxLength:"60"`
			Body SeriesBody
		}) (*oneSeries, error) {
			who := web.Actor(ctx)
			m, err := s.readSeries(ctx, who, in.Body)
			if err != nil {
				return nil, err
			}
			x, _, err := s.MakeSeries(ctx, who, in.Case, m)
			if err != nil {
				return nil, err
			}
			return s.seriesNowOf(ctx, x.ID)
		})
	huma.Register(api, command("previewSeries", http.MethodPost, "/series/preview", "All moments of a series, before it is made"),
		func(ctx context.Context, in *struct{ Body SeriesBody }) (*struct {
			Body struct {
				Dates []time.Time `json:"dates" doc:"After the first: of steps at a distance the latest moment."`
			}
		}, error) {
			who := web.Actor(ctx)
			m, err := s.readSeries(ctx, who, in.Body)
			if err != nil {
				return nil, err
			}
			list, err := s.PlanSeries(ctx, who, m)
			if err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Dates []time.Time `json:"dates" doc:"After the first: of steps at a distance the latest moment."`
				}
			}{}
			out.Body.Dates = make([]time.Time, len(list))
			for i, o := range list {
				out.Body.Dates[i] = o.Due
			}
			return out, nil
		})
	huma.Register(api, op("getSeries", http.MethodGet, "/series/{series_id}", "Get a series: what came of it, what is promised now, what comes after"),
		func(ctx context.Context, in *SeriesPath) (*oneSeries, error) { return s.seriesNowOf(ctx, in.ID) })
	huma.Register(api, op("listSeries", http.MethodGet, "/cases/{case_id}/series", "The series of a case"),
		func(ctx context.Context, in *struct {
			Case string `path:"case_id" maxLength:"60"`
		}) (*struct {
			Body struct {
				Items []SeriesView `json:"items"`
			}
		}, error) {
			who := web.Actor(ctx)
			list, err := s.SeriesOf(ctx, who, in.Case)
			if err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Items []SeriesView `json:"items"`
				}
			}{}
			out.Body.Items = make([]SeriesView, len(list))
			for i, x := range list {
				out.Body.Items[i] = SeriesViewOf(x)
			}
			web.Saw(ctx, "case", in.Case)
			return out, nil
		})
	huma.Register(api, command("changeSeries", http.MethodPost, "/series/{series_id}/change", "Change what lies ahead in a series, with the customer told"),
		func(ctx context.Context, in *struct {
			SeriesPath
			Body struct {
				Version int        `json:"version,omitempty"`
				Steps   []StepBody `json:"steps,omitempty" maxItems:"40" doc:"Instead of all later steps."`
				Rule    *RuleBody  `json:"rule,omitempty" doc:"Instead of the rule until now."`
				Spoken  bool       `json:"spoken,omitempty" doc:"The customer heard it just now; otherwise they are sent a message."`
			}
		}) (*oneSeries, error) {
			who := web.Actor(ctx)
			c := ChangeSeries{Version: in.Body.Version, Spoken: in.Body.Spoken}
			var err error
			if c.Steps, err = s.steps(ctx, who, in.Body.Steps); err != nil {
				return nil, err
			}
			x, err := s.GetSeries(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			loc, err := s.zone(ctx, who)
			if err != nil {
				return nil, err
			}
			if c.Rule, err = ruleOf(in.Body.Rule, loc, x.Now.Due); err != nil {
				return nil, err
			}
			if _, err := s.ChangeSeries(ctx, who, in.ID, c); err != nil {
				return nil, err
			}
			return s.seriesNowOf(ctx, in.ID)
		})
	huma.Register(api, command("stopSeries", http.MethodPost, "/series/{series_id}/stop", "End a series: what is promised now stands, nothing follows"),
		func(ctx context.Context, in *struct {
			SeriesPath
			Body struct {
				Version int    `json:"version,omitempty"`
				Why     string `json:"why" maxLength:"2000"`
				Spoken  bool   `json:"spoken,omitempty"`
			}
		}) (*oneSeries, error) {
			if _, err := s.StopSeries(ctx, web.Actor(ctx), in.ID, in.Body.Version, in.Body.Why, in.Body.Spoken); err != nil {
				return nil, err
			}
			return s.seriesNowOf(ctx, in.ID)
		})
}

// SeriesOf gives the series of a case.
func (s *Service) SeriesOf(ctx context.Context, who actor.Actor, caseID string) (out []Outline, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		out, err = Outlines(q, o, caseID)
		return err
	})
	return out, err
}
