package bench

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestQuantile(t *testing.T) {
	list := make([]time.Duration, 100)
	for i := range list {
		list[i] = time.Duration(i + 1)
	}
	for _, x := range []struct {
		list  []time.Duration
		share float64
		want  time.Duration
	}{
		{list, 0.5, 50}, {list, 0.99, 99}, {list, 1, 100}, {list, 0, 1}, {list[:1], 0.99, 1}, {list[:3], 0.5, 2}, {nil, 0.5, 0},
	} {
		if got := quantile(x.list, x.share); got != x.want {
			t.Errorf("the %v quantile of %d is %d, want %d", x.share, len(x.list), got, x.want)
		}
	}
}

// A quantile is one of what was measured, and no share of the measurements
// larger than it should lies above.
func TestQuantileIsARank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1000), func(n int64) time.Duration { return time.Duration(n) }), 1, 200).Draw(t, "list")
		slices.Sort(list)
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		q := quantile(list, share)
		above := 0
		for _, v := range list {
			if v > q {
				above++
			}
		}
		if !slices.Contains(list, q) || float64(above) > (1-share)*float64(len(list))+1e-6*float64(len(list)) {
			t.Fatalf("%v of %v is %v", share, list, q)
		}
	})
}

func TestMedian(t *testing.T) {
	for _, x := range []struct {
		list []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2}} {
		if got := median(x.list); got != x.want {
			t.Errorf("median of %v is %v, want %v", x.list, got, x.want)
		}
	}
	list := []float64{3, 1, 2}
	median(list)
	if !slices.Equal(list, []float64{3, 1, 2}) {
		t.Error("what is summed up was put in order")
	}
}

func TestSummary(t *testing.T) {
	run := func(took ...time.Duration) result { return result{took: took, over: time.Second} }
	got := summarise([]result{run(5, 1, 3), run(2, 2), run(9, 9, 9, 9)})
	want := summary{PerSecond: 3, P50: 3, P99: 5, Slowest: 9, Runs: []float64{3, 2, 4}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := summarise(nil); got.PerSecond != 0 {
		t.Errorf("of no runs: %+v", got)
	}
}

func TestTables(t *testing.T) {
	f := Figure{Database: "sqlite", Cases: 200_000, Row: "open", What: "open a case", Value: 2345.6, Unit: "/s", P50: 7 * time.Millisecond, P99: 123 * time.Millisecond, Limit: 4000}
	f = f.judge("2,000/s", f.Value >= 2000).judge("1/3 of the limit", f.ratio() >= 1.0/3)
	slow := Figure{Database: "sqlite", Cases: 10_000, Sync: 5 * time.Millisecond, What: "open a case", Value: 12.34, Unit: "/s"}
	slow = slow.judge("2,000/s", false).judge("more", true)
	memory := Figure{Database: "postgres", Cases: 1_000_000, What: "memory", Value: 55.5, Unit: "MB"}
	var text bytes.Buffer
	list := []Figure{f, slow, memory}
	if err := WriteText(&text, list); err != nil {
		t.Fatal(err)
	}
	report := &Report{At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Figures: list, Machine: Machine{Processor: "A processor", Cores: 2}, Notes: []string{"Something was not measured."}}
	mark := report.Markdown()
	for _, want := range []string{"2,346/s", "7.00 ms", "123 ms", "4,000/s", "0.59", "2,000/s; 1/3 of the limit", "10,000, sync +5ms", "12.3/s", "not met", "1,000,000", "56 MB"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
		if !strings.Contains(mark, want) {
			t.Errorf("the Markdown lacks %q:\n%s", want, mark)
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(mark), "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		if strings.Count(line, "|") != len(heading)+1 {
			t.Errorf("line %d of the Markdown has another number of cells: %s", i, line)
		}
	}
	document := "# Before\n" + figuresBegin + "old\n" + figuresEnd + "after\n"
	for range 2 { // as often as it is measured
		document = report.Into(document)
	}
	if !strings.HasPrefix(document, "# Before\n") || !strings.HasSuffix(document, "after\n") || strings.Contains(document, "old") || strings.Count(document, "A processor, 2 cores") != 1 {
		t.Errorf("put into a document:\n%s", document)
	}
	if report.Into("without marks") != mark {
		t.Error("a document without marks becomes the report")
	}
	if *f.Met != true || *slow.Met != false {
		t.Error("two goals are met when both are")
	}
}

// The first page of a large practice is compared with that of a smaller one on
// the same database.
func TestCompare(t *testing.T) {
	list := []Figure{{Row: "list", Database: "sqlite", Cases: 200_000, Value: 1000}, {Row: "list", Database: "postgres", Cases: 200_000, Value: 100},
		{Row: "list", Database: "sqlite", Cases: 1_000_000, Value: 790}, {Row: "list", Database: "postgres", Cases: 1_000_000, Value: 95}}
	compare(list)
	if list[0].Met != nil || list[2].Met == nil || *list[2].Met || !*list[3].Met {
		t.Errorf("compared: %+v", list)
	}
}
