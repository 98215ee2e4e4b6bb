package ui

import (
	"time"

	"github.com/a-h/templ"
)

// sample is what the parts page shows: invented people on an invented day.
type sample struct {
	at func(day, hour, minute int) time.Time
}

func sampleOf(w Words) sample {
	y, m, d := w.Now().In(w.Loc()).Date()
	return sample{at: func(day, hour, minute int) time.Time {
		return time.Date(y, m, d+day, hour, minute, 0, 0, w.Loc())
	}}
}

var (
	nadia = Person{ID: "nadia", Name: "Nadia Bouzid"}
	karin = Person{ID: "karin", Name: "Karin Schouten"}
	sanne = Person{ID: "sanne", Name: "Sanne de Wit"}
)

func (s sample) page(p Page) DeskPage {
	p.Title = "Parts and states"
	p.Live = "/desk/events"
	p.LookAction = "/look"
	p.Languages = []Language{{Code: "en", Name: "English", Href: "?lang=en", Current: p.Words.Lang() == "en"}, {Code: "nl", Name: "Nederlands", Href: "?lang=nl", Current: p.Words.Lang() == "nl"}}
	p.Toast = &ToastView{State: Kept, Text: "Promise to Bram kept at 10:21", UndoAction: "/undo", UndoFields: []Option{{Label: "promise", Value: "p-1"}}}
	return DeskPage{
		Page: p, Org: "Gezondheidscentrum De Linde", HomeURL: "/desk", Current: "today",
		Nav: []NavItem{
			{Key: "today", Href: "/desk", Icon: "sun", Label: "Today", Count: "3", Hot: true, HotWord: "due"},
			{Key: "cases", Href: "/desk/cases", Icon: "inbox", Label: "Cases", Count: "41"},
			{Key: "stories", Href: "/stories", Icon: "book-open", Label: "Stories"},
		},
		More:     []NavGroup{{Title: "Agreements", Items: []NavItem{{Key: "rules", Href: "/desk/rules", Icon: "scale", Label: "House rules"}}}},
		Me:       &Me{Person: nadia, Note: "Front desk, until 17:00", ProfileHref: "/me", SignOutAction: "/sign-out"},
		Search:   &Search{Action: "/desk/search"},
		LiveText: "60 promises, 3 breaking soon",
		New:      &ButtonView{Label: "New case", Icon: "plus", Href: "/desk/new", Key: "C"},
		Dialogs:  []templ.Component{moveDialog(s)},
	}
}

func (s sample) day() DayRailView {
	marks := []RailMark{}
	add := func(state PromiseState, times ...[2]int) {
		for _, t := range times {
			marks = append(marks, RailMark{At: s.at(0, t[0], t[1]), State: state})
		}
	}
	add(Kept, [2]int{8, 15}, [2]int{8, 45}, [2]int{8, 45}, [2]int{9, 30}, [2]int{10, 0})
	add(Broken, [2]int{9, 15})
	add(AtRisk, [2]int{11, 0}, [2]int{12, 0}, [2]int{12, 30})
	add(Open, [2]int{13, 0}, [2]int{14, 0}, [2]int{16, 0}, [2]int{16, 0}, [2]int{16, 0})
	add(Renegotiated, [2]int{14, 30})
	add(Waiting, [2]int{15, 0})
	return DayRailView{From: s.at(0, 8, 0), To: s.at(0, 18, 0), Marks: marks,
		Windows: []Window{{s.at(0, 10, 30), s.at(0, 11, 0)}, {s.at(0, 13, 0), s.at(0, 13, 30)}}, WindowsWord: "callback window",
		Label: "Your day from 8:00 to 18:00. Five promises kept so far, one broken, three at risk, seven open. Two callback windows."}
}

func (s sample) owners() OwnerRailView {
	return OwnerRailView{
		Title: "Owners over time",
		Label: "Ilse had this case from Monday 2 November, nobody for two days, Nadia from Friday 6 November until now. A handoff to Karin at Zuiderhof is not accepted yet. One promise broke on Monday 9 November.",
		Spans: []OwnerSpan{
			{Kind: Held, Name: "Ilse", From: s.at(-10, 9, 14), To: s.at(-8, 8, 52)},
			{Kind: Nobody, From: s.at(-8, 8, 52), To: s.at(-6, 9, 0)},
			{Kind: Held, Name: "Nadia", From: s.at(-6, 9, 0)},
			{Kind: Offered, Name: "Karin, Zuiderhof", Note: "not accepted", From: s.at(-1, 15, 5)},
		},
		Marks: []RailMark{{At: s.at(-9, 11, 40), State: Kept}, {At: s.at(-3, 16, 0), State: Broken}, {At: s.at(0, 12, 0), State: AtRisk, Label: "12:00"}},
	}
}

func (s sample) row(state PromiseState, due time.Time, what, why string) PromiseRowView {
	return PromiseRowView{State: state, Due: due, What: what, Why: why, Href: "/desk/cases/H-2417", Dept: "Dental",
		Via: Via{Icon: "phone", Word: "by phone"}, DoneHref: "/desk/promises/1/done", MoveHref: "/desk/promises/1/move"}
}

func (s sample) inDay(state PromiseState, due time.Time, what, why string) PromiseRowView {
	r := s.row(state, due, what, why)
	r.InDay = true
	return r
}

func (s sample) tall(due time.Time, what, why string, action templ.Component) PromiseRowView {
	r := s.row(AtRisk, due, what, why)
	r.Tall, r.Action = true, action
	return r
}

func (s sample) owned(r PromiseRowView, p Person) PromiseRowView {
	r.Owner = &p
	return r
}

func (s sample) tabs() []ComposerTab {
	promise := partsPromiseForm()
	return []ComposerTab{
		{Label: "Log contact", Icon: "phone", Panel: partsForm("log", "What was said")},
		{Label: "Promise", Icon: "handshake", Current: true, Panel: promise},
		{Label: "Hand off", Icon: "arrow-left-right", Panel: partsForm("hand", "What must they know")},
		{Label: "Say no", Icon: "ban", Panel: partsSteps()},
		{Label: "Close", Icon: "check", Panel: partsForm("close", "What was solved")},
	}
}

func (s sample) story() StoryView {
	return StoryView{
		Left: "As it happened", LeftNote: "Dotted line: nobody has the question", Right: "With Houvast", RightNote: "Solid line: someone has it, with a name",
		Days: []StoryDay{
			{Label: "Day 1", Date: "Mon 5 Oct",
				Left:  StoryCell{Gap: true, Events: []EventView{{Icon: "phone", Clock: "08:07", Who: "Sanne to the GP", Note: "call 1", Text: "Place 9 in the queue, 14 minutes."}}},
				Right: StoryCell{Owned: true, Events: []EventView{{Icon: "radar", Clock: "09:50", Who: "Signal", Good: "2 bounces avoided", Text: "The code is missing. The GP adds it before anything is sent."}}}},
			{Label: "Day 4", Date: "Thu 8 Oct",
				Left:  StoryCell{Gap: true, Events: []EventView{{Icon: "phone", Clock: "09:30", Who: "Sanne to Noordkade", Note: "call 2", Bounce: "bounce 1", Text: "“We do not test under six.”"}}},
				Right: StoryCell{Owned: true}},
			{Label: "Day 5", Date: "Fri 9 Oct", Left: StoryCell{Gap: true, Void: "Waiting for a call that does not come."}, Right: StoryCell{Rest: "Nothing to do.", RestNote: "Sanne did not have to think about us."}},
			{Quiet: true, Date: "Sat 10 Oct", Left: StoryCell{Gap: true}},
		},
	}
}
