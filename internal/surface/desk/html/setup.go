package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// CodeView asks for the code that was printed at start.
type CodeView struct{ Errors ui.Errors }

// SetupView is the first start.
type SetupView struct {
	Step                int // 1 to 4: the one that stands open
	Errors              ui.Errors
	Organisation        SetupOrganisation
	Hours               SetupHours
	HoursDone, MailDone bool
	Mail                []MailCheck
	AdminName, Email    string
}

// SetupOrganisation is the first step.
type SetupOrganisation struct {
	Done                              bool
	Name, Kind, Phone, Zone, Language string
	Kinds, Zones                      []string
}

// SetupHours is the second step. Read says in a sentence what was understood.
type SetupHours struct {
	Days      []SetupDay
	Holidays  []SetupHoliday
	Sum, Read string
}

// SetupDay is one line of opening hours, as typed and as a drawing.
type SetupDay struct {
	Field, Name, Value, Error string
	Rail                      [][2]int
}

// SetupHoliday is a holiday in the next twelve months.
type SetupHoliday struct {
	Key, Name, Day string
	Closed         bool
}

// MailCheck is one thing that was tried with the mail server.
type MailCheck struct {
	State      ui.PromiseState
	Text, Note string
}

// of gives the errors of some fields only.
func (v SetupView) of(step int) ui.Errors {
	if v.Step == step {
		return v.Errors
	}
	return nil
}
