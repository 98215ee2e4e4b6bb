// Package html draws the pages of absences.
package html

import (
	"time"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// HomeView is who is away, and the form that begins an absence.
type HomeView struct {
	Away []AwayRow
	Form AskForm
}

// AwayRow is one absence.
type AwayRow struct {
	Person     ui.Person
	Href, Note string
	State      string
}

// AskForm says who is away, and until when.
type AskForm struct {
	Errors            ui.Errors
	Problem           string
	Members           []ui.Option
	Kind, From, Until string
}

// PlanView is what would happen.
type PlanView struct {
	Title, Sub        string
	Errors            ui.Errors
	Problem           string
	Member            string
	Kind, From, Until string
	Chain             []ChainRow
	Needs             bool
	StandIn           string
	Could             []ui.Option
	AllCases          bool
	AllText           string
	Rows              []PlanRow
	More              string
	Already           string
	AlreadyHref       string
	Empty             bool
}

// ChainRow is somebody who stands in, or would.
type ChainRow struct {
	Person ui.Person
	Note   string
	Away   bool
}

// PlanRow is one promise.
type PlanRow struct {
	ID, Href, What, Who string
	Due                 time.Time
	Hand, Move, Stay    bool
	MayMove             bool
	HandText            string
	New, Error          string
	PhoneNow            bool
	Preview             *ui.PreviewView
}

// ResultView is how far it is, and what became of everything.
type ResultView struct {
	ID, Title, Sub string
	Problem        string
	Working        bool
	Done, Of       int
	Facts          []ui.Fact
	Needs          []ItemRow
	Items          []ItemRow
	Pager          *ui.PagerView
	MayEnd         bool
	EndLabel       string
	Version        string
	Until          string
	Errors         ui.Errors
}

// ItemRow is what became of one promise or case.
type ItemRow struct {
	State ui.PromiseState
	Text  string
	Note  string
	Href  string
}
