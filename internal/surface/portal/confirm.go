package portal

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
	"github.com/houvast/houvast/internal/surface/portal/html"
)

// confirm shows the ways in which somebody can show who they are. ?sent= is
// the contact point to which a code is on its way.
func (s *Surface) confirm(c *web.Ctx) error {
	if c.Actor.Confirmed {
		return c.Redirect(Home)
	}
	return s.showConfirm(c, c.Query("sent"), answer{}, nil)
}

// answer is what was typed at the second factor.
type answer struct {
	Kind  string `form:"kind"`
	Code  string `form:"code"`
	Day   string `form:"day"`
	Month string `form:"month"`
	Year  string `form:"year"`
	Sent  string `form:"sent"`
}

// showConfirm draws the page anew from what the link allows now. What was
// typed is not shown again: it is either a secret or wrong.
func (s *Surface) showConfirm(c *web.Ctx, sent string, in answer, refused error) error {
	ses, err := s.Auth.Links().Session(c.Context(), auth.LinkToken(c))
	if err != nil {
		return s.ended(c, c.Actor.Org, err)
	}
	o, err := s.organisation(c)
	if err != nil {
		return err
	}
	v := html.ConfirmView{Org: o.Name, Phone: o.Phone, Left: ses.TriesLeft, Locked: ses.TriesLeft <= 0}
	for _, f := range ses.Offers {
		switch f.Kind {
		case auth.FactorBirthDate:
			v.BirthDate = true
		case auth.FactorCode:
			v.Points = append(v.Points, html.Point{ID: f.Point, Hint: f.Hint})
			if f.Point == sent {
				v.Sent = html.Point{ID: f.Point, Hint: f.Hint}
			}
		}
	}
	page := web.Page{Title: c.P.T("portal.confirm.title")}
	if e, ok := errs.As(refused); ok {
		_, v.Problem = c.P.Problem(e)
		page.Failed, page.Status = true, web.Status(e.Class)
		field := "code"
		if in.Kind == string(auth.FactorBirthDate) {
			field = "day"
		}
		for _, f := range e.Fields {
			v.Errors = append(v.Errors, ui.FieldError{Field: field, Message: c.P.Field(f)})
		}
		if e.Type == "link-blocked" {
			v.Locked = true
		}
	}
	page.Body = html.Confirm(v)
	return c.Page(page)
}

// sendCode sends a code and says where to.
func (s *Surface) sendCode(c *web.Ctx) error {
	if c.Actor.Confirmed {
		return c.Redirect(Home)
	}
	var in struct {
		Point string `form:"point"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := s.limit.Allow(c.Addr(), c.Now()); err != nil {
		return s.refuse(c, "", answer{}, err)
	}
	if err := s.Auth.Links().SendCode(c.Context(), auth.LinkToken(c), in.Point); err != nil {
		return s.refuse(c, "", answer{}, err)
	}
	return c.Redirect(Home + "/confirm?sent=" + url.QueryEscape(in.Point))
}

// check compares the answer. What cannot be a date or a code at all is asked
// again without spending one of the five attempts.
func (s *Surface) check(c *web.Ctx) error {
	if c.Actor.Confirmed {
		return c.Redirect(Home)
	}
	var in answer
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := s.limit.Allow(c.Addr(), c.Now()); err != nil {
		return s.refuse(c, in.Sent, in, err)
	}
	value, err := in.value(c.Now())
	if err != nil {
		return s.refuse(c, in.Sent, in, err)
	}
	ses, err := s.Auth.Links().Confirm(c.Context(), auth.LinkToken(c), auth.FactorKind(in.Kind), value)
	if err != nil {
		return s.refuse(c, in.Sent, in, err)
	}
	s.Auth.SetLinkCookie(c, ses, Home)
	return c.Redirect(Home)
}

// refuse shows the form again for what the customer can do something about.
func (s *Surface) refuse(c *web.Ctx, sent string, in answer, err error) error {
	switch errs.ClassOf(err) {
	case errs.Invalid, errs.Forbidden, errs.TooMany:
		return s.showConfirm(c, sent, in, err)
	}
	return s.ended(c, c.Actor.Org, err)
}

var sixDigits = regexp.MustCompile(`^\d{6}$`)

// value is the answer as the second factor takes it.
func (a answer) value(now time.Time) (string, error) {
	if a.Kind == string(auth.FactorCode) {
		digits := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", ".", "").Replace(a.Code)
		if !sixDigits.MatchString(digits) {
			return "", errs.New(errs.Invalid, "code-form").Field("code", "code-form")
		}
		return digits, nil
	}
	d, derr := strconv.Atoi(a.Day)
	m, merr := strconv.Atoi(a.Month)
	y, yerr := strconv.Atoi(a.Year)
	born := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if derr != nil || merr != nil || yerr != nil || y < 1880 || born.After(now) || born.Day() != d || int(born.Month()) != m {
		return "", errs.New(errs.Invalid, "birth-date-form").Field("day", "birth-date-form")
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), nil
}
