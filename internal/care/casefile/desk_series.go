package casefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// deskSteps is how many steps a form reads: one more than fit, so that too many
// are refused with a sentence.
const deskSteps = 21

// seriesInput is a series as it is typed on the desk.
type seriesInput struct {
	Version  int      `form:"version"`
	Sort     string   `form:"sort"`
	Every    int      `form:"every"`
	RuleUnit string   `form:"rule_unit"`
	Days     []string `form:"days"`
	Day      int      `form:"day"`
	Nth      int      `form:"nth"`
	At       string   `form:"at"`
	Closed   string   `form:"closed"`
	Until    string   `form:"until"`
	Times    int      `form:"times"`
	promiseInput
	steps []stepInput
}

// stepInput is one step as it is typed.
type stepInput struct{ What, Kind, After, Unit, When, From, Keeper string }

// readSteps reads the numbered steps of a form, and does with them what a button
// asked for.
func readSteps(c *web.Ctx, do string) (out []stepInput) {
	field := func(name string, n int) string {
		return strings.TrimSpace(c.Request().PostFormValue(fmt.Sprintf("step_%s_%d", name, n)))
	}
	for n := range deskSteps {
		if _, there := c.Request().PostForm[fmt.Sprintf("step_what_%d", n)]; !there {
			break
		}
		out = append(out, stepInput{field("what", n), field("kind", n), field("after", n), field("unit", n), field("when", n), field("from", n), field("keeper", n)})
	}
	verb, at, _ := strings.Cut(do, "-")
	n, err := strconv.Atoi(at)
	switch {
	case do == "add" && len(out) < deskSteps-2:
		out = append(out, stepInput{Unit: string(promise.Days)})
	case verb == "remove" && err == nil && n >= 0 && n < len(out):
		out = slices.Delete(out, n, n+1)
	case verb == "up" && err == nil && n > 0 && n < len(out):
		out[n-1], out[n] = out[n], out[n-1]
	}
	return out
}

// shapes says whether a button only changes the form.
func shapes(do string) bool {
	verb, _, _ := strings.Cut(do, "-")
	return oneOf(verb, "sort", "add", "remove", "up", "more") != ""
}

// seriesSteps reads typed steps; everything that is wrong is said at once.
func (s *Service) seriesSteps(c *web.Ctx, list []stepInput) ([]promise.SeriesStep, error) {
	var ck errs.Checks
	out := make([]promise.SeriesStep, len(list))
	for i, in := range list {
		path := fmt.Sprintf("steps.%d.", i)
		x := promise.SeriesStep{What: in.What, Kind: promise.Kind(in.Kind), Keeper: in.Keeper}
		if in.After != "" {
			n, err := strconv.Atoi(in.After)
			ck.Must(err == nil && n > 0, path+"after", "step-after")
			x.After, x.Unit = n, promise.AfterUnit(in.Unit)
		}
		for name, at := range map[string]*time.Time{"due_at": &x.Due, "from_at": &x.From} {
			typed := in.When
			if name == "from_at" {
				typed = in.From
			}
			var err error
			if *at, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, path+name, typed); err != nil {
				e, ok := errs.As(err)
				if !ok {
					return nil, err
				}
				for _, f := range e.Fields {
					ck.Add(f)
				}
			}
		}
		out[i] = x
	}
	return out, ck.Err()
}

// seriesRule reads a typed rule; what it leaves open follows from a moment.
func (s *Service) seriesRule(c *web.Ctx, o org.Organisation, in seriesInput, first time.Time) (*promise.Rule, error) {
	local := first.In(o.Calendar.Location())
	r := &promise.Rule{Every: max(in.Every, 1), Unit: promise.Unit(in.RuleUnit), Day: in.Day, Nth: in.Nth, Times: in.Times,
		Minute: local.Hour()*60 + local.Minute(), Closed: promise.OnClosed(in.Closed)}
	for _, d := range in.Days {
		if n, err := strconv.Atoi(d); err == nil {
			r.Days = append(r.Days, time.Weekday(n))
		}
	}
	if len(r.Days) == 0 {
		r.Days = []time.Weekday{local.Weekday()}
	}
	if r.Unit == promise.Monthly {
		r.Days = r.Days[:1]
		if r.Day == 0 {
			r.Day = local.Day()
		}
	}
	if in.At != "" {
		at, err := time.Parse("15:04", strings.Replace(in.At, ".", ":", 1))
		if err != nil {
			return nil, errs.New(errs.Invalid, "rule-clock").Field("at", "rule-clock")
		}
		r.Minute = at.Hour()*60 + at.Minute()
	}
	if in.Until == "" {
		return r, nil
	}
	day, err := workcal.ParseDate(in.Until)
	if err != nil { // as people say it, with a time that does not count
		at, perr := s.Promises.ParseDue(c.Context(), c.Actor, c.P, "until", in.Until+" 12:00")
		if perr != nil {
			return nil, errs.New(errs.Invalid, "rule-until").Field("until", "rule-until")
		}
		day = workcal.DateOf(at, o.Calendar.Location())
	}
	r.Until = day
	return r, nil
}

// readSeries reads a whole series as typed.
func (s *Service) readSeries(c *web.Ctx, d dossier, in seriesInput) (m promise.MakeSeries, err error) {
	if m.First, err = s.readPromise(c, d.org, in.promiseInput); err != nil {
		return m, err
	}
	if in.Sort == string(promise.ByRule) {
		m.Rule, err = s.seriesRule(c, d.org, in, m.First.Due)
		return m, err
	}
	m.Steps, err = s.seriesSteps(c, in.steps)
	return m, err
}

// seriesNames are the fields of a series as the form names them.
func seriesNames() map[string]string {
	out := map[string]string{"unit": "rule_unit", "rule": "sort", "steps": "sort"}
	for k, v := range promiseNames {
		out[k] = v
	}
	for n := range deskSteps {
		for from, to := range map[string]string{"what": "what", "kind": "kind", "after": "after", "unit": "unit", "due_at": "when", "from_at": "from"} {
			out[fmt.Sprintf("steps.%d.%s", n, from)] = fmt.Sprintf("step_%s_%d", to, n)
		}
	}
	return out
}

// stepForms draws typed steps.
func (s *Service) stepForms(c *web.Ctx, members []org.Member, list []stepInput) (out []html.StepForm) {
	words := c.P
	for n, x := range list {
		f := html.StepForm{N: strconv.Itoa(n), Legend: words.T("desk.series.step", "N", n+2), What: x.What, When: x.When, From: x.From, After: x.After,
			Kinds: options(words, "promise.kind.", deskKinds, x.Kind), Units: options(words, "desk.series.unit-", []string{string(promise.Days), string(promise.Hours)}, x.Unit),
			Keepers: []ui.Option{{Label: words.T("desk.series.same-keeper"), Selected: x.Keeper == ""}}}
		for _, m := range members {
			f.Keepers = append(f.Keepers, ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == x.Keeper})
		}
		out = append(out, f)
	}
	return out
}

func ruleForm(c *web.Ctx, in seriesInput) *html.RuleForm {
	words := c.P
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	f := &html.RuleForm{Every: strconv.Itoa(max(in.Every, 1)), Day: number(in.Day), At: in.At, Until: in.Until, Times: number(in.Times)}
	unit := in.RuleUnit
	if unit == "" {
		unit = string(promise.Weekly)
	}
	f.Units = options(words, "desk.series.unit-of-", []string{string(promise.Daily), string(promise.Weekly), string(promise.Monthly)}, unit)
	for _, d := range []int{1, 2, 3, 4, 5, 6, 0} {
		v := strconv.Itoa(d)
		f.Days = append(f.Days, ui.Option{Value: v, Label: words.T("weekday." + v), Selected: slices.Contains(in.Days, v)})
	}
	f.Nths = []ui.Option{{Value: "0", Label: words.T("desk.series.no-nth"), Selected: in.Nth == 0}}
	for _, n := range []int{1, 2, 3, 4} {
		f.Nths = append(f.Nths, ui.Option{Value: strconv.Itoa(n), Label: words.T("promise.nth." + strconv.Itoa(n)), Selected: in.Nth == n})
	}
	f.Nths = append(f.Nths, ui.Option{Value: "-1", Label: words.T("promise.nth.last"), Selected: in.Nth == -1})
	f.Closed = options(words, "desk.series.closed-", []string{string(promise.Earlier), string(promise.Later), string(promise.Left)}, in.Closed)
	return f
}

// dates are the moments of a series, for the preview.
func dates(c *web.Ctx, steps []promise.SeriesStep, list []promise.Occurrence) (out []ui.DoneView) {
	for i, o := range list {
		v := ui.DoneView{Icon: "clock", Text: c.P.MomentLong(o.Due)}
		if i < len(steps) {
			v.Text = stepWords(c.P, steps[i])
			if steps[i].Due.IsZero() {
				v.When = c.P.T("desk.series.at-latest", "Due", o.Due)
			}
		}
		out = append(out, v)
	}
	return out
}

func (s *Service) keepers(c *web.Ctx, orgID string) (out []org.Member, err error) {
	err = s.DB.Read(c.Context(), func(q db.Q) (err error) { out, err = org.Active(q, orgID, 200); return err })
	return out, err
}

// seriesState is what a form about a series is shown again with.
type seriesState struct {
	dates   []ui.DoneView
	preview *ui.PreviewView
	problem string
	errors  ui.Errors
	status  int
}

func (s *Service) showSeries(c *web.Ctx, d dossier, in seriesInput, typed bool, st seriesState) error {
	members, err := s.keepers(c, d.c.Org)
	if err != nil {
		return err
	}
	page := html.SeriesPage{Problem: st.problem, Errors: st.errors, Customer: d.customer(c.P, c.Now()),
		Head: ui.PageHeadView{Eyebrow: c.P.T("desk.case.ref", "Ref", d.c.Ref()), Title: c.P.T("desk.series.new"), Sub: d.c.Subject}}
	var first *promiseInput
	if typed {
		first = &in.promiseInput
	}
	fields, err := s.promiseFields(c, d.c.ID, d.asker, first, st.errors)
	if err != nil {
		return err
	}
	f := html.SeriesForm{Action: caseHref(d.c) + "/series", Back: caseHref(d.c), Fields: &fields, Dates: st.dates, Preview: st.preview, Do: c.P.T("desk.series.make")}
	rule := in.Sort == string(promise.ByRule)
	f.Sorts = []ui.Option{{Value: string(promise.InSteps), Label: c.P.T("desk.series.in-steps"), Note: c.P.T("desk.series.in-steps-note"), Selected: !rule},
		{Value: string(promise.ByRule), Label: c.P.T("desk.series.by-rule"), Note: c.P.T("desk.series.by-rule-note"), Selected: rule}}
	if rule {
		f.Rule = ruleForm(c, in)
	} else {
		if len(in.steps) == 0 {
			in.steps = []stepInput{{Unit: string(promise.Days)}}
		}
		f.Steps, f.More = s.stepForms(c, members, in.steps), len(in.steps) < deskSteps-2
	}
	page.Form = f
	return c.Page(web.Page{Title: page.Head.Title, Nav: "cases", Failed: st.status >= 400, Status: st.status, Body: html.Series(page)})
}

// deskSeriesPage is the empty form; ?sort=rule begins with what repeats.
func (s *Service) deskSeriesPage(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	c.Saw("case", d.c.ID)
	return s.showSeries(c, d, seriesInput{Sort: c.Query("sort")}, false, seriesState{})
}

// deskSeries makes a series, or shapes its form.
func (s *Service) deskSeries(c *web.Ctx) error {
	d, err := s.found(c)
	if err != nil {
		return err
	}
	c.Saw("case", d.c.ID)
	var in seriesInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	in.steps = readSteps(c, in.Do)
	if shapes(in.Do) {
		return s.showSeries(c, d, in, true, seriesState{})
	}
	m, err := s.readSeries(c, d, in)
	if err == nil && in.Do == "preview" {
		var list []promise.Occurrence
		if list, err = s.Promises.PlanSeries(c.Context(), c.Actor, m); err == nil {
			st := seriesState{dates: dates(c, m.Steps, list)}
			if st.preview, err = s.reads(c, d.org, d.asker, &d.c, m.First, "promise-made", nil); err != nil {
				return err
			}
			return s.showSeries(c, d, in, true, st)
		}
	}
	if err == nil {
		_, _, err = s.Promises.MakeSeries(c.Context(), c.Actor, d.c.ID, m)
	}
	if err != nil {
		var st seriesState
		var rest error
		if st.problem, st.errors, st.status, rest = ui.Refusal(c, err, seriesNames()); rest != nil {
			return rest
		}
		return s.showSeries(c, d, in, true, st)
	}
	c.Toast("desk.series.made", "Due", m.First.Due)
	return c.Redirect(caseHref(d.c) + "#series")
}

// series gives the series of the address, of the case of the address.
func (s *Service) series(c *web.Ctx) (d dossier, x promise.Outline, err error) {
	if d, err = s.found(c); err != nil {
		return d, x, err
	}
	if x, err = s.Promises.GetSeries(c.Context(), c.Actor, c.Path("series")); err != nil {
		return d, x, err
	}
	if x.Case != d.c.ID {
		return d, x, errs.New(errs.NotFound, "series-not-found")
	}
	c.Saw("case", d.c.ID)
	return d, x, nil
}

// asTyped is what lies ahead in a series, as a form shows it to be changed.
func asTyped(c *web.Ctx, x promise.Outline) (in seriesInput) {
	in.Version, in.Sort, in.Told = x.Version, string(x.Sort), "spoken"
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(c.P.Loc()).Format(time.RFC3339)
	}
	for _, y := range x.Steps {
		step := stepInput{What: y.What, Kind: string(y.Kind), Unit: string(y.Unit), When: stamp(y.Due), From: stamp(y.From), Keeper: y.Keeper}
		if y.After > 0 {
			step.After = strconv.Itoa(y.After)
		}
		in.steps = append(in.steps, step)
	}
	if x.Sort == promise.ByRule {
		r := x.Rule
		in.Every, in.RuleUnit, in.Nth, in.Closed, in.Until = r.Every, string(r.Unit), r.Nth, string(r.Closed), r.Until.String()
		in.At = fmt.Sprintf("%02d:%02d", r.Minute/60, r.Minute%60)
		if r.Nth == 0 {
			in.Day = r.Day
		}
		for _, day := range r.Days {
			in.Days = append(in.Days, strconv.Itoa(int(day)))
		}
	}
	return in
}

func (s *Service) showChange(c *web.Ctx, d dossier, x promise.Outline, in seriesInput, stop html.StopForm, st seriesState) error {
	members, err := s.keepers(c, d.c.Org)
	if err != nil {
		return err
	}
	href := caseHref(d.c) + "/series/" + x.ID
	page := html.SeriesPage{Problem: st.problem, Errors: st.errors, Customer: d.customer(c.P, c.Now()),
		Head: ui.PageHeadView{Eyebrow: c.P.T("desk.case.ref", "Ref", d.c.Ref()), Title: c.P.T("desk.series.change"), Sub: d.c.Subject}}
	named := map[string]string{}
	for _, m := range members {
		named[m.ID] = m.Name
	}
	page.Lines = seriesLines(c.P, x, func(p promise.Promise) string { return named[p.Keeper] })
	f := html.SeriesForm{Action: href, Back: caseHref(d.c), Version: version(in.Version), Dates: st.dates, Told: in.Told, Who: firstName(d.asker.Person),
		ToldNote: toldNote(c.P, d.asker, c.Now()), Do: c.P.T("desk.series.change-do")}
	if x.Sort == promise.ByRule {
		f.Rule = ruleForm(c, in)
	} else {
		f.Steps, f.More = s.stepForms(c, members, in.steps), x.Position+len(in.steps) < deskSteps-1
		for i := range f.Steps {
			f.Steps[i].Legend = c.P.T("desk.series.step", "N", x.Position+i+1)
		}
	}
	page.Form = f
	stop.Action, stop.Version, stop.Who = href+"/stop", version(in.Version), f.Who
	page.Stop = &stop
	return c.Page(web.Page{Title: page.Head.Title, Nav: "cases", Failed: st.status >= 400, Status: st.status, Body: html.Series(page)})
}

// deskChangePage shows what lies ahead in a series, to be changed.
func (s *Service) deskChangePage(c *web.Ctx) error {
	d, x, err := s.series(c)
	if err != nil {
		return err
	}
	if x.State != promise.Open {
		c.Toast("desk.series.ended")
		return c.Redirect(caseHref(d.c))
	}
	return s.showChange(c, d, x, asTyped(c, x), html.StopForm{Spoken: true}, seriesState{})
}

// deskChange changes what lies ahead.
func (s *Service) deskChange(c *web.Ctx) error {
	d, x, err := s.series(c)
	if err != nil {
		return err
	}
	var in seriesInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	in.steps = readSteps(c, in.Do)
	if shapes(in.Do) {
		return s.showChange(c, d, x, in, html.StopForm{Spoken: true}, seriesState{})
	}
	change := promise.ChangeSeries{Version: in.Version, Spoken: in.Told == "spoken"}
	if x.Sort == promise.ByRule {
		change.Rule, err = s.seriesRule(c, d.org, in, x.Now.Due)
	} else {
		change.Steps, err = s.seriesSteps(c, in.steps)
	}
	if err == nil && in.Do == "preview" {
		var list []promise.Occurrence
		if list, err = s.Promises.PlanChange(c.Context(), c.Actor, x.ID, change); err == nil {
			return s.showChange(c, d, x, in, html.StopForm{Spoken: true}, seriesState{dates: dates(c, change.Steps, list)})
		}
	}
	if err == nil {
		_, err = s.Promises.ChangeSeries(c.Context(), c.Actor, x.ID, change)
	}
	if err != nil {
		return s.changeAgain(c, d, x, in, html.StopForm{Spoken: true}, err)
	}
	c.Toast("desk.series.changed")
	return c.Redirect(caseHref(d.c) + "#series")
}

// changeAgain shows the page with what was typed; after a change by somebody else
// the next attempt knows the series as it is now.
func (s *Service) changeAgain(c *web.Ctx, d dossier, x promise.Outline, in seriesInput, stop html.StopForm, err error) error {
	var st seriesState
	var rest error
	if st.problem, st.errors, st.status, rest = ui.Refusal(c, err, seriesNames()); rest != nil {
		return rest
	}
	if errs.ClassOf(err) == errs.Stale {
		in.Version = x.Version
	}
	return s.showChange(c, d, x, in, stop, st)
}

// deskStop ends a series.
func (s *Service) deskStop(c *web.Ctx) error {
	d, x, err := s.series(c)
	if err != nil {
		return err
	}
	var in struct {
		Version int    `form:"version"`
		Why     string `form:"why"`
		Spoken  bool   `form:"spoken"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.Promises.StopSeries(c.Context(), c.Actor, x.ID, in.Version, in.Why, in.Spoken); err != nil {
		return s.changeAgain(c, d, x, asTyped(c, x), html.StopForm{Why: in.Why, Spoken: in.Spoken}, err)
	}
	c.Toast("desk.series.stopped")
	return c.Redirect(caseHref(d.c))
}
