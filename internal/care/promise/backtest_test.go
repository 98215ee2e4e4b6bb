package promise

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/stats"
)

// wabo reads the history of a Dutch municipality that nobody here wrote. It is
// not part of the repository.
func wabo(t testing.TB) []Span {
	f, err := os.Open("../../../../shared/data/wabo-receipt.csv.gz")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the history is absent: ../shared/data/wabo-receipt.csv.gz beside the repository")
	}
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	rows, err := csv.NewReader(z).ReadAll()
	must(t, err)
	id, at := slices.Index(rows[0], "case:concept:name"), slices.Index(rows[0], "time:timestamp")
	index := map[string]int{}
	var all []Span
	for _, row := range rows[1:] {
		when, err := time.Parse("2006-01-02 15:04:05.999999-07:00", row[at])
		must(t, err)
		ms := when.UnixMilli()
		i, ok := index[row[id]]
		if !ok {
			index[row[id]] = len(all)
			all = append(all, Span{ms, ms})
			continue
		}
		all[i].Start, all[i].End = min(all[i].Start, ms), max(all[i].End, ms)
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// naively quotes by Kaplan and Meier over what started in the last window, or
// ever: the figures that an advisor must beat, and what pins down how it is counted.
func naively(cases []Span, window int64) BacktestResult {
	cases = slices.Clone(cases)
	slices.SortStableFunc(cases, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	r := BacktestResult{Quoted: .9}
	var quoted []quotedCase
	for i, c := range cases {
		if i < len(cases)/2 {
			continue
		}
		var seen []stats.Seen
		for _, o := range cases[:i] {
			switch {
			case window > 0 && o.Start < c.Start-window:
			case o.End <= c.Start:
				seen = append(seen, stats.Seen{Time: float64(o.End - o.Start), Ended: true})
			default:
				seen = append(seen, stats.Seen{Time: float64(c.Start - o.Start)})
			}
		}
		if q, ok := stats.KaplanMeier(seen).Quantile(.9); ok {
			quoted = append(quoted, quotedCase{c.Start, c.End - c.Start, int64(q)})
		} else {
			r.Declined++
		}
	}
	r.judge(quoted)
	return r
}

func TestBacktestNaive(t *testing.T) {
	cases := wabo(t)
	for _, c := range []struct {
		window           time.Duration
		share, sharpness float64
	}{{0, .957, 1.11}, {30 * 24 * time.Hour, .897, .92}} {
		r := naively(cases, c.window.Milliseconds())
		if r.N != 717 || r.Declined != 0 || math.Abs(r.Share()-c.share) > .0005 || math.Abs(r.Sharpness-c.sharpness) > .005 {
			t.Errorf("window %v: n %d, declined %d, kept %.4f, sharpness %.4f; want 717, 0, %v, %v",
				c.window, r.N, r.Declined, r.Share(), r.Sharpness, c.share, c.sharpness)
		}
	}
}

func TestBacktestOnARealHistory(t *testing.T) {
	r, err := Backtest(context.Background(), wabo(t), .9)
	must(t, err)
	t.Logf("n %d, declined %d, kept %.4f (%.3f–%.3f), sharpness %.4f, %d periods, %+v", r.N, r.Declined, r.Share(), r.Low, r.High, r.Sharpness, len(r.Periods), r.Calibration)
	if r.N != 717 || r.Declined != 0 {
		t.Errorf("quoted %d, declined %d", r.N, r.Declined)
	}
	if r.Share() < .88 || r.Share() > .92 || r.Sharpness > .95 {
		t.Errorf("kept %.4f with a sharpness of %.4f", r.Share(), r.Sharpness)
	}
}
