package examine

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/promise"
)

// realLog is a log of 1,434 cases at a Dutch municipality, made public by
// J.C.A.M. Buijs (doi 10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6). It is
// not part of this repository.
func realLog(t testing.TB) string {
	t.Helper()
	name := filepath.Join("..", "..", "..", "..", "shared", "data", "wabo-receipt.csv.gz")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("the real log is not beside the repository: %v", err)
	}
	return name
}

// countedPlainly counts a second time, with nothing of this package.
func countedPlainly(t *testing.T, name string) Result {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, n := range rows[0] {
		col[n] = i
	}
	moment := func(s string) time.Time {
		m, err := time.Parse("2006-01-02 15:04:05.999999-07:00", s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	cases, people := map[string][][]string{}, map[string]bool{}
	for _, r := range rows[1:] {
		id := r[col["case:concept:name"]]
		cases[id] = append(cases[id], r)
		people[r[col["org:resource"]]] = true
	}
	out := Result{Cases: len(cases), Events: len(rows) - 1, People: len(people)}
	var leads []float64
	for _, list := range cases {
		sort.SliceStable(list, func(i, j int) bool {
			return moment(list[i][col["time:timestamp"]]).Before(moment(list[j][col["time:timestamp"]]))
		})
		leads = append(leads, moment(list[len(list)-1][col["time:timestamp"]]).Sub(moment(list[0][col["time:timestamp"]])).Hours())
		var holders []string
		for _, r := range list {
			who := r[col["org:resource"]]
			if who != "" && (len(holders) == 0 || holders[len(holders)-1] != who) {
				holders = append(holders, who)
			}
		}
		out.Handovers += len(holders) - 1
		before := out.Bounces
		for i := range holders {
			for j := 0; j <= i-2; j++ {
				if holders[i] == holders[j] {
					out.Bounces++
					break
				}
			}
		}
		if out.Bounces > before {
			out.Bounced++
		}
		end, deadline := list[0][col["case:enddate"]], list[0][col["case:deadline"]]
		if end != "" && deadline != "" {
			out.Deadlines.N++
			if !moment(end).After(moment(deadline)) {
				out.Deadlines.Kept++
			}
		}
	}
	sort.Float64s(leads)
	out.LeadHours = ResultLead{rounded(leads[(len(leads)+1)/2-1]), rounded(leads[(len(leads)*9+9)/10-1])}
	return out
}

func TestRealLogAgreesWithAPlainCount(t *testing.T) {
	name := realLog(t)
	l, err := Read(t.Context(), Options{File: name})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Count()
	b, err := promise.Backtest(t.Context(), f.Spans, Quoted)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Result(b)
	if x := got.Backtest; x.N+x.Declined != 717 || x.Kept < .88 || x.Kept > .92 || x.Low >= x.Kept || x.High <= x.Kept || x.Sharpness <= 0 || x.Sharpness > .95 {
		t.Errorf("the backtest gives %+v", x)
	}
	got.Backtest = ResultBacktest{}
	if d := cmp.Diff(countedPlainly(t, name), got); d != "" {
		t.Errorf("plain count, ours:\n%s", d)
	}
	want := Result{Cases: 1434, Events: 8577, People: 48, Handovers: 1208, Bounces: 210, Bounced: 179,
		LeadHours: got.LeadHours, Deadlines: ResultDeadline{1329, 952}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := l.Mapping.Name(End); got != "case:enddate" {
		t.Errorf("the end is taken from %q", got)
	}
	if n := l.Trouble.Left(); n != 0 {
		t.Errorf("%d lines left out", n)
	}
}
