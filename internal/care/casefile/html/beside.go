package html

import (
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// BesideView is what stands beside a case: whom it waits for, and the cases it
// has to do with.
type BesideView struct {
	LiveKey   string
	Wait      *WaitView
	WaitForm  *WaitForm
	Links     []LinkView
	LinkForm  *LinkForm
	MergeForm *MergePick
}

// WaitView is whom a case waits for.
type WaitView struct {
	Text, Since, Until string
	Late               bool
	EndAction          string
}

// WaitForm notes for whom a case waits.
type WaitForm struct {
	Action, Kind, Whom, What, Until, Told, Version string
	Open, Again                                    bool
	Errors                                         ui.Errors
}

// LinkView is a case that this one has to do with.
type LinkView struct{ Ref, Href, Subject, Note, Drop string }

// LinkForm links a case with another.
type LinkForm struct {
	Action, Other, Why string
	Open               bool
	Errors             ui.Errors
}

// MergePick chooses the case in which this one goes on.
type MergePick struct {
	Action string
	Cases  []ui.Option
}

// MergePage shows what joining two cases does, before it is done.
type MergePage struct {
	Head         ui.PageHeadView
	Back, Action string
	Into         string
	Version      string
	Problem      string
	Lines        []string // what will happen, sentence by sentence
	Promises     []ui.Fact
	Preview      *ui.PreviewView
}
