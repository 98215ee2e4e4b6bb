package story

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/module"
)

// Instance is a private installation with a clock that only the story moves.
type Instance interface {
	// Handler serves the public API.
	Handler() http.Handler
	// Clock must stand at or before Story.Start.
	Clock() *clock.Sim
	// Settle works until jobs, sealer and followers have nothing left to do now.
	Settle(ctx context.Context) error
	// Next is the next moment at which something is due by itself; zero when nothing is.
	Next(ctx context.Context) (time.Time, error)
	// OpenAPI is the API's description, in JSON.
	OpenAPI() []byte
	// Installer is a bearer key that may make organisations.
	Installer() string
	// AdministratorKey is a bearer key of an organisation's administrator.
	AdministratorKey(ctx context.Context, organisation, member string) (string, error)
	// Arrived gives every e-mail that arrived, in order.
	Arrived() []mail.Message
	// Read looks at the store as it is.
	Read(ctx context.Context, fn func(q db.Q) error) error
	// Checks are those of all capabilities.
	Checks() []module.Check
}

// Options of a replay.
type Options struct {
	Bare     bool // the instance has its safeguards off
	Progress func(Entry)
}

// run is one replay.
type run struct {
	s    *Story
	in   Instance
	opt  Options
	api  *client
	ids  map[string]string // cast id, or customer@organisation → id
	keys map[string]string // staff or organisation → bearer key
	name map[string]string // id → name for the timeline
	org  map[string]string // organisation's id in the API → in the story

	saved  map[string]any
	tracks []*track
	minds  []*mind
	order  int

	last   time.Time // until when the story surely goes on
	acted  time.Time // when somebody last did something
	begun  time.Time // when the first customer gets in touch
	feed   int64     // facts read so far
	mails  int       // mails read so far
	told   map[string]bool
	broken []brokenPromise
	byID   map[string]bool // messages counted
	said   []map[string]string
	checks []Checked
	res    *Result
}

// track is a list of steps on its way: each begins when the one before is done.
type track struct {
	steps []*Step
	at    time.Time
	order int
	org   string // where the customer is asking; empty outside a reply
}

// Run plays a story. An error means that it could not be played at all; what
// the story expected in vain is in the result.
func Run(ctx context.Context, s *Story, in Instance, opt Options) (*Result, error) {
	if err := Validate(s, in.OpenAPI()); err != nil {
		return nil, err
	}
	sp, err := readSpec(in.OpenAPI())
	if err != nil {
		return nil, err
	}
	r := &run{s: s, in: in, opt: opt, api: &client{handler: in.Handler(), spec: sp},
		ids: map[string]string{}, keys: map[string]string{}, name: map[string]string{}, org: map[string]string{},
		saved: map[string]any{}, told: map[string]bool{}, byID: map[string]bool{},
		res: &Result{Story: s.Name, Source: s.Source, Title: s.Title, Summary: s.Summary, Bare: opt.Bare, Happened: s.Happened,
			Skipped: []Skip{}, Failures: []Failure{}, Houvast: Measured{Messages: map[string]int{}, Timeline: []Entry{}}}}
	r.res.Happened.Timeline = s.happened()
	if start := s.Start(); in.Clock().Now().After(start) {
		return nil, fmt.Errorf("the clock stands at %s, after the story begins at %s", local(in.Clock().Now(), s.Zone), local(start, s.Zone))
	}
	in.Clock().Set(s.Start())
	if err := in.Settle(ctx); err != nil {
		return nil, err
	}
	if err := r.cast(ctx); err != nil {
		return nil, fmt.Errorf("setting up the cast: %w", err)
	}
	r.prepare()
	if err := r.play(ctx); err != nil {
		return nil, err
	}
	return r.res, r.finish(ctx)
}

// prepare makes the tracks: one for each step with a moment of its own, with
// the steps that follow it.
func (r *run) prepare() {
	r.last, r.acted = r.s.End(), r.now()
	for _, st := range r.s.Steps {
		if st.At.IsZero() && len(r.tracks) > 0 {
			last := r.tracks[len(r.tracks)-1]
			last.steps = append(last.steps, st)
			continue
		}
		r.add(&track{steps: []*Step{st}, at: st.At.At(r.s.Zone, r.s.days)})
	}
	for _, c := range r.s.Callers {
		m := newMind(r, c)
		r.minds = append(r.minds, m)
		if at := c.Begins.At(r.s.Zone, r.s.days); r.begun.IsZero() || at.Before(r.begun) {
			r.begun = at
		}
	}
}

func (r *run) add(t *track) {
	r.order++
	t.order = r.order
	r.tracks = append(r.tracks, t)
}

// did notes that somebody did something: the story goes on.
func (r *run) did() {
	r.acted = r.now()
	if r.now().After(r.last) {
		r.last = r.now()
	}
}

func (r *run) now() time.Time { return r.in.Clock().Now() }

// horizon is how long a story goes on when nobody in it does anything any more:
// a customer who is told each day that it takes another day would wait for ever.
const horizon = 56 * 24 * time.Hour

// play goes from one event to the next until nothing is left.
func (r *run) play(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, m := r.nextTrack(), r.nextMind()
		var at time.Time
		switch {
		case t == nil && m == nil:
			return nil
		case m != nil && (t == nil || m.wake.at.Before(t.at)):
			t, at = nil, m.wake.at
			// A customer whom nobody answers any more does not make time pass.
			if len(r.tracks) == 0 && m.wake.kind == wakeContact && !m.answered() {
				m.end(r)
				continue
			}
		default:
			m, at = nil, t.at
		}
		if at.Sub(r.last) > horizon {
			for _, m := range r.minds {
				m.end(r)
			}
			return nil
		}
		arrived, err := r.moveTo(ctx, at)
		if err != nil {
			return err
		}
		if !arrived {
			continue // something happened on the way: look again who comes next
		}
		if m != nil {
			err = m.act(ctx, r)
		} else {
			err = r.step(ctx, t)
		}
		if err != nil {
			return err
		}
	}
}

func (r *run) nextTrack() (next *track) {
	for _, t := range r.tracks {
		if next == nil || t.at.Before(next.at) || t.at.Equal(next.at) && t.order < next.order {
			next = t
		}
	}
	return next
}

func (r *run) nextMind() (next *mind) {
	for _, m := range r.minds {
		if !m.wake.at.IsZero() && (next == nil || m.wake.at.Before(next.wake.at)) {
			next = m
		}
	}
	return next
}

// moveTo moves the clock to a moment, stopping wherever something is due by
// itself. It says false when that changed what anybody is going to do.
func (r *run) moveTo(ctx context.Context, at time.Time) (bool, error) {
	stuck := 0
	for {
		due, err := r.in.Next(ctx)
		if err != nil {
			return false, err
		}
		if due.IsZero() || due.After(at) {
			break
		}
		if !due.After(r.now()) {
			if stuck++; stuck > 3 {
				return false, fmt.Errorf("something has been due since %s and never gets done", local(due, r.s.Zone))
			}
			due = r.now()
		} else {
			stuck = 0
		}
		r.in.Clock().Set(due)
		changed, err := r.settle(ctx)
		if err != nil {
			return false, err
		}
		if changed {
			return false, nil
		}
	}
	if at.After(r.now()) {
		r.in.Clock().Set(at)
		changed, err := r.settle(ctx)
		if err != nil || changed {
			return false, err
		}
	}
	return true, nil
}

// settle lets the instance finish, and takes in what happened. It says whether
// anything did.
func (r *run) settle(ctx context.Context) (bool, error) {
	if err := r.in.Settle(ctx); err != nil {
		return false, fmt.Errorf("at %s: %w", local(r.now(), r.s.Zone), err)
	}
	changed := false
	if err := r.in.Read(ctx, func(q db.Q) error {
		n, err := r.harvest(q)
		changed = n > 0
		if err != nil || !changed {
			return err
		}
		for _, m := range r.minds {
			if err := m.look(q, r); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return false, err
	}
	return r.inbox() || changed, nil
}

// step plays the next step of a track.
func (r *run) step(ctx context.Context, t *track) error {
	st := t.steps[0]
	t.steps = t.steps[1:]
	instead, err := r.one(ctx, st, t.org)
	if err != nil {
		return fmt.Errorf("%s: %w", place(r.s.File, st.line), err)
	}
	t.steps = append(slices.Clone(instead), t.steps...)
	if len(t.steps) == 0 {
		r.tracks = slices.DeleteFunc(r.tracks, func(x *track) bool { return x == t })
		return nil
	}
	next := t.steps[0]
	if next.At.IsZero() {
		t.at = next.After.from(r.now(), r.s.Zone, r.calendarOf(next.As, t.org))
	} else {
		t.at = next.At.At(r.s.Zone, r.s.days)
	}
	if t.at.Before(r.now()) {
		t.at = r.now()
	}
	return nil
}

// calendarOf gives the hours of whoever acts; without any, plain days count.
func (r *run) calendarOf(w Who, asking string) workcal.Calendar {
	if o := r.s.organisation(r.at(w, asking)); o != nil {
		return o.Calendar
	}
	return workcal.Default(r.s.Zone.String())
}

// at is the organisation at which somebody acts.
func (r *run) at(w Who, asking string) string {
	switch {
	case w.Staff != "":
		return r.s.staff(w.Staff).org.ID
	case w.Organisation != "":
		return w.Organisation
	}
	return asking
}

// one plays one step and gives the steps that take its place.
func (r *run) one(ctx context.Context, st *Step, asking string) (instead []*Step, err error) {
	if st.Only == "bare" && !r.opt.Bare || st.Only == "guarded" && r.opt.Bare {
		return nil, nil
	}
	for _, name := range st.Needs {
		if _, ok := r.saved[name]; !ok {
			r.skip(st)
			return nil, nil
		}
	}
	for _, name := range st.Unless {
		if _, ok := r.saved[name]; ok {
			r.skip(st)
			return nil, nil
		}
	}
	r.res.Steps++
	r.did()
	var a answer
	if st.Call != "" {
		if a, err = r.perform(ctx, st, asking); err != nil {
			r.fail(st.line, st.Call, "a call that can be made", err.Error())
			return nil, nil
		}
	}
	stopped := st.StoppedBy != "" && !r.opt.Bare
	kind := EntrySaid
	if stopped && a.problem == st.StoppedBy {
		kind = EntryStopped
		r.res.Houvast.Stopped++
	}
	if st.Say != (Text{}) {
		r.entry(Entry{moment: r.now(), Actor: r.who(st.As), Text: st.Say, Kind: kind, Organisation: r.at(st.As, asking)})
	}
	if _, err := r.settle(ctx); err != nil {
		return nil, err
	}
	if st.Save != "" && a.ok() {
		r.saved[st.Save] = a.body
	}
	if st.Call != "" {
		instead = r.outcome(st, a, stopped)
	}
	if err := r.in.Read(ctx, func(q db.Q) error {
		if err := r.expect(q, st, a, asking); err != nil {
			return err
		}
		return r.check(q)
	}); err != nil {
		return nil, err
	}
	return instead, nil
}

// outcome compares an answer with what must come of the call as such.
func (r *run) outcome(st *Step, a answer, stopped bool) (instead []*Step) {
	switch {
	case stopped:
		r.res.Expectations++
		if a.problem != st.StoppedBy {
			r.fail(st.line, st.Call, "stopped by "+st.StoppedBy, a.String())
			return nil
		}
		return st.Instead
	case st.StoppedBy != "" || st.Expect == nil || st.Expect.Status == 0 && st.Expect.Problem == "":
		if !a.ok() {
			r.fail(st.line, st.Call, "a call that is accepted", a.String())
		}
	}
	return nil
}

func (r *run) skip(st *Step) {
	r.res.Skipped = append(r.res.Skipped, Skip{Line: st.line, Text: st.Say})
}

func (r *run) fail(line int, what, expected, got string) {
	r.res.Failed++
	r.res.Failures = append(r.res.Failures, Failure{Line: line, At: local(r.now(), r.s.Zone), What: what, Expected: expected, Got: got})
}

// perform does the call of a step.
func (r *run) perform(ctx context.Context, st *Step, asking string) (answer, error) {
	sc := r.scope(st.As, asking)
	with := map[string]any{}
	if st.With != nil {
		v, err := sc.value(st.With)
		if err != nil {
			return answer{}, err
		}
		with, _ = v.(map[string]any) // a mapping: checked when parsing
	}
	key, err := r.keyOf(ctx, st.As, asking)
	if err != nil {
		return answer{}, err
	}
	return r.api.call(ctx, key, st.Call, with)
}

func (r *run) scope(w Who, asking string) *scope {
	return &scope{story: r.s, now: r.now(), org: r.at(w, asking), cal: r.calendarOf(w, asking), ids: r.ids, saved: r.saved}
}

// who is the name of whoever acts.
func (r *run) who(w Who) string {
	switch {
	case w.Staff != "":
		return r.s.staff(w.Staff).Name
	case w.Customer != "":
		return r.s.customer(w.Customer).Name
	case w.Organisation != "":
		return r.s.organisation(w.Organisation).Name
	}
	return ""
}

func (r *run) entry(e Entry) {
	e.At = local(e.moment, r.s.Zone)
	r.res.Houvast.Timeline = append(r.res.Houvast.Timeline, e)
	if r.opt.Progress != nil {
		r.opt.Progress(e)
	}
}

// check runs all checks of all capabilities.
func (r *run) check(q db.Q) error {
	for i, c := range r.in.Checks() {
		if i == len(r.checks) {
			r.checks = append(r.checks, Checked{Invariant: c.Invariant, Name: c.Name, State: NotApplicable})
		}
		rows, bad, err := c.Run(q)
		if err != nil {
			return fmt.Errorf("check %q: %w", c.Name, err)
		}
		k := &r.checks[i]
		k.Rows = max(k.Rows, rows)
		if k.State == NotApplicable && rows > 0 {
			k.State = Held
		}
		for _, b := range bad {
			if k.State = Violated; !slices.Contains(k.Violations, b) {
				k.Violations = append(k.Violations, b)
			}
		}
	}
	return nil
}
