package insight

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Deps are what the service needs.
type Deps struct{ DB *db.DB }

// Service shows how customers fared.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Spans are the periods that can be asked for, in weeks.
var Spans = []int{4, 12, 52}

// Report is how customers fared in the last weeks, and in as many before them.
type Report struct {
	Org      org.Organisation
	Today    workcal.Date
	Weeks    []Week
	Now      map[Measure][]Count   // of the weeks
	Earlier  map[Measure][]Count   // of as many weeks before
	Overdue  int                   // cases of the weeks that wait for an answer longer than the settings say
	From, To string                // days, both included
	Advisor  []promise.Calibration // of the last nightly look; empty before the first
}

// Report gives the figures of the last weeks.
func (s *Service) Report(ctx context.Context, who actor.Actor, weeks int) (r Report, err error) {
	if err := auth.Require(who, auth.InsightRead); err != nil {
		return r, err
	}
	if !slices.Contains(Spans, weeks) {
		return r, errs.New(errs.Invalid, "insight-span").Field("weeks", "insight-span")
	}
	err = s.DB.Read(ctx, func(q db.Q) (err error) {
		r = Report{Now: map[Measure][]Count{}, Earlier: map[Measure][]Count{}}
		if r.Org, err = org.ByID(q, who.Org); err != nil {
			return err
		}
		loc := r.Org.Calendar.Location()
		r.Today = workcal.DateOf(q.Now(), loc)
		r.Weeks = Weeks(r.Today, weeks)
		first := r.Weeks[0].From
		r.From, r.To = first.String(), r.Weeks[weeks-1].From.AddDays(6).String()
		for _, m := range Measures {
			if r.Now[m], err = countsOf(q, who.Org, m, r.From, r.To); err != nil {
				return err
			}
			if r.Earlier[m], err = countsOf(q, who.Org, m, first.AddDays(-7*weeks).String(), first.AddDays(-1).String()); err != nil {
				return err
			}
		}
		if r.Advisor, err = promise.CalibrationOf(q, who.Org); err != nil {
			return err
		}
		limit := r.Org.Calendar.Add(q.Now(), -time.Duration(r.Org.Settings.AnswerHours)*time.Hour)
		if limit.IsZero() {
			return nil // never open: no working time passes
		}
		n, err := overdue(q, who.Org, startOf(first, loc), limit, 1000)
		r.Overdue = int(n)
		return err
	})
	return r, err
}

// Tally is a measure over the whole period. Cases that wait too long are late.
func (r Report) Tally(m Measure) Tally {
	t := Sum(r.Now[m], m, nil)
	if m == Answered {
		t[Late] += r.Overdue
		t[Waiting] -= min(r.Overdue, t[Waiting])
	}
	return t
}

// Behind asks for the cases behind a number.
type Behind struct {
	Measure  Measure
	Outcome  string
	From, To string // days, both included; empty: the last year, up to today
	Cursor   string
	Limit    int
}

// CaseBehind is a case behind a number.
type CaseBehind struct {
	ID       string    `json:"id" doc:"The promise or case that was counted"`
	Case     string    `json:"case_id"`
	Ref      string    `json:"reference"`
	Question string    `json:"subject"`
	Owner    string    `json:"owner_id"`
	Part     string    `json:"part" doc:"Kind of promise, or channel of the question"`
	Outcome  string    `json:"outcome"`
	At       time.Time `json:"at"`
	Open     bool      `json:"open"`
}

// Behind gives the cases behind a number, newest first.
func (s *Service) Behind(ctx context.Context, who actor.Actor, in Behind) (p page.Page[CaseBehind], err error) {
	if err := auth.Require(who, auth.InsightRead); err != nil {
		return p, err
	}
	if !in.Measure.Valid(in.Outcome) {
		return p, errs.New(errs.NotFound, "insight-unknown")
	}
	key, err := page.Parse(in.Cursor, 2)
	if err != nil {
		return p, err
	}
	limit := page.Size(in.Limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		if err != nil {
			return err
		}
		from, before, err := period(in, o.Calendar.Location(), q.Now())
		if err != nil {
			return err
		}
		id := ""
		if key != nil {
			if before, err = time.Parse(time.RFC3339Nano, key[0]); err != nil {
				return errs.New(errs.Malformed, "bad-cursor").Wrap(err)
			}
			id = key[1]
		}
		list, err := behind(q, who.Org, in.Measure, in.Outcome, from, before, id, limit+1)
		if err != nil {
			return err
		}
		ids := make([]string, len(list))
		for i, x := range list {
			ids[i] = x.Case
		}
		cases, err := casefile.ByIDs(q, who.Org, ids)
		if err != nil {
			return err
		}
		rows := make([]CaseBehind, len(list))
		for i, x := range list {
			c := cases[x.Case]
			rows[i] = CaseBehind{ID: x.Subject, Case: x.Case, Ref: c.Ref(), Question: c.Subject, Owner: c.Owner, Part: x.Part, Outcome: x.Outcome,
				At: x.At, Open: !c.Closed()}
		}
		p = page.Of(rows, limit, func(r CaseBehind) []string { return []string{r.At.Format(time.RFC3339Nano), r.ID} })
		return nil
	})
	return p, err
}

// period reads the days of a question into moments.
func period(in Behind, loc *time.Location, now time.Time) (from, before time.Time, err error) {
	first, last := workcal.DateOf(now, loc).AddDays(-365), workcal.DateOf(now, loc)
	for _, d := range []struct {
		text string
		to   *workcal.Date
		name string
	}{{in.From, &first, "from"}, {in.To, &last, "to"}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = workcal.ParseDate(d.text); err != nil {
			return from, before, errs.New(errs.Invalid, "day-unreadable").Field(d.name, "day-unreadable").Wrap(err)
		}
	}
	return startOf(first, loc), startOf(last.AddDays(1), loc), nil
}

func startOf(d workcal.Date, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}
