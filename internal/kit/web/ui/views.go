package ui

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// Person is somebody with a name. The zero Person is "nobody yet".
type Person struct{ ID, Name string }

// initials are those of the first and the last word of a name.
func (p Person) initials() string {
	words := strings.Fields(p.Name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string(first) + string(last))
}

// tint is one of five colours, always the same for the same person.
func (p Person) tint() string {
	h := fnv.New32a()
	h.Write([]byte(p.ID))
	return "av--" + strconv.Itoa(int(h.Sum32()%5)+1)
}

// ButtonView is a button or, in LinkButton, a link that looks like one.
type ButtonView struct {
	Label, Icon string
	Kind        string // "", "primary", "quiet", "alarm"
	Size        string // "", "s", "lg"
	Block       bool   // as wide as it can be
	Href        string // LinkButton only
	Name, Value string
	Form        string // id of the form, when outside it
	Action      string // formaction
	Type        string // "" is submit
	Key         string // the key that presses it, shown and obeyed: "A"
	// Why switches the button off and is the reason, shown beside it.
	Why string
	// Opens is the id of the dialog this opens; Menu of the popover.
	Opens, Menu string
	Attrs       templ.Attributes
}

func (b ButtonView) classes() string {
	c := []string{"btn"}
	if b.Kind != "" {
		c = append(c, "btn--"+b.Kind)
	}
	if b.Size != "" {
		c = append(c, "btn--"+b.Size)
	}
	if b.Block {
		c = append(c, "btn--block")
	}
	return strings.Join(c, " ")
}

func (b ButtonView) kind() string {
	switch {
	case b.Why != "", b.Opens != "", b.Menu != "":
		return "button" // one that is off must not send the form
	case b.Type != "":
		return b.Type
	}
	return "submit"
}

// whyID ties the reason to the button it explains.
func (b ButtonView) whyID() string {
	h := fnv.New32a()
	fmt.Fprint(h, b.Label, b.Why)
	return "why-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// Input is one field of a form. Name is also the id, unless ID says otherwise.
type Input struct {
	Name, ID     string
	Label        string
	Hint         string
	Error        string // shown above the input, which keeps its value
	Value        string
	Type         string // "" is text
	Autocomplete string
	InputMode    string
	Placeholder  string
	Lang         string // of what is typed, when not that of the page
	Optional     bool   // says "(optional)" behind the label
	Rows, Max    int
	Options      []Option // Select, and suggestions of a text field
	Attrs        templ.Attributes
}

func (i Input) id() string {
	if i.ID != "" {
		return i.ID
	}
	return i.Name
}

func (i Input) kind() string {
	if i.Type != "" {
		return i.Type
	}
	return "text"
}

// describedBy names the hint and the error, which screen readers then read.
func (i Input) describedBy() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.id()+"-h")
	}
	if i.Error != "" {
		ids = append(ids, i.id()+"-e")
	}
	return strings.Join(ids, " ")
}

func (i Input) attributes() templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", i.Autocomplete)
	set("inputmode", i.InputMode)
	set("placeholder", i.Placeholder)
	set("lang", i.Lang)
	set("aria-describedby", i.describedBy())
	if i.Error != "" {
		a["aria-invalid"] = "true"
	}
	if i.Max > 0 {
		a["maxlength"] = strconv.Itoa(i.Max)
	}
	for k, v := range i.Attrs {
		a[k] = v
	}
	return a
}

// Option is one choice.
type Option struct {
	Value, Label string
	Note         string // a second line
	Selected     bool
	Off          bool
}

// ChoicesView is a set of radio buttons or, with Many, of checkboxes.
// Nothing is chosen for a customer beforehand.
type ChoicesView struct {
	Name, ID, Legend, Hint, Error string
	Layout                        string // "", "row", "two"
	Many                          bool
	Options                       []Option
}

func (c ChoicesView) input() Input {
	return Input{Name: c.Name, ID: c.ID, Hint: c.Hint, Error: c.Error}
}

func (c ChoicesView) kind() string {
	if c.Many {
		return "checkbox"
	}
	return "radio"
}

// optionID is that of the first option for the error summary to lead to.
func (c ChoicesView) optionID(n int) string {
	if n == 0 {
		return c.input().id()
	}
	return c.input().id() + "-" + strconv.Itoa(n)
}

// PageHeadView is the head of a page: Title is a sentence or a name.
type PageHeadView struct {
	Eyebrow, Title, Sub string
	Lang                string // of the title
	Aside               templ.Component
}

// Segment is one of a few views of the same list.
type Segment struct {
	Label, Href string
	Current     bool
}

// Fact is one row of Facts. Value may be replaced by a component.
type Fact struct {
	Term, Value, Href string
	Body              templ.Component
}

// CalloutView is a remark that stays: State colours it, or Icon without one.
type CalloutView struct {
	State PromiseState
	Icon  string
	Role  string // "status" or "alert" when it appears by itself
	Text  string // rich; or children
}

// EmptyView teaches the next useful step, or says that nothing is needed.
type EmptyView struct {
	Title, Text string
	Top         bool // right under the heading of the page, not in a section
}

// ToastView confirms what was done. UndoAction is where Undo posts to.
type ToastView struct {
	State      PromiseState
	Text       string
	UndoAction string
	UndoFields []Option // hidden fields: Value under Label
}

// PreviewView is exactly what the customer will read.
type PreviewView struct {
	Label string // "Sanne reads, in Dutch:"
	Text  string
	Lang  string
}

// PagerView leads through a long list. A missing Href switches that side off.
type PagerView struct {
	Summary             string
	PrevHref, PrevLabel string
	NextHref, NextLabel string
}

// ComposerView is a set of actions of which one form shows at a time.
type ComposerView struct {
	ID, Title string
	Tabs      []ComposerTab // at most seven
}

// ComposerTab is one action; the server may render any one as Current.
type ComposerTab struct {
	Label, Icon string
	Current     bool
	Panel       templ.Component
}

// StepView is one step of a guided form.
type StepView struct {
	Done bool
	Body templ.Component
}

// TrackStep is one step of a set-up.
type TrackStep struct {
	Label, Note, Href string
	Done, Current     bool
}

// DialogView is a decision; children are its content.
type DialogView struct{ ID, Title string }

// SectionView is a heading with a count and a remark or link at its end.
type SectionView struct {
	ID, Title string
	Count     string
	Hint      string
	Class     string // such as "stack stack-s", to space its children
	Aside     templ.Component
}

// moment is the input prepared for typed moments.
func (i Input) moment(hint string) Input {
	if i.Hint == "" {
		i.Hint = hint
	}
	if i.Autocomplete == "" {
		i.Autocomplete = "off"
	}
	return i
}
