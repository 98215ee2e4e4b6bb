package examine

import (
	"encoding/json"
	"io"
	"math"

	"github.com/houvast/houvast/internal/care/promise"
)

// Result is what --json prints: one object.
type Result struct {
	Cases     int            `json:"cases"`
	Events    int            `json:"events"`
	People    int            `json:"people"`
	Handovers int            `json:"handovers"`
	Bounces   int            `json:"bounces"` // returns: a case back with an earlier holder
	Bounced   int            `json:"cases_with_bounce"`
	LeadHours ResultLead     `json:"lead_hours"`
	Deadlines ResultDeadline `json:"deadlines"`
	Backtest  ResultBacktest `json:"backtest"`
}

// ResultLead are nearest-rank quantiles from the first to the last event.
type ResultLead struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
}

// ResultDeadline counts the cases with a deadline and an end.
type ResultDeadline struct {
	N    int `json:"n"`
	Kept int `json:"kept"`
}

// ResultBacktest says what honest promises would have been: of n cases each
// quoted with what was known at its start, the share kept with its 95%
// interval. Declined are those for which nothing could be promised.
type ResultBacktest struct {
	Quoted    float64 `json:"quoted"`
	N         int     `json:"n"`
	Declined  int     `json:"declined"`
	Kept      float64 `json:"kept"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Sharpness float64 `json:"sharpness"`
}

// Result are the figures for a program.
func (f *Figures) Result(b promise.BacktestResult) Result {
	return Result{Cases: f.Cases, Events: f.Events, People: f.People, Handovers: f.Handovers, Bounces: f.Returns, Bounced: f.CasesWithReturn,
		LeadHours: ResultLead{rounded(f.Quantile(.5).Hours()), rounded(f.Quantile(.9).Hours())},
		Deadlines: ResultDeadline{f.Deadlines.N, f.Deadlines.Hits},
		Backtest:  ResultBacktest{b.Quoted, b.N, b.Declined, rounded(b.Share()), rounded(b.Low), rounded(b.High), rounded(b.Sharpness)}}
}

// rounded keeps six decimals: four thousandths of a second of an hour.
func rounded(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// Quoted is the chance at which promises are tried on the past: nine of ten.
const Quoted = .9

// WriteJSON writes one object on one line.
func WriteJSON(w io.Writer, r Result) error { return json.NewEncoder(w).Encode(r) }
