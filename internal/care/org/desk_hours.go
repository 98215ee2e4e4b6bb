package org

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// zones are suggested; any IANA name is accepted.
var zones = []string{"Europe/Amsterdam", "Europe/Brussels", "Europe/Berlin", "Europe/Paris", "Europe/London", "America/Curacao", "America/Paramaribo"}

// organisationInput is the form of how the organisation is called.
type organisationInput struct {
	Version  int64  `form:"version"`
	Name     string `form:"name"`
	Phone    string `form:"phone"`
	Language string `form:"language"`
	Zone     string `form:"zone"`
}

func (s *Service) deskOrganisation(c *web.Ctx) error { return s.showOrganisation(c, nil, nil) }

func (s *Service) showOrganisation(c *web.Ctx, in *organisationInput, wrong error) error {
	f, o, err := s.frame(c, settingsHome+"/organisation", c.P.T("desk.settings.organisation"), c.P.T("desk.settings.organisation-text"))
	if err != nil {
		return err
	}
	status := 0
	if in == nil {
		in = &organisationInput{Name: o.Name, Phone: o.Phone, Language: o.Language, Zone: o.Calendar.Zone}
	} else {
		f.Version = strconv.FormatInt(in.Version, 10)
	}
	if wrong != nil {
		if status, err = refused(c, &f, wrong, func(p string) string { return strings.TrimPrefix(p, "calendar.") }); err != nil {
			return err
		}
	}
	f.Action = settingsHome + "/organisation"
	v := html.OrganisationView{Frame: f, Name: in.Name, Phone: in.Phone, Language: in.Language, Zone: in.Zone, Zones: zones}
	if v.Changes, err = s.changesOf(c, AreaOrganisation, shownChanges); err != nil {
		return err
	}
	meanwhile(c, &v.Frame, wrong, o.Version, v.Changes)
	return settingsPage(c, v.Frame, html.Organisation(v), status)
}

func (s *Service) deskSaveOrganisation(c *web.Ctx) error {
	var in organisationInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	o, err := s.Get(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	cal := o.Calendar
	cal.Zone = in.Zone
	if _, err := s.Update(c.Context(), c.Actor, in.Version, ChangeOrganisation{Name: &in.Name, Phone: &in.Phone, Language: &in.Language, Calendar: &cal}); err != nil {
		return s.showOrganisation(c, &in, err)
	}
	c.Toast("desk.settings.saved")
	return c.Redirect(settingsHome + "/organisation")
}

// hoursInput are the opening hours as typed.
type hoursInput struct {
	Version  string
	Days     [7]string // by time.Weekday
	Holidays []string
	Closures []closureInput
}

type closureInput struct{ From, To, Note string }

// spareClosures are the empty rows for new closures.
const spareClosures = 2

func dayField(d time.Weekday) string { return fmt.Sprintf("day-%d", d) }

func hoursOf(o Organisation) hoursInput {
	in := hoursInput{Version: strconv.FormatInt(o.Version, 10), Holidays: o.Calendar.Holidays}
	for d, hours := range o.Calendar.Week {
		in.Days[d] = workcal.FormatHours(hours)
	}
	for _, x := range o.Calendar.Closures {
		in.Closures = append(in.Closures, closureInput{typedDate(x.From), typedDate(x.To), x.Note})
	}
	return in
}

// typedDate is a date as people write it here.
func typedDate(d workcal.Date) string { return fmt.Sprintf("%d-%d-%d", d.Day, int(d.Month), d.Year) }

// readDate reads a date as people write it: 24-12-2026, 24/12/2026,
// 2026-12-24, or by the name of the month.
func readDate(typed string, words lang.Printer) (workcal.Date, bool) {
	for _, layout := range []string{"2-1-2006", "2/1/2006", "2.1.2006", "2006-1-2", "2 1 2006"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return workcal.DateOf(t, time.UTC), true
		}
	}
	t, err := lang.ParseMoment(typed+" 12:00", words.Lang(), words.Loc(), words.Now())
	return workcal.DateOf(t, words.Loc()), err == nil
}

// read turns what was typed into a calendar. Errors name the inputs.
func (in hoursInput) read(zone string, words lang.Printer) (workcal.Calendar, error) {
	cal := workcal.Calendar{Zone: zone}
	var ck errs.Checks
	for _, d := range week {
		hours, err := workcal.ParseHours(in.Days[d])
		if e, ok := errs.As(err); ok {
			ck.Add(errs.Field{Path: dayField(d), Type: e.Type, Params: e.Params})
		}
		cal.Week[d] = hours
	}
	for _, k := range workcal.HolidayKeys() {
		if slices.Contains(in.Holidays, k) {
			cal.Holidays = append(cal.Holidays, k)
		}
	}
	for n, x := range in.Closures {
		if x.From == "" && x.To == "" {
			continue // an empty row, or one that was emptied: no longer closed
		}
		i := strconv.Itoa(n)
		from, ok := readDate(x.From, words)
		ck.Must(ok, "closed-from-"+i, "closure-unreadable")
		to := from
		if x.To != "" {
			var readable bool
			to, readable = readDate(x.To, words)
			ck.Must(readable, "closed-to-"+i, "closure-unreadable")
			ck.Must(!ok || !readable || from.Compare(to) <= 0, "closed-to-"+i, "closure-backwards")
		}
		cal.Closures = append(cal.Closures, workcal.Closure{From: from, To: to, Note: x.Note})
	}
	return cal, ck.Err()
}

func (s *Service) deskHours(c *web.Ctx) error { return s.showHours(c, nil, nil) }

func (s *Service) showHours(c *web.Ctx, in *hoursInput, wrong error) error {
	f, o, err := s.frame(c, settingsHome+"/hours", c.P.T("desk.settings.hours"), c.P.T("desk.settings.hours-text"))
	if err != nil {
		return err
	}
	if in == nil {
		now := hoursOf(o)
		in = &now
	}
	status := 0
	if wrong != nil {
		if status, err = refused(c, &f, wrong, same); err != nil {
			return err
		}
	}
	f.Version, f.Action = in.Version, settingsHome+"/hours"
	v := html.HoursView{Frame: f}
	cal, _ := in.read(o.Calendar.Zone, c.P) // what is wrong is told by the errors already
	v.Days, v.Read = days(c, *in, cal, f.Errors)
	v.Holidays = holidays(c, cal)
	rows := in.Closures
	for range spareClosures {
		rows = append(rows, closureInput{})
	}
	for n, x := range rows {
		i := strconv.Itoa(n)
		v.Closures = append(v.Closures, html.Closure{N: i, From: x.From, To: x.To, Note: x.Note,
			ErrorFrom: f.Errors.For("closed-from-" + i), ErrorTo: f.Errors.For("closed-to-" + i)})
	}
	if v.Changes, err = s.changesOf(c, AreaHours, shownChanges); err != nil {
		return err
	}
	meanwhile(c, &v.Frame, wrong, o.Version, v.Changes)
	return settingsPage(c, v.Frame, html.Hours(v), status)
}

// days draws the week, and says in a sentence what was understood.
func days(c *web.Ctx, in hoursInput, cal workcal.Calendar, wrong ui.Errors) (list []html.Day, read string) {
	minutes := 0
	var open, closed []string
	for _, d := range week {
		row := html.Day{Field: dayField(d), Name: c.P.T(fmt.Sprintf("weekday.%d", d)), Value: in.Days[d], Error: wrong.For(dayField(d))}
		for _, i := range cal.Week[d] {
			row.Rail = append(row.Rail, [2]int{i.From, i.To})
			minutes += i.To - i.From
		}
		if len(row.Rail) > 0 {
			open = append(open, row.Name)
		} else {
			closed = append(closed, row.Name)
		}
		list = append(list, row)
	}
	if len(wrong) == 0 && len(open) > 0 {
		read = c.P.T("desk.settings.hours-read", "Hours", c.P.Number(float64(minutes)/60), "Open", open, "Closed", closed)
	}
	return list, read
}

// holidays are those of the next twelve months.
func holidays(c *web.Ctx, cal workcal.Calendar) (list []html.Holiday) {
	today := workcal.DateOf(c.Now(), c.P.Loc())
	end := workcal.Date{Year: today.Year + 1, Month: today.Month, Day: today.Day}
	for year := today.Year; year <= today.Year+1; year++ {
		for _, h := range workcal.Holidays(year) {
			day := workcal.DateOf(h.Date, time.UTC)
			if day.Compare(today) < 0 || day.Compare(end) >= 0 {
				continue
			}
			noon := time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, c.P.Loc())
			list = append(list, html.Holiday{Key: h.Key, Name: c.P.T("holiday." + h.Key), Day: c.P.Day(noon), Closed: slices.Contains(cal.Holidays, h.Key)})
		}
	}
	return list
}

func (s *Service) deskSaveHours(c *web.Ctx) error {
	var form struct {
		Version  int64    `form:"version"`
		Holidays []string `form:"holidays"`
		Do       string   `form:"do"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	in := hoursInput{Version: strconv.FormatInt(form.Version, 10), Holidays: form.Holidays}
	text := func(name string, most int) string {
		if s := clean(c.Request().PostFormValue(name)); len(s) <= most {
			return s
		}
		return ""
	}
	for _, d := range week {
		in.Days[d] = text(dayField(d), 200)
	}
	for n := range 60 {
		i := strconv.Itoa(n)
		if x := (closureInput{text("closed-from-"+i, 60), text("closed-to-"+i, 60), text("closed-note-"+i, 200)}); x != (closureInput{}) {
			in.Closures = append(in.Closures, x)
		}
	}
	o, err := s.Get(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	cal, err := in.read(o.Calendar.Zone, c.P)
	if err != nil || form.Do != "save" {
		return s.showHours(c, &in, err)
	}
	if _, err := s.Update(c.Context(), c.Actor, form.Version, ChangeOrganisation{Calendar: &cal}); err != nil {
		return s.showHours(c, &in, err)
	}
	c.Toast("desk.settings.saved")
	return c.Redirect(settingsHome + "/hours")
}
