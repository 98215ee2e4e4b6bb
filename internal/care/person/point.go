package person

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Channel is the kind of a contact point.
type Channel string

// The kinds of contact point.
const (
	Phone Channel = "phone"
	SMS   Channel = "sms"
	Email Channel = "email"
	Post  Channel = "post"
)

// Channels lists the kinds.
var Channels = []Channel{Phone, SMS, Email, Post}

// ContactPoint is one way of reaching a person.
type ContactPoint struct {
	Org        string        `db:"org_id" json:"-"`
	ID         string        `db:"point_id" json:"id"`
	Person     string        `db:"person_id" json:"person_id"`
	Kind       Channel       `db:"kind" json:"kind"`
	Value      string        `db:"value" json:"value"`
	Label      string        `db:"label" json:"label,omitempty"`
	Rank       int           `db:"rank" json:"rank"` // 1 is preferred
	Hours      *workcal.Week `db:"hours,json" json:"hours,omitempty"`
	Refused    bool          `db:"refused" json:"refused"` // "not by post"
	VerifiedAt time.Time     `db:"verified_at" json:"verified_at,omitzero"`
	Usable     bool          `db:"usable" json:"usable"` // false after it bounced or was given up
	CreatedAt  time.Time     `db:"created_at" json:"created_at"`
	Version    int64         `db:"version" json:"version"`
}

// open says whether the person can be reached here at a local time.
func (c ContactPoint) open(at time.Time) bool {
	if c.Hours == nil {
		return true
	}
	minute := at.Hour()*60 + at.Minute()
	return slices.ContainsFunc(c.Hours[at.Weekday()], func(i workcal.Interval) bool { return i.From <= minute && minute < i.To })
}

// Reach gives the contact points to try at a moment, in order: what the person
// prefers first, then the rest; those outside the hours the person gave come
// after all that are within, as a last resort. What was refused or does not
// work is not in it. at is in the zone of the organisation.
func Reach(points []ContactPoint, at time.Time) []ContactPoint {
	out := slices.DeleteFunc(slices.Clone(points), func(c ContactPoint) bool { return c.Refused || !c.Usable })
	slices.SortStableFunc(out, func(a, b ContactPoint) int {
		if x, y := a.open(at), b.open(at); x != y {
			if x {
				return -1
			}
			return 1
		}
		return a.Rank - b.Rank
	})
	return out
}

// The country whose numbers are written without a country code.
const (
	region      = "NL"
	countryCode = "31"
)

// Normalise brings a value into the one form in which it is kept: a phone
// number in E.164, an e-mail address with its domain in lower case, an address
// without needless spaces.
func Normalise(kind Channel, value string) (string, error) {
	switch kind {
	case Phone, SMS:
		n, err := phonenumbers.Parse(value, region)
		if err != nil || !phonenumbers.IsValidNumber(n) {
			return "", errs.New(errs.Invalid, "phone-unreadable").Field("value", "phone-unreadable")
		}
		return phonenumbers.Format(n, phonenumbers.E164), nil
	case Email:
		a, err := mail.ParseAddress(strings.TrimSpace(value))
		if err != nil || a.Name != "" {
			return "", errs.New(errs.Invalid, "email-unreadable").Field("value", "email-unreadable")
		}
		at := strings.LastIndex(a.Address, "@") // a quoted local part may hold one too
		out := a.Address[:at] + strings.ToLower(a.Address[at:])
		// What is an address only between quotes is one that nothing can be sent to.
		if again, err := mail.ParseAddress(out); err != nil || again.Name != "" || again.Address != out {
			return "", errs.New(errs.Invalid, "email-unreadable").Field("value", "email-unreadable")
		}
		return out, nil
	case Post:
		var lines []string
		for l := range strings.Lines(value) {
			if l = clean(l); l != "" {
				lines = append(lines, l)
			}
		}
		if len(lines) == 0 {
			return "", errs.New(errs.Invalid, "address-missing").Field("value", "address-missing")
		}
		return strings.Join(lines, "\n"), nil
	}
	return "", errs.New(errs.Invalid, "channel-unknown").Field("kind", "channel-unknown")
}

// Spoken writes a phone number as people write it: national for Dutch ones.
func Spoken(e164 string) string {
	n, err := phonenumbers.Parse(e164, region)
	if err != nil {
		return e164
	}
	if phonenumbers.GetRegionCodeForNumber(n) == region {
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

// Hint shows so much of a contact point that its owner knows it and nobody
// else learns it: "06 •••• ••78", "j•••@example.nl".
func (c ContactPoint) Hint() string {
	switch c.Kind {
	case Phone, SMS:
		d := fold.Digits(Spoken(c.Value))
		if len(d) < 6 {
			return "••••"
		}
		return d[:2] + " •••• ••" + d[len(d)-2:]
	case Email:
		i := strings.LastIndex(c.Value, "@")
		if i < 1 {
			return "••••"
		}
		return string([]rune(c.Value)[:1]) + "•••" + c.Value[i:]
	case Post:
	}
	return "••••"
}

// checkHours refuses a week with impossible hours.
func checkHours(w *workcal.Week) error {
	if w == nil {
		return nil
	}
	err := workcal.Calendar{Zone: workcal.DefaultZone, Week: *w}.Validate()
	if e, ok := errs.As(err); ok {
		for i := range e.Fields {
			e.Fields[i].Path = "hours." + strings.TrimPrefix(e.Fields[i].Path, "week.")
		}
	}
	return err
}
