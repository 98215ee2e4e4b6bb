// Package html draws the pages of the customer's face that belong to no
// question yet: the way in, the second factor, what to do when a link is over.
package html

import (
	"strings"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// OpenView is the page behind the link in a message.
type OpenView struct{ Org, Phone string }

// EndedView is a link or a visit that is over. Type is that of the problem.
type EndedView struct{ Type, Text, Org, Phone string }

// ProblemView is anything else that went wrong.
type ProblemView struct{ Title, Text, Incident, Org, Phone, Home string }

// Point is a contact point to which a code can go.
type Point struct{ ID, Hint string }

// ConfirmView is the second factor.
type ConfirmView struct {
	Org, Phone string
	Problem    string
	Errors     ui.Errors
	Left       int // attempts
	Locked     bool
	BirthDate  bool    // may confirm with it
	Points     []Point // may have a code sent to
	Sent       Point   // a code is on its way to
}

// ends are the problems that a new opening or a new link solves.
var ends = map[string]bool{"link-unknown": true, "link-over": true, "link-revoked": true, "link-session-over": true, "credential-unknown": true}

// Ends says whether a problem means that a link or a visit is over.
func Ends(typ string) bool { return ends[typ] }

// tel is a phone number as an address.
func tel(phone string) string {
	var b strings.Builder
	b.WriteString("tel:")
	for _, r := range phone {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 4 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func primary(yes bool) string {
	if yes {
		return "primary"
	}
	return ""
}

func describe(v ConfirmView) string {
	if v.Errors.For("day") != "" {
		return "birth-h birth-e"
	}
	return "birth-h"
}
