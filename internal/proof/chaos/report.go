package chaos

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Report is what a run found.
type Report struct {
	Seed    uint64  `json:"seed"`
	Quick   bool    `json:"quick"`
	Plant   Plant   `json:"plant,omitempty"`
	Stopped bool    `json:"stopped,omitempty"` // somebody ended it before it was done
	Seconds float64 `json:"seconds"`
	Rows    []*Row  `json:"rows"`
}

// Row is what one injection on one database did, and what was looked at
// afterwards.
type Row struct {
	mu sync.Mutex

	Injection string  `json:"injection"`
	What      string  `json:"what"`
	Base      string  `json:"database"`
	Times     int     `json:"times"`
	Seconds   float64 `json:"seconds"`

	Acknowledged int64         `json:"acknowledged"` // writes that were answered, each looked up
	LookedUp     int64         `json:"looked_up"`    // look-ups of such writes: each once at the end, most more often
	CutOff       int64         `json:"cut_off"`      // writes whose answer was lost
	Refused      int64         `json:"refused"`      // answered with "not now" or "not so"
	Mails        int64         `json:"mails"`        // arrived at the mail server
	Looks        int64         `json:"looks"`        // how often everything was looked at, not only what was new
	Facts        int64         `json:"facts"`        // of which the chain was recomputed, at all looks together
	Checks       int64         `json:"checks"`       // invariants looked at, at all looks together
	CheckRows    int64         `json:"check_rows"`   // rows they saw, at all looks together
	Recoveries   int64         `json:"recoveries"`
	Recovered    time.Duration `json:"recovered_ns"` // the slowest, until a question is taken again
	MailAgain    time.Duration `json:"mail_ns"`      // and until its message arrived

	Lost     []string `json:"lost"`
	Doubled  []string `json:"doubled"`
	Violated []string `json:"violated"`
	Notes    []string `json:"notes,omitempty"`
}

// most is how many findings of one kind are kept with their words.
const most = 50

func (w *Row) add(list *[]string, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := fmt.Sprintf(format, args...); len(*list) < most {
		*list = append(*list, s)
	}
}

func (w *Row) lost(format string, args ...any)    { w.add(&w.Lost, format, args...) }
func (w *Row) doubled(format string, args ...any) { w.add(&w.Doubled, format, args...) }
func (w *Row) wrong(format string, args ...any)   { w.add(&w.Violated, format, args...) }
func (w *Row) note(format string, args ...any)    { w.add(&w.Notes, format, args...) }

// bad is how much was found.
func (w *Row) bad() int { return len(w.Lost) + len(w.Doubled) + len(w.Violated) }

// vacuous says what was not looked at: a check of nothing is no check.
func (w *Row) vacuous() {
	if w.bad() > 0 {
		return
	}
	for what, n := range map[string]int64{"nothing was injected": int64(w.Times), "no write was acknowledged": w.Acknowledged,
		"no acknowledged write was looked up": w.LookedUp, "no mail arrived": w.Mails, "no fact was verified": w.Facts,
		"the invariants saw no rows": w.CheckRows, "nobody looked whether it recovers": w.Recoveries} {
		if n == 0 {
			w.wrong("%s: the check was empty", what)
		}
	}
}

func (w *Row) sum() string {
	return fmt.Sprintf("%d times in %.0f s; %d acknowledged, %d mails; lost %d, doubled %d, violated %d",
		w.Times, w.Seconds, w.Acknowledged, w.Mails, len(w.Lost), len(w.Doubled), len(w.Violated))
}

// OK says that nothing was found, and that something was looked at.
func (r Report) OK() bool {
	for _, w := range r.Rows {
		if w.bad() > 0 {
			return false
		}
	}
	return len(r.Rows) > 0
}

// Print writes the table, and below it what was found.
func (r Report) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "injection\tdatabase\ttimes\tacknowledged\tlooked up\tcut off\trefused\tmails\tlooks\tfacts\tchecks\trows\trecovered\tmail again\tlost\tdoubled\tviolated\t")
	var sum Row
	var lost, doubled, violated int
	for _, w := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%d\t%d\t\n", w.Injection, w.Base, w.Times, w.Acknowledged, w.LookedUp,
			w.CutOff, w.Refused, w.Mails, w.Looks, w.Facts, w.Checks, w.CheckRows, short(w.Recovered), short(w.MailAgain), len(w.Lost), len(w.Doubled), len(w.Violated))
		sum.Times += w.Times
		for to, n := range map[*int64]int64{&sum.Acknowledged: w.Acknowledged, &sum.LookedUp: w.LookedUp, &sum.CutOff: w.CutOff, &sum.Refused: w.Refused,
			&sum.Mails: w.Mails, &sum.Looks: w.Looks, &sum.Facts: w.Facts, &sum.Checks: w.Checks, &sum.CheckRows: w.CheckRows} {
			*to += n
		}
		sum.Recovered, sum.MailAgain = max(sum.Recovered, w.Recovered), max(sum.MailAgain, w.MailAgain)
		lost, doubled, violated = lost+len(w.Lost), doubled+len(w.Doubled), violated+len(w.Violated)
	}
	fmt.Fprintf(t, "all\t\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%d\t%d\t\n", sum.Times, sum.Acknowledged, sum.LookedUp, sum.CutOff, sum.Refused,
		sum.Mails, sum.Looks, sum.Facts, sum.Checks, sum.CheckRows, short(sum.Recovered), short(sum.MailAgain), lost, doubled, violated)
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, w := range r.Rows {
		for _, list := range []struct {
			name string
			what []string
		}{{"lost", w.Lost}, {"doubled", w.Doubled}, {"violated", w.Violated}, {"note", w.Notes}} {
			for _, s := range list.what {
				fmt.Fprintf(&b, "%s, %s on %s: %s\n", list.name, w.Injection, w.Base, s)
			}
		}
	}
	if r.Stopped {
		b.WriteString("\nIt was stopped before it was done: the table has what was done until then.\n")
	}
	fmt.Fprintf(&b, "\nlost %d, doubled %d, violated %d (seed %d, %.0f s)\n", lost, doubled, violated, r.Seed, r.Seconds)
	_, err := io.WriteString(out, b.String())
	return err
}

func short(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
