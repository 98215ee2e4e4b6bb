package story

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
)

// words is a sentence of ours in both languages.
func words(r *run, key string, params ...any) Text {
	say := func(language string) string { return printer(language, r.s.Zone, r.now()).T(key, params...) }
	return Text{NL: say(lang.Dutch), EN: say(lang.English)}
}

// tell puts a fact on the timeline, when there is a sentence for its kind.
// The rest is in the ledger, and of no interest to the reader of a story.
func (r *run) tell(f ledger.Fact, text map[string]string) {
	key := "story.fact." + strings.ReplaceAll(f.Kind, ".", "-")
	if !printer(lang.Dutch, nil, f.At).Has(key) {
		return
	}
	d := f.Map()
	params := map[string]any{"Who": r.actorOf(f)}
	for k, v := range d {
		params[param1(k)] = r.shownParam(v)
	}
	for k, v := range text {
		params[param1(k)] = v
	}
	for _, k := range []string{"due", "new_due", "answer_by", "until"} {
		if ms, ok := d[k].(float64); ok {
			params[param1(k)] = time.UnixMilli(int64(ms)).UTC()
		}
	}
	params["Customer"], params["Organisation"] = r.name[f.Person], r.name[f.Org]
	e := Entry{moment: f.At, Actor: r.actorOf(f), Kind: f.Kind, Organisation: r.org[f.Org], Text: words(r, key, params)}
	// What concerns two organisations is a fact at each of them, and one event
	// to the reader.
	for _, old := range slices.Backward(r.res.Houvast.Timeline) {
		if e.moment.Sub(old.moment) > time.Second {
			break
		}
		if old.Kind == e.Kind && old.Text == e.Text {
			return
		}
	}
	r.entry(e)
}

// param1 is a name in a fact's data as sentences use it: answer_by → AnswerBy.
func param1(k string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(k, func(c rune) bool { return c == '_' || c == '-' || c == '.' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// shownParam gives names for ids, and leaves the rest as it is.
func (r *run) shownParam(v any) any {
	if s, ok := v.(string); ok {
		if n := r.name[s]; n != "" {
			return n
		}
	}
	return v
}

func (r *run) actorOf(f ledger.Fact) string {
	if n := r.name[f.ActorID]; n != "" {
		return n
	}
	return "Houvast"
}

// WriteText prints a result for people: what happened in real life beside what
// happened with Houvast, and what was counted.
func WriteText(w io.Writer, res *Result, language string) error {
	p := printer(language, nil, time.Time{})
	out := &printed{w: w}
	say := func(key string, params ...any) string { return p.T("story.text."+key, params...) }
	out.line("%s", res.Title.In(language))
	if s := res.Summary.In(language); s != "" {
		out.line("%s", s)
	}
	if res.Bare {
		out.line("%s", say("bare"))
	}
	out.line("")
	h, was := res.Houvast, res.Happened
	column := say("houvast")
	if res.Bare {
		column = say("without")
	}
	out.line("%-34s %18s %18s", "", say("happened"), column)
	for _, row := range []struct {
		key      string
		was, now any
	}{
		{"contacts", was.Contacts, h.Contacts}, {"organisations", was.Organisations, h.Organisations},
		{"days", was.Days, h.Days}, {"bounces", was.Bounces, h.Bounces},
	} {
		out.line("%-34s %18v %18v", say(row.key), row.was, row.now)
	}
	out.line("%s: %s", say("outcome-happened"), was.Outcome.In(language))
	out.line("%s: %s", say("outcome-houvast"), h.Outcome.Text.In(language))
	out.line("%s", say("promises", "Made", h.Promises.Made, "Kept", h.Promises.Kept, "Broken", h.Promises.Broken, "Moved", h.Promises.Renegotiated))
	out.line("%s", say("stopped", "Count", h.Stopped))
	out.line("")
	timeline(out, res, language)
	out.line("")
	for _, c := range res.Checked {
		out.line("%s", say("check."+c.State, "Number", c.Invariant, "Name", c.Name, "Rows", c.Rows))
		for _, v := range c.Violations {
			out.line("    %s", v)
		}
	}
	out.line("")
	for _, f := range res.Failures {
		out.line("%s", say("failure", "Line", f.Line, "At", f.At, "What", f.What, "Expected", f.Expected, "Got", f.Got))
	}
	out.line("%s", say("sum", "Steps", res.Steps, "Skipped", len(res.Skipped), "Expectations", res.Expectations, "Failed", res.Failed, "Violations", res.Violations))
	return out.err
}

// timeline prints both columns, each line where its moment stands.
func timeline(out *printed, res *Result, language string) {
	type row struct {
		at          string
		left, right string
	}
	var rows []row
	for _, e := range res.Happened.Timeline {
		rows = append(rows, row{at: e.When, left: e.Text.In(language)})
	}
	for _, e := range res.Houvast.Timeline {
		mark := map[string]string{EntryContact: "☎ ", EntryStopped: "⛔ ", EntrySaid: "", EntryEnds: "… "}[e.Kind]
		if _, ours := map[string]bool{EntryContact: true, EntryStopped: true, EntrySaid: true, EntryEnds: true}[e.Kind]; !ours {
			mark = "· "
		}
		who := e.Actor
		if who == "" {
			who = "Houvast"
		}
		rows = append(rows, row{at: e.At, right: mark + who + ": " + e.Text.In(language)})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.at, b.at) })
	const left, right = 44, 76
	for _, r := range rows {
		at := strings.Replace(r.at, "T", " ", 1)
		at = at[:min(len(at), 16)]
		a, b := wrap(r.left, left), wrap(r.right, right)
		for i := range max(len(a), len(b)) {
			out.line("%-16s │ %s │ %s", at, pad(nth(a, i), left), nth(b, i))
			at = ""
		}
	}
}

func nth(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-len([]rune(s)))) }

// wrap breaks a text into lines of at most n letters, at spaces.
func wrap(s string, n int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > n {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// printed keeps the first error of writing.
type printed struct {
	w   io.Writer
	err error
}

func (p *printed) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
