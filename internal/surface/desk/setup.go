package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

// setupKey is where the browser's session keeps what was filled in so far, so
// that somebody can stop and come back. The password is never in it.
const setupKey = "setup"

// draft is what was filled in so far.
type draft struct {
	Allowed  bool      `json:"allowed"` // the code was right
	Done     int       `json:"done"`    // steps that were accepted
	Name     string    `json:"name" form:"name"`
	Kind     string    `json:"kind" form:"kind"`
	Phone    string    `json:"phone" form:"phone"`
	Zone     string    `json:"zone" form:"zone"`
	Language string    `json:"language" form:"language"`
	Days     [7]string `json:"days"` // by time.Weekday, as typed
	Holidays []string  `json:"holidays"`
}

// The steps of set-up.
const (
	stepOrganisation = 1
	stepHours        = 2
	stepMail         = 3
	stepAccount      = 4
)

var (
	kinds = []string{"practice", "hospital", "firm"}
	// The week as people read it.
	week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
	// Zones that are suggested; any IANA name is accepted.
	zones = []string{"Europe/Amsterdam", "Europe/Brussels", "Europe/Berlin", "Europe/Paris", "Europe/London", "America/Curacao", "America/Paramaribo"}
)

func newDraft(language string) draft {
	def := workcal.Default("")
	f := draft{Kind: kinds[0], Zone: def.Zone, Language: language, Holidays: def.Holidays}
	for d, hours := range def.Week {
		f.Days[d] = workcal.FormatHours(hours)
	}
	return f
}

func (d *Desk) mountSetup(m *web.Mux) {
	m.Get(SetUp, d.setupPage)
	m.Post("/setup/code", d.setupCode)
	m.Post("/setup/organisation", d.during(d.setupOrganisation))
	m.Post("/setup/hours", d.during(d.setupHours))
	m.Post("/setup/mail", d.during(d.setupMail))
	m.Post("/setup/account", d.during(d.setupAccount))
}

func (d *Desk) keep(ctx context.Context, f draft) error {
	b, err := json.Marshal(f)
	if err == nil {
		d.Auth.Put(ctx, setupKey, string(b))
	}
	return err
}

func (d *Desk) kept(c *web.Ctx) draft {
	f := newDraft(c.P.Lang())
	if s := d.Auth.Pop(c.Context(), setupKey); s != "" {
		if json.Unmarshal([]byte(s), &f) != nil { // of an older version
			f = newDraft(c.P.Lang())
		}
		d.Auth.Put(c.Context(), setupKey, s)
	}
	return f
}

// open says whether set-up is still to be done.
func (d *Desk) open(c *web.Ctx) error {
	needed, err := d.Setup.Needed(c.Context())
	if err == nil && !needed {
		err = web.RedirectTo("/")
	}
	return err
}

// during guards a step: nothing is set up twice, and only with the code.
func (d *Desk) during(step func(*web.Ctx, draft) error) web.Handler {
	return func(c *web.Ctx) error {
		if err := d.open(c); err != nil {
			return err
		}
		f := d.kept(c)
		if !f.Allowed {
			return web.RedirectTo(SetUp)
		}
		return step(c, f)
	}
}

func (d *Desk) setupPage(c *web.Ctx) error {
	if err := d.open(c); err != nil {
		return err
	}
	f := d.kept(c)
	if code := c.Query("code"); code != "" && !f.Allowed {
		if !d.Setup.Code(code) {
			return d.showCode(c, true)
		}
		f.Allowed = true
		if err := d.keep(c.Context(), f); err != nil {
			return err
		}
		return c.Redirect(SetUp) // the code does not stay in the address
	}
	if !f.Allowed {
		return d.showCode(c, false)
	}
	step := f.Done + 1
	switch c.Query("step") {
	case "organisation":
		step = stepOrganisation
	case "hours":
		step = stepHours
	case "mail":
		step = stepMail
	case "account":
		step = stepAccount
	}
	return d.showSetup(c, f, setupState{step: min(step, stepAccount)})
}

func (d *Desk) showCode(c *web.Ctx, wrong bool) error {
	v := html.CodeView{}
	if wrong {
		v.Errors = ui.Errors{{Field: "code", Message: c.P.T("desk.setup.code-wrong")}}
	}
	return c.Page(web.Page{Title: c.P.T("desk.setup.title"), Class: "setup", Failed: wrong, Body: html.SetupCode(v)})
}

func (d *Desk) setupCode(c *web.Ctx) error {
	if err := d.open(c); err != nil {
		return err
	}
	var in struct {
		Code string `form:"code"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if !d.Setup.Code(in.Code) {
		return d.showCode(c, true)
	}
	f := d.kept(c)
	f.Allowed = true
	if err := d.keep(c.Context(), f); err != nil {
		return err
	}
	return c.Redirect(SetUp)
}

func (d *Desk) setupOrganisation(c *web.Ctx, f draft) error {
	if err := c.Decode(&f); err != nil {
		return err
	}
	var ck errs.Checks
	ck.Must(f.Name != "", "name", "setup-name-missing")
	ck.Must(len(f.Name) <= 200, "name", "setup-too-long")
	ck.Must(len(f.Phone) <= 40, "phone", "setup-too-long")
	ck.Must(slices.Contains(kinds, f.Kind), "kind", "setup-kind-missing")
	ck.Must(f.Language == lang.Dutch || f.Language == lang.English, "language", "setup-language-missing")
	ck.Must(workcal.Calendar{Zone: f.Zone}.Validate() == nil, "zone", "zone-unknown")
	if err := ck.Err(); err != nil {
		return d.showSetup(c, f, setupState{step: stepOrganisation, errors: ui.ErrorsOf(c.P, err)})
	}
	return d.accepted(c, f, stepOrganisation)
}

func (d *Desk) accepted(c *web.Ctx, f draft, step int) error {
	f.Done = max(f.Done, step)
	if err := d.keep(c.Context(), f); err != nil {
		return err
	}
	return c.Redirect(SetUp)
}

func dayField(d time.Weekday) string { return fmt.Sprintf("day-%d", d) }

// calendar reads the hours as typed. Errors name the fields of the form.
func (f draft) calendar() (workcal.Calendar, error) {
	cal := workcal.Calendar{Zone: f.Zone, Holidays: f.Holidays}
	var ck errs.Checks
	open := false
	for _, d := range week {
		hours, err := workcal.ParseHours(f.Days[d])
		if e, ok := errs.As(err); ok {
			ck.Add(errs.Field{Path: dayField(d), Type: e.Type, Params: e.Params})
		}
		cal.Week[d] = hours
		open = open || len(hours) > 0
	}
	if err := ck.Err(); err != nil {
		return cal, err
	}
	ck.Must(open, dayField(time.Monday), "setup-never-open")
	return cal, ck.Err()
}

func (d *Desk) setupHours(c *web.Ctx, f draft) error {
	var in struct {
		Do       string   `form:"do"`
		Holidays []string `form:"holidays"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	f.Holidays = nil
	for _, k := range workcal.HolidayKeys() {
		if slices.Contains(in.Holidays, k) {
			f.Holidays = append(f.Holidays, k)
		}
	}
	for _, day := range week {
		if s := strings.TrimSpace(c.Request().PostFormValue(dayField(day))); len(s) <= 200 {
			f.Days[day] = s
		}
	}
	if in.Do == "same" {
		for _, day := range week[1:5] {
			f.Days[day] = f.Days[time.Monday]
		}
	}
	cal, err := f.calendar()
	if err != nil {
		return d.showSetup(c, f, setupState{step: stepHours, errors: ui.ErrorsOf(c.P, err)})
	}
	for day := range f.Days { // as we read it
		f.Days[day] = workcal.FormatHours(cal.Week[day])
	}
	if in.Do != "save" {
		if err := d.keep(c.Context(), f); err != nil {
			return err
		}
		return d.showSetup(c, f, setupState{step: stepHours})
	}
	return d.accepted(c, f, stepHours)
}

// setupMail tries the mail server; going on needs no mail.
func (d *Desk) setupMail(c *web.Ctx, f draft) error {
	var in struct {
		Do string `form:"do"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Do == "check" && d.Mail != nil {
		return d.showSetup(c, f, setupState{step: stepMail, checks: d.Mail.Check(c.Context())})
	}
	return d.accepted(c, f, stepMail)
}

func (d *Desk) setupAccount(c *web.Ctx, f draft) error {
	var in struct {
		Name  string `form:"admin_name"`
		Email string `form:"email"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	st := setupState{step: stepAccount, adminName: in.Name, email: in.Email}
	password := c.Request().PostFormValue("password")
	var ck errs.Checks
	ck.Must(f.Done >= stepOrganisation, "name", "setup-organisation-first")
	ck.Must(in.Name != "", "admin_name", "account-name-missing")
	ck.Must(in.Email != "", "email", "setup-email-missing")
	ck.Must(password == c.Request().PostFormValue("again"), "again", "passwords-differ")
	cal, calErr := f.calendar()
	ck.Must(calErr == nil, dayField(time.Monday), "setup-hours-first")
	err := ck.Err()
	if err == nil {
		err = d.Setup.Finish(c.Context(), First{Name: f.Name, Kind: f.Kind, Phone: f.Phone, Language: f.Language, Calendar: cal,
			AdminName: in.Name, Email: in.Email, Password: password, AdminLanguage: c.P.Lang()})
	}
	if err != nil {
		if st.errors = ui.ErrorsOf(c.P, err); len(st.errors) == 0 {
			return err
		}
		for i, e := range st.errors {
			if e.Field == "name" && f.Done >= stepOrganisation {
				st.errors[i].Field = "admin_name"
			}
		}
		return d.showSetup(c, f, st)
	}
	d.Auth.Pop(c.Context(), setupKey)
	if _, err := d.Auth.SignIn(c.Context(), in.Email, password); err != nil {
		return err
	}
	c.Toast("desk.setup.finished", "Name", f.Name)
	return c.Redirect(Home)
}

// setupState is what one request adds to the draft.
type setupState struct {
	step             int
	errors           ui.Errors
	adminName, email string
	checks           []mail.CheckResult
}

func (d *Desk) showSetup(c *web.Ctx, f draft, st setupState) error {
	v := html.SetupView{Step: st.step, Errors: st.errors, AdminName: st.adminName, Email: st.email,
		Organisation: html.SetupOrganisation{Done: f.Done >= stepOrganisation, Name: f.Name, Kind: f.Kind, Phone: f.Phone, Zone: f.Zone, Language: f.Language, Kinds: kinds, Zones: zones},
		HoursDone:    f.Done >= stepHours, MailDone: f.Done >= stepMail}
	cal, err := f.calendar()
	v.Hours = d.hoursView(c, f, cal, err == nil, st.errors)
	v.Mail = mailView(c.P, st.checks)
	return c.Page(web.Page{Title: c.P.T("desk.setup.title"), Class: "setup", Failed: len(st.errors) > 0, Body: html.Setup(v)})
}

func (d *Desk) hoursView(c *web.Ctx, f draft, cal workcal.Calendar, ok bool, wrong ui.Errors) html.SetupHours {
	v := html.SetupHours{}
	var minutes int
	var open, closed []string
	for _, day := range week {
		name := c.P.T(fmt.Sprintf("weekday.%d", day))
		row := html.SetupDay{Field: dayField(day), Name: name, Value: f.Days[day], Error: wrong.For(dayField(day))}
		for _, i := range cal.Week[day] {
			row.Rail = append(row.Rail, [2]int{i.From, i.To})
			minutes += i.To - i.From
		}
		if len(row.Rail) > 0 {
			open = append(open, name)
		} else {
			closed = append(closed, name)
		}
		v.Days = append(v.Days, row)
	}
	if ok {
		v.Sum = c.P.T("desk.setup.hours-sum", "Hours", c.P.Number(float64(minutes)/60))
		v.Read = c.P.Within(cal.Location()).T("desk.setup.hours-read", "Hours", c.P.Number(float64(minutes)/60), "Open", open, "Closed", closed, "Now", c.Now(), "By", cal.EndOfWorkingDay(c.Now(), 1))
	}
	today := workcal.DateOf(c.Now(), c.P.Loc())
	for year := today.Year; year <= today.Year+1; year++ {
		for _, h := range workcal.Holidays(year) {
			day := workcal.DateOf(h.Date, time.UTC)
			if day.Compare(today) < 0 || day.Compare(workcal.Date{Year: today.Year + 1, Month: today.Month, Day: today.Day}) >= 0 {
				continue
			}
			noon := time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, c.P.Loc())
			v.Holidays = append(v.Holidays, html.SetupHoliday{Key: h.Key, Name: c.P.T("holiday." + h.Key), Day: c.P.Day(noon), Closed: slices.Contains(f.Holidays, h.Key)})
		}
	}
	return v
}

// mailView words how far a message would come.
func mailView(words lang.Printer, checks []mail.CheckResult) (list []html.MailCheck) {
	for _, r := range checks {
		m := html.MailCheck{State: ui.Kept, Text: words.T("mail.step." + r.Step), Note: r.Detail}
		if r.State != mail.CheckOK {
			m.State, m.Note = ui.Waiting, ""
			if r.State == mail.CheckFailed {
				m.State = ui.Broken
			}
			if key := "mail.reason." + r.Reason; words.Has(key) {
				m.Note = words.T(key, "Code", r.Code, "Enhanced", r.Enhanced)
			}
		}
		list = append(list, m)
	}
	return list
}
