package failover

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/houvast/houvast/internal/proof/chaos"
)

// row is one injection.
type row struct {
	*chaos.Row
	silences  []time.Duration // how long nobody could write, each time
	recovered []time.Duration // until each node took a question and its mail arrived
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// report is the table, what was found, and how much that is.
func report(rows []*row) (text string, bad int) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "injection\ttimes\tno write, median\tno write, worst\tall well, worst\tacknowledged\tcut off\trefused\tmails\tfacts\tchecks\trows\tlost\tdoubled\tviolated\t")
	for _, r := range rows {
		if len(r.silences) == 0 {
			r.Violated = append(r.Violated, "nobody looked how long nothing could be written")
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.Injection, r.Times, seconds(median(r.silences)), seconds(slices.Max(append(r.silences, 0))),
			seconds(slices.Max(append(r.recovered, 0))), r.Acknowledged, r.CutOff, r.Refused, r.Mails, r.Facts, r.Checks, r.CheckRows, len(r.Lost), len(r.Doubled), len(r.Violated))
		bad += len(r.Lost) + len(r.Doubled) + len(r.Violated)
	}
	_ = w.Flush() // to memory
	for _, r := range rows {
		for name, list := range map[string][]string{"lost": r.Lost, "doubled": r.Doubled, "violated": r.Violated, "note": r.Notes} {
			for _, s := range list {
				fmt.Fprintf(&b, "%s, %s: %s\n", name, r.Injection, s)
			}
		}
	}
	return b.String(), bad
}
