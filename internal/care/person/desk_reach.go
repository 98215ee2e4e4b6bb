package person

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// weekdays in the order in which people name them.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// pointViews are the ways to reach a customer, the preferred one first.
func pointViews(words lang.Printer, card Card) (out []html.Point) {
	for i, p := range card.Points {
		v := html.Point{PointView: ui.PointView{Icon: channelIcons[p.Kind], Text: p.text(), Off: p.Refused || !p.Usable, Preferred: i == 0 && !p.Refused && p.Usable},
			Href: href(card.Person.ID) + "/reach/" + p.ID, Version: number(p.Version)}
		v.Note = pointNote(words, p)
		if !v.Off {
			v.Tag = words.T("people.rank", "N", p.Rank)
			switch p.Kind {
			case Phone:
				v.PointView.Href = "tel:" + p.Value
			case SMS:
				v.PointView.Href = "sms:" + p.Value
			case Email:
				v.PointView.Href = "mailto:" + p.Value
			case Post:
			}
		}
		if i > 0 {
			v.Up = v.Href + "/up"
		}
		out = append(out, v)
	}
	return out
}

// pointNote says what there is to know of a way to be reached.
func pointNote(words lang.Printer, p ContactPoint) string {
	label := p.Label
	if label == "" {
		label = words.T("channel." + string(p.Kind))
	}
	parts := []string{label}
	switch {
	case p.Refused:
		parts = append(parts, words.T("people.note-refused"))
	case !p.Usable:
		parts = append(parts, words.T("people.note-unusable"))
	default:
		if p.Hours != nil {
			parts = append(parts, hoursText(words, *p.Hours))
		}
		if !p.VerifiedAt.IsZero() {
			parts = append(parts, words.T("people.note-verified", "At", p.VerifiedAt))
		}
	}
	return strings.Join(parts, ". ")
}

// hoursText words the hours of a week; days with the same hours together.
func hoursText(words lang.Printer, w workcal.Week) string {
	var parts []string
	seen := map[string]bool{}
	for _, d := range weekdays {
		hours := workcal.FormatHours(w[d])
		if hours == "" || seen[hours] {
			continue
		}
		seen[hours] = true
		var days []string
		for _, other := range weekdays {
			if workcal.FormatHours(w[other]) == hours {
				days = append(days, words.T("weekday."+number(int64(other))))
			}
		}
		if len(days) == 7 {
			parts = append(parts, words.T("people.hours-daily", "Hours", hours))
		} else {
			parts = append(parts, words.T("people.hours-on", "Days", days, "Hours", hours))
		}
	}
	return strings.Join(parts, "; ")
}

// pointInput is a way to be reached as typed.
type pointInput struct {
	Version  int64    `form:"version"`
	Kind     string   `form:"kind"`
	Value    string   `form:"value"`
	Label    string   `form:"label"`
	Hours    string   `form:"hours"`
	Days     []string `form:"days"`
	Refused  bool     `form:"refused"`
	Verified bool     `form:"verified"`
	Usable   bool     `form:"usable"`
}

// week reads the hours: the same ones on each chosen day, or on all of them
// when none is chosen. No hours mean any hour.
func (in pointInput) week() (*workcal.Week, error) {
	if in.Hours == "" {
		return nil, nil
	}
	hours, err := workcal.ParseHours(in.Hours)
	if err == nil && len(hours) == 0 {
		err = errs.New(errs.Invalid, "hours-unreadable")
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, errs.TypeOf(err)).Field("hours", errs.TypeOf(err))
	}
	w := &workcal.Week{}
	for _, d := range weekdays {
		if len(in.Days) == 0 || slices.Contains(in.Days, number(int64(d))) {
			w[d] = slices.Clone(hours)
		}
	}
	return w, nil
}

// typedHours gives hours as the form takes them; not ok when days have
// different hours, which only an import or another program writes.
func typedHours(w *workcal.Week) (hours string, days []string, ok bool) {
	if w == nil {
		return "", nil, true
	}
	for _, d := range weekdays {
		h := workcal.FormatHours(w[d])
		switch {
		case h == "":
			continue
		case hours == "":
			hours = h
		case hours != h:
			return "", nil, false
		}
		days = append(days, number(int64(d)))
	}
	if len(days) == 7 {
		days = nil
	}
	return hours, days, true
}

func dayOptions(words lang.Printer, chosen []string) (out []ui.Option) {
	for _, d := range weekdays {
		v := number(int64(d))
		out = append(out, ui.Option{Value: v, Label: words.T("weekday." + v), Selected: slices.Contains(chosen, v)})
	}
	return out
}

func (s *Service) deskReachPage(c *web.Ctx) error {
	return s.showReach(c, pointInput{Kind: string(Phone)}, "", nil, 0)
}

func (s *Service) showReach(c *web.Ctx, in pointInput, problem string, wrong ui.Errors, status int) error {
	card, err := s.Get(c.Context(), c.Actor, c.Path("person"))
	if err != nil {
		return err
	}
	c.Saw("person", card.Person.ID)
	v := html.ReachView{Title: c.P.T("people.reach-title", "Name", card.Person.Called()), Sub: c.P.T("people.reach-sub"), Back: href(card.Person.ID),
		Points: pointViews(c.P, card), Problem: problem, Errors: wrong,
		Add: html.PointForm{Action: href(card.Person.ID) + "/reach", Value: in.Value, Label: in.Label, Hours: in.Hours, Verified: in.Verified, Days: dayOptions(c.P, in.Days), Errors: wrong}}
	for _, k := range Channels {
		v.Add.Kinds = append(v.Add.Kinds, ui.Option{Value: string(k), Label: c.P.T("channel." + string(k)), Selected: in.Kind == string(k)})
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.Reach(v)})
}

func (s *Service) deskAddPoint(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return err
	}
	var in pointInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	week, err := in.week()
	if err == nil {
		_, err = s.AddPoint(c.Context(), c.Actor, c.Path("person"), NewPoint{Kind: Channel(in.Kind), Value: in.Value, Label: in.Label, Hours: week, Verified: in.Verified})
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showReach(c, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(c.Path("person")) + "/reach")
}

// pointOf gives the contact point of the address, if it is this customer's.
func (s *Service) pointOf(c *web.Ctx) (card Card, p ContactPoint, err error) {
	if err := auth.Require(c.Actor, auth.PersonWrite); err != nil {
		return card, p, err
	}
	if card, err = s.Get(c.Context(), c.Actor, c.Path("person")); err != nil {
		return card, p, err
	}
	for _, x := range card.Points {
		if x.ID == c.Path("point") {
			return card, x, nil
		}
	}
	return card, p, errs.New(errs.NotFound, "contact-point-unknown")
}

func (s *Service) deskPointPage(c *web.Ctx) error {
	card, p, err := s.pointOf(c)
	if err != nil {
		return err
	}
	c.Saw("person", card.Person.ID)
	hours, days, _ := typedHours(p.Hours)
	return s.showPoint(c, card, p, pointInput{Version: p.Version, Label: p.Label, Hours: hours, Days: days, Refused: p.Refused, Verified: !p.VerifiedAt.IsZero(), Usable: p.Usable}, "", nil, 0)
}

func (s *Service) showPoint(c *web.Ctx, card Card, p ContactPoint, in pointInput, problem string, wrong ui.Errors, status int) error {
	v := html.PointPage{Title: p.text(), Sub: card.Person.Name, Back: href(card.Person.ID) + "/reach", Problem: problem, Errors: wrong,
		Form: html.PointForm{Action: href(card.Person.ID) + "/reach/" + p.ID, Version: number(in.Version), Label: in.Label, Hours: in.Hours, Days: dayOptions(c.P, in.Days),
			Refused: in.Refused, Verified: in.Verified, Usable: in.Usable, Errors: wrong}}
	if _, _, ok := typedHours(p.Hours); !ok {
		v.Form.Shown = c.P.T("people.hours-now", "Hours", hoursText(c.P, *p.Hours))
	}
	return c.Page(web.Page{Title: v.Title, Nav: "people", Failed: status >= 400, Status: status, Body: html.OnePoint(v)})
}

func (s *Service) deskPoint(c *web.Ctx) error {
	card, p, err := s.pointOf(c)
	if err != nil {
		return err
	}
	var in pointInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	week, err := in.week()
	if err == nil {
		change := ChangePoint{Label: &in.Label, Refused: &in.Refused, Verified: &in.Verified, Usable: &in.Usable}
		hours, days, simple := typedHours(p.Hours)
		switch was := (pointInput{Hours: hours, Days: days}); {
		case in.Hours == "" && simple:
			change.AnyHour = true
		case in.Hours == "": // hours the form cannot show stay as they are
		case in.Hours != was.Hours || !slices.Equal(in.Days, was.Days):
			change.Hours = week
		}
		_, err = s.UpdatePoint(c.Context(), c.Actor, p.ID, in.Version, change)
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showPoint(c, card, p, in, problem, wrong, status)
	}
	c.Toast("people.saved")
	return c.Redirect(href(card.Person.ID) + "/reach")
}

// deskUp moves a contact point one place towards the preferred one.
func (s *Service) deskUp(c *web.Ctx) error {
	card, p, err := s.pointOf(c)
	if err != nil {
		return err
	}
	var in pointInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if p.Rank > 1 {
		rank := p.Rank - 1
		if _, err := s.UpdatePoint(c.Context(), c.Actor, p.ID, in.Version, ChangePoint{Rank: &rank}); err != nil {
			return err
		}
	}
	return c.Redirect(href(card.Person.ID) + "/reach")
}
