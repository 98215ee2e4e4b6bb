package ui

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
