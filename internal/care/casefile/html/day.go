package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// DayList is the list of a day, to print.
type DayList struct {
	Title, Sub, Cut string
	Days            []ui.Segment
	People          []DayPerson
	Empty           ui.EmptyView
}

// DayPerson is what one colleague promised for the day.
type DayPerson struct {
	ID, Name string
	Rows     []DayRow
}

// DayRow is one promise.
type DayRow struct{ At, Who, Phone, What, Subject, Ref string }
