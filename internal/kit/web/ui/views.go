package ui

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
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
type EmptyView struct{ Title, Text string }

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

// Via is how a promise will be told: an icon and "by phone".
type Via struct{ Icon, Word string }

// PromiseRowView is one promise in a lane.
type PromiseRowView struct {
	ID        string // of the row, unique on the page
	State     PromiseState
	Due       time.Time
	What      string
	WhatLang  string
	Href      string // the case
	Why       string // what is known besides; one line, two in a tall row
	Dept      string
	Via       Via
	Owner     *Person         // the column of plist--owners
	Tall      bool            // Breaking soon
	Action    templ.Component // tall rows: the best next step
	DoneHref  string          // where D leads
	MoveHref  string          // where M leads
	StateWord string          // other than the state's own word
	// InDay: the row stands under the heading of its day, so that the clock
	// time is enough.
	InDay bool
}

// LaneView is a list of promises under one heading.
type LaneView struct {
	ID, Title string
	Count     int
	Hint      string
	Folded    bool   // a <details>; Hint then says what is next
	Unfolded  bool   // a <details> that stands open
	Owners    bool   // rows show their owner
	LiveKey   string // which events refresh it
	Empty     *EmptyView
}

// NextView is the next promise of a case, large.
type NextView struct {
	ID      string
	State   PromiseState
	Due     time.Time
	What    string
	Why     string
	Actions templ.Component
}

// SignalView is something noticed before the customer did.
type SignalView struct {
	ID        string
	Icon      string
	Hot       bool
	Fact, Why string
	Action    templ.Component
}

// PackItem is one of the things that must travel with a handoff.
type PackItem struct {
	Label   string // "History", or "Preferred time is missing"
	Missing bool
}

// HandoffView is an incoming handoff: the sender stays owner until Accept.
type HandoffView struct {
	ID             string
	From           Person
	FromNote       string // "Zuiderhof"
	To             string // "you"
	Title, Href    string
	TitleLang      string
	Pack           []PackItem
	Promise        string // rich: "Promise that comes with it: …"
	AcceptAction   string // where Accept posts to
	Version        string // of what was read, sent along as "version"
	ReturnHref     string
	First          bool // obeys the key A
	AcceptDisabled string
}

// EntryView is one entry of a timeline.
type EntryView struct {
	ID      string
	State   PromiseState // colours the dot
	Icon    string       // instead of the state's glyph
	Title   string       // rich
	At      time.Time
	When    string // instead of At: "08:55, 4 min"
	Text    string
	Quote   string
	Lang    string // of the quote
	Pending bool   // handed over, not accepted: the line is dashed
	Pill    string // word of a state pill under the title
}

// OopsView is a broken promise with what was done about it.
type OopsView struct {
	ID    string
	Title string // "Promise broken"
	What  string
	At    time.Time
	Steps []OopsStep
}

// OopsStep is one step of putting right.
type OopsStep struct {
	At   time.Time
	Text string // rich
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

// TallyItem compares what was with what is.
type TallyItem struct{ Label, Was, Is string }

// StoryView tells one story twice along one time axis.
type StoryView struct {
	Left, LeftNote, Right, RightNote string
	Days                             []StoryDay
}

// StoryDay is one day; a quiet one has no label, only a date.
type StoryDay struct {
	Label, Date string
	Quiet       bool
	Left, Right StoryCell
}

// StoryCell is what happened that day on one side. Owned draws the line of
// somebody who has the question, Gap that of nobody.
type StoryCell struct {
	Owned, Gap bool
	Events     []EventView
	Void       string // said where nothing happened
	Rest       string // large: "Nothing to do."
	RestNote   string
}

func (c StoryCell) empty() bool { return len(c.Events) == 0 && c.Void == "" && c.Rest == "" }

func (c StoryCell) line() string {
	switch {
	case c.Owned:
		return "own"
	case c.Gap:
		return "gap"
	}
	return ""
}

// EventView is one event card of a story.
type EventView struct {
	Icon, Clock, Who string
	Text             string
	Lang             string
	Note             string // "call 2"
	Bounce           string // "bounce 1"
	Good             string // "kept, 28 h early"
}

// MattersView is what a customer said matters to them, in their own words.
type MattersView struct {
	Title string
	Items []string
	Lang  string
	Note  string // "In her own words, 2 November"
}

// HoldView is the head of a customer's page: who has the question, and what
// was promised for when.
type HoldView struct {
	Keeper Person
	Since  string // "heeft uw vraag, sinds 4 november"
	Lead   string // "Nadia belt u vandaag vóór"
	Due    time.Time
	What   string
	Sure   string // "Lukt dat niet, dan hoort u dat vóór 11:30 uur"
	IsDue  bool   // the reader must answer
}

// DoneView is one thing that happened, as the customer reads it.
type DoneView struct {
	State PromiseState
	Icon  string
	Text  string // rich
	When  string
}

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

// ended says that nothing is due any more.
func (s PromiseState) ended() bool {
	return s == Kept || s == Broken || s == Withdrawn
}

func (r PromiseRowView) late(ctx context.Context) bool {
	return !r.State.ended() && r.Due.Before(W(ctx).Now())
}

func (r PromiseRowView) word(ctx context.Context) string {
	if r.StateWord != "" {
		return r.StateWord
	}
	return StateWord(ctx, r.State)
}

func (h HandoffView) have() int {
	n := 0
	for _, item := range h.Pack {
		if !item.Missing {
			n++
		}
	}
	return n
}

func (h HandoffView) accept(ctx context.Context) ButtonView {
	b := ButtonView{Label: T(ctx, "ui.handoff.accept"), Why: h.AcceptDisabled}
	if h.First {
		b.Key = "A"
	}
	return b
}

func (r PromiseRowView) absolute(ctx context.Context) string {
	if r.InDay {
		return W(ctx).Clock(r.Due)
	}
	return absolute(W(ctx), r.Due)
}

func (r PromiseRowView) relative(ctx context.Context) string {
	if r.State.ended() {
		return W(ctx).Ago(r.Due)
	}
	return relative(W(ctx), r.Due)
}

func (r PromiseRowView) tick() string {
	if r.State.ended() {
		return "ago"
	}
	return "due"
}

// long says that a time does not fit the usual column of a row.
func long(abs, rel string) bool {
	return utf8.RuneCountInString(abs)+utf8.RuneCountInString(rel) > 21
}
