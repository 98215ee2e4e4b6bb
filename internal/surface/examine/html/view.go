// Package html holds the report of an examination and the views it draws.
package html

import "github.com/houvast/houvast/internal/kit/web/ui"

// View is a report. Charts that the log has nothing for are nil.
type View struct {
	Lang, Style, Version string
	Title, Eyebrow, Sub  string
	Tally                []Figure
	First                []Step // what to do first
	Handovers, Returns   *ui.ChartView
	Leads, Kinds         *ui.ChartView
	Holders              *Holders
	Unheld               string // the time in which nobody had a case
	Matrix               *Matrix
	Backtest, Claims     *ui.ChartView
	Sharpness            string
	SharpnessText        string
	Data, Method         []string
	Columns              []Pair // which column was what
}

// Figure is one number with what it counts.
type Figure struct{ Label, Text string }

// Pair is a name and what it stands for.
type Pair struct{ Name, Text string }

// Step is something to do, and why.
type Step struct{ Do, Why string }

// Holders are people by how often what they passed on came back to them.
type Holders struct {
	Title, Sub string
	Rows       []HolderRow
}

// HolderRow is one of them. Share is in whole percents.
type HolderRow struct {
	Name, Cases, Text, Held string
	Share                   string
	Risk                    bool
}

// Matrix says how handovers from one to another fared.
type Matrix struct {
	Title, Sub, Caption string
	To                  []string
	Rows                []MatrixRow
}

// MatrixRow is everything from one.
type MatrixRow struct {
	From  string
	Cells []Cell
}

// Cell is from one to another: a share of so many, in a shade from 1 to 5; few
// when there are too few for a share, nothing when there are none.
type Cell struct {
	Class, Text, Of string
	None            bool
}

func shade(n int) string { return "h-" + string(rune('0'+n)) }
