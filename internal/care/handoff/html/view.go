// Package html holds the desk pages of handoffs, referrals and document
// requests, and the pieces of them on other pages. The view structs hold texts
// in the reader's language; the capability fills them.
package html

import (
	"time"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

// ListView is everything that is being passed on.
type ListView struct {
	Title, Sub  string
	Scopes      []ui.Segment
	OffersTitle string
	Offers      []ui.HandoffView // to answer
	Referrals   []Card
	Requests    []Item
	Waiting     []Item // asked of others, without an answer yet
	Answered    []Item // lately
	Quiet       bool   // nothing at all

	More  []ui.Fact     // where each list that does not end here goes on
	Pager *ui.PagerView // through one of the lists
}

// Card is an incoming referral.
type Card struct {
	ID, Title, Href string
	From            ui.Person
	FromNote, To    string
	Pack            []ui.PackItem
	Promise         string // rich
	Late            bool
}

// Item is one line about something that is being passed on.
type Item struct {
	ID, Icon, Title, Note, Href string
	At                          time.Time // answer by, or answered at
	Past                        bool
	State                       ui.PromiseState
	Word                        string
}

// Aside is a short list beside a case, with one more thing to do.
type Aside struct {
	ID, Title, Hint, LiveKey string
	Items                    []Item
	AskHref                  string
}

// TodayView are the handoffs for whoever looks, beside today.
type TodayView struct {
	Offers    []ui.HandoffView
	Referrals []Card
	More      int
}

// Choice is a form with what was typed.
type Choice struct {
	Action, Version, Back string
	Errors                ui.Errors
}

// OfferForm offers a case to a colleague or a team.
type OfferForm struct {
	Choice
	Who, To, History, Note, AnswerBy string
	Receivers                        []ui.Option
	Papers                           []ui.Option
	Consent                          bool
	Promise                          string // rich: what goes along
	Preview                          *ui.PreviewView
	ReferAction                      string
	Partners                         []ui.Option
}

// ReferForm asks another organisation.
type ReferForm struct {
	Goes []Paper // the documents that were chosen, in the preview
	Choice
	Who, Subject, To, ToName, Note string
	Needs                          []ui.PackItem
	NeedsText                      string
	Papers                         []ui.Option
	Teams                          []ui.Option
	Consent                        bool
	Preview                        *ui.PreviewView
	Partners                       []ui.Option
	Hidden                         bool // no organisation chosen yet
}

// AskForm asks another organisation for a document.
type AskForm struct {
	Choice
	Kinds, Partners []ui.Option
	Why             string
}

// FormPage is a page with one form.
type FormPage struct {
	Eyebrow, Title, Sub string
	Errors              ui.Errors
	Problem             string
}

// Detail is what the pages of one handoff, referral or request share.
type Detail struct {
	FormPage
	Callout string // rich: how it was answered
	State   ui.PromiseState
	Open    string // which form stands open
	LiveKey string
	Back    string
	Facts   []ui.Fact
	Pack    []ui.PackItem
	PackOf  string
	Note    string
	History string
}

// HandoffPage is one handoff.
type HandoffPage struct {
	Detail
	Accept, Withdraw *Choice
	Decline          *DeclineForm
}

// DeclineForm says no with a reason and a next step.
type DeclineForm struct {
	Choice
	Reasons, Nexts, Receivers []ui.Option
	Explanation               string
}

// ReferralPage is one referral.
type ReferralPage struct {
	Detail
	About    AboutView
	Papers   []Paper
	Accept   *AcceptForm
	Decline  *RefuseForm
	Forward  *ForwardForm
	Ask      *AskForm
	Withdraw *WhyForm
	Requests []Item
}

// AboutView is whom it is about.
type AboutView struct {
	Name    string
	Facts   []ui.Fact
	Matters *ui.MattersView
}

// Paper is a document that came along.
type Paper struct {
	Name, Kind, From string
	Content          []string
	File             string // what it is, when it is a file: its size, or that it is still coming
	Href             string // where the file is had; empty: not yet
}

// AcceptForm takes a referral on, with a promise to the customer.
type AcceptForm struct {
	Choice
	Who, What, By, Told, Why string
	Kinds, Times             []ui.Option // what is promised; what can honestly be promised, and another time
	TimesHint                string
	Missing                  string // in words
	Without                  bool
	People                   []ui.Option // who it is, when several customers fit
}

// RefuseForm refuses a referral or a document.
type RefuseForm struct {
	Choice
	Reasons, Nexts, Partners, Kinds []ui.Option
	Explanation, Advice             string
}

// ForwardForm passes on to the organisation where it belongs.
type ForwardForm struct {
	Choice
	Partners []ui.Option
	Why      string
}

// WhyForm needs only a reason.
type WhyForm struct {
	Choice
	Why string
}

// RequestPage is one request for a document.
type RequestPage struct {
	Detail
	About   AboutView
	Content []string
	Provide *ProvideForm
	Refuse  *RefuseForm
	PassOn  *ForwardForm
}

// ProvideForm gives a document.
type ProvideForm struct {
	Choice
	Papers        []ui.Option
	Name, Content string
}
