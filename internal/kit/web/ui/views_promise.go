package ui

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
)

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

// PointView is one line of Points: a way to be reached, a person of the
// household, a right. Preferred, Off and Suggested colour it.
type PointView struct {
	Icon                      string
	Person                    Person // drawn when there is no Icon; zero is "?"
	Text, Note, Href          string
	Preferred, Off, Suggested bool
}

func (p PointView) class() string {
	switch {
	case p.Suggested:
		return "is-sugg"
	case p.Off:
		return "is-off"
	case p.Preferred:
		return "is-pref"
	}
	return ""
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
