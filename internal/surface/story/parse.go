package story

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// maxFile bounds a story: a long one is about 40 kB.
const maxFile = 1 << 20

var identForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

// reserved words cannot be the id of somebody or the name of what was saved.
var reserved = []string{"at", "now", "system", "installer"}

// Parse reads a story. The error is Problems when the story is at fault: all
// of them at once, in the order of the file.
func Parse(name string, in io.Reader) (*Story, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read story %s: %w", name, err)
	}
	r := &reader{file: name}
	if len(raw) > maxFile {
		return nil, Problems{{File: name, Key: "too-large", Params: []any{"Max", maxFile}}}
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		return nil, Problems{yamlProblem(name, err)}
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		r.bad(&more, "one-document")
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, Problems{{File: name, Key: "empty"}}
	}
	if r.plain(doc.Content[0], 0); len(r.problems) > 0 {
		return nil, r.problems.err()
	}
	s := r.story(doc.Content[0])
	r.references(s)
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return s, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// yamlProblem gives what the YAML reader says with the place it names.
func yamlProblem(name string, err error) Problem {
	p := Problem{File: name, Key: "bad-yaml"}
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if errors.Is(err, io.EOF) {
		return Problem{File: name, Key: "empty"}
	}
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		p.Line, _ = strconv.Atoi(m[1]) // the pattern lets only digits through
		p.Column = 1
		what = strings.Replace(what, m[0], "", 1)
	}
	p.Params = []any{"Why", what}
	return p
}

// plain refuses what makes a story hard to read: anchors, aliases, tags, and
// nesting without end.
func (r *reader) plain(n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.bad(n, "no-aliases")
		return
	}
	if depth > 40 {
		r.bad(n, "too-deep")
		return
	}
	for _, c := range n.Content {
		r.plain(c, depth+1)
	}
}

func (r *reader) story(n *yaml.Node) *Story {
	f := r.fields(n, "story", "source", "title", "summary", "timezone", "happened", "cast", "customers", "steps", "finally")
	r.need(n, f, "story", "title", "cast", "steps")
	s := &Story{File: r.file, Name: r.str(f["story"]), Source: r.str(f["source"]), Title: r.text(f["title"]), Summary: r.text(f["summary"])}
	if base := strings.TrimSuffix(filepath.Base(r.file), filepath.Ext(r.file)); s.Name != "" && s.Name != base && strings.HasSuffix(r.file, ".yaml") {
		r.bad(f["story"], "name-of-file", "Word", s.Name, "Near", base)
	}
	zone := workcal.DefaultZone
	if f["timezone"] != nil {
		zone = r.str(f["timezone"])
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		r.bad(f["timezone"], "unknown-zone", "Word", zone)
		loc = time.UTC
	}
	s.Zone, r.zone = loc, loc
	s.Happened = r.happened(f["happened"])
	r.cast(s, f["cast"])
	for _, x := range r.list(f["customers"]) {
		if c := r.caller(s, x); c != nil {
			s.Callers = append(s.Callers, c)
		}
	}
	s.Steps = r.steps(s, f["steps"], true)
	if f["steps"] != nil && len(s.Steps)+len(s.Callers) == 0 {
		r.bad(f["steps"], "nothing-happens")
	}
	s.Finally = r.fields(f["finally"], "guarded", "bare")
	for _, want := range s.Finally {
		r.fields(want)
	}
	return s
}

func (r *reader) happened(n *yaml.Node) Happened {
	f := r.fields(n, "contacts_by_customer", "organisations", "days", "bounces", "outcome", "timeline")
	h := Happened{Contacts: r.number(f["contacts_by_customer"]), Organisations: r.number(f["organisations"]),
		Days: r.number(f["days"]), Bounces: r.number(f["bounces"]), Outcome: r.text(f["outcome"])}
	for _, x := range r.list(f["timeline"]) {
		e := r.fields(x, "at", "text", "contact", "bounce")
		r.need(x, e, "at", "text")
		if e["at"] == nil {
			continue
		}
		ev := Event{Text: r.text(e["text"]), Contact: r.yes(e["contact"]), Bounce: r.yes(e["bounce"])}
		// A text often says only the day.
		if at := r.str(e["at"]); len(at) == len(time.DateOnly) {
			d, err := time.Parse(time.DateOnly, at)
			if err != nil {
				r.bad(e["at"], "bad-moment", "Word", at)
			}
			ev.At = Moment{wall: d}
		} else {
			ev.At = r.moment(e["at"])
		}
		ev.When = r.str(e["at"])
		h.Timeline = append(h.Timeline, ev)
	}
	return h
}

func (r *reader) cast(s *Story, n *yaml.Node) {
	f := r.fields(n, "organisations", "customers")
	r.need(n, f, "organisations")
	taken := map[string]bool{}
	for _, x := range r.list(f["organisations"]) {
		s.Cast.Organisations = append(s.Cast.Organisations, r.organisation(x, taken))
	}
	for _, x := range r.list(f["customers"]) {
		s.Cast.Customers = append(s.Cast.Customers, r.customer(s, x, taken))
	}
	for i, x := range r.list(f["customers"]) { // guardians may come later in the list
		c := s.Cast.Customers[i]
		g := r.fields(x)["guardian"]
		if c.Guardian != "" && s.customer(c.Guardian) == nil {
			r.unknown(g, "customer", c.Guardian, s.customerIDs())
		}
	}
}

func (s *Story) customerIDs() (ids []string) {
	for _, c := range s.Cast.Customers {
		ids = append(ids, c.ID)
	}
	return ids
}

func (s *Story) organisationIDs() (ids []string) {
	for _, o := range s.Cast.Organisations {
		ids = append(ids, o.ID)
	}
	return ids
}

func (s *Story) staffIDs() (ids []string) {
	for _, o := range s.Cast.Organisations {
		for _, m := range o.Staff {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// ident reads an id that nobody else of the cast has.
func (r *reader) ident(n *yaml.Node, taken map[string]bool) string {
	if n == nil {
		return ""
	}
	s := r.str(n)
	switch {
	case s == "":
		return ""
	case !identForm.MatchString(s):
		r.bad(n, "bad-name", "Word", s)
	case slices.Contains(reserved, s):
		r.bad(n, "reserved", "Word", s)
	case taken[s]:
		r.bad(n, "name-taken", "Word", s)
	}
	taken[s] = true
	return s
}

func (r *reader) organisation(n *yaml.Node, taken map[string]bool) *Organisation {
	f := r.fields(n, "id", "name", "kind", "phone", "language", "hours", "closed", "holidays", "settings", "staff", "teams", "needs", "desk")
	r.need(n, f, "id", "name", "kind", "staff")
	o := &Organisation{ID: r.ident(f["id"], taken), Name: r.str(f["name"]), Phone: r.str(f["phone"]), Language: "nl",
		Kind: r.oneOf(f["kind"], "kind", "practice", "hospital", "firm"), Settings: f["settings"], Needs: r.words(f["needs"]), line: n.Line}
	if f["language"] != nil {
		o.Language = r.oneOf(f["language"], "language", "nl", "en")
	}
	o.Calendar = r.calendar(f["hours"], f["closed"])
	if f["holidays"] != nil && !r.yes(f["holidays"]) {
		o.Calendar.Holidays = nil // open on them: for a story that is moved to any date
	}
	admin := false
	for _, x := range r.list(f["staff"]) {
		m := r.member(x, o, taken)
		admin = admin || m.Role == "administrator"
		o.Staff = append(o.Staff, m)
	}
	if f["staff"] != nil && !admin {
		r.bad(f["staff"], "no-administrator", "Word", o.ID)
	}
	r.deputies(o, f["staff"])
	for _, x := range r.list(f["teams"]) {
		t := r.fields(x, "id", "name", "duty", "auto_accept")
		r.need(x, t, "id", "name", "duty")
		team := &Team{ID: r.ident(t["id"], taken), Name: r.str(t["name"]), Duty: r.str(t["duty"]),
			AutoAccept: r.yes(t["auto_accept"]), org: o, line: x.Line}
		if t["duty"] != nil && !o.has(team.Duty) {
			r.unknown(t["duty"], "staff", team.Duty, o.ids())
		}
		o.Teams = append(o.Teams, team)
	}
	if d := f["desk"]; d != nil {
		known := o.ids()
		for _, t := range o.Teams {
			known = append(known, t.ID)
		}
		if o.Desk = r.str(d); !slices.Contains(known, o.Desk) {
			r.unknown(d, "staff", o.Desk, known)
		}
	}
	return o
}

func (o *Organisation) ids() (ids []string) {
	for _, m := range o.Staff {
		ids = append(ids, m.ID)
	}
	return ids
}

func (o *Organisation) has(staff string) bool { return slices.Contains(o.ids(), staff) }

func (r *reader) member(n *yaml.Node, o *Organisation, taken map[string]bool) *Staff {
	f := r.fields(n, "id", "name", "role", "title", "deputy")
	r.need(n, f, "id", "name", "role")
	return &Staff{ID: r.ident(f["id"], taken), Name: r.str(f["name"]), Title: r.str(f["title"]), Deputy: r.str(f["deputy"]),
		Role: r.oneOf(f["role"], "role", "desk", "specialist", "manager", "administrator"), org: o, line: n.Line}
}

func (r *reader) deputies(o *Organisation, n *yaml.Node) {
	for _, x := range r.list(n) {
		if d := r.fields(x)["deputy"]; d != nil && !o.has(d.Value) {
			r.unknown(d, "staff", d.Value, o.ids())
		}
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// calendar reads opening hours: "mon-fri: 08:00-12:30, 13:00-17:00". Without
// any it is the usual week. It is closed on the Dutch holidays, unless the
// organisation says "holidays: false".
func (r *reader) calendar(hours, closed *yaml.Node) workcal.Calendar {
	c := workcal.Default(r.zone.String())
	if hours != nil {
		c.Week = workcal.Week{}
		if hours.Kind != yaml.MappingNode {
			r.bad(hours, "mapping-expected")
			return c
		}
		for i := 0; i+1 < len(hours.Content); i += 2 {
			k, v := hours.Content[i], hours.Content[i+1]
			days, ok := daysOf(k.Value)
			if !ok {
				r.bad(k, "bad-days", "Word", k.Value)
				continue
			}
			ivs, err := workcal.ParseHours(r.str(v))
			if err != nil {
				r.bad(v, "bad-hours", "Word", v.Value, "Why", errs.TypeOf(err))
				continue
			}
			for _, d := range days {
				c.Week[d] = ivs
			}
		}
	}
	for _, x := range r.list(closed) {
		f := r.fields(x, "from", "to", "note")
		r.need(x, f, "from", "to")
		from, err1 := workcal.ParseDate(r.str(f["from"]))
		to, err2 := workcal.ParseDate(r.str(f["to"]))
		if err := errors.Join(err1, err2); err != nil || from.Compare(to) > 0 {
			r.bad(x, "bad-closure")
			continue
		}
		c.Closures = append(c.Closures, workcal.Closure{From: from, To: to, Note: r.str(f["note"])})
	}
	return c
}

// daysOf reads "mon", "mon-fri" or "fri-mon".
func daysOf(s string) (days []int, ok bool) {
	from, to, many := strings.Cut(strings.ToLower(strings.ReplaceAll(s, " ", "")), "-")
	if !many {
		to = from
	}
	a, b := slices.Index(weekdays, from), slices.Index(weekdays, to)
	if a < 0 || b < 0 {
		return nil, false
	}
	for d := a; ; d = (d + 1) % 7 {
		days = append(days, d)
		if d == b {
			return days, true
		}
	}
}

func (r *reader) customer(s *Story, n *yaml.Node, taken map[string]bool) *Customer {
	f := r.fields(n, "id", "name", "call_name", "born", "language", "phone", "email", "prefers", "guardian", "basis", "known_at", "matters")
	r.need(n, f, "id", "name", "known_at")
	c := &Customer{ID: r.ident(f["id"], taken), Name: r.str(f["name"]), CallName: r.str(f["call_name"]), Born: r.str(f["born"]),
		Language: "nl", Phone: r.str(f["phone"]), Email: r.str(f["email"]), Guardian: r.str(f["guardian"]), Basis: "parent",
		Prefers: "email", KnownAt: r.words(f["known_at"]), line: n.Line}
	if f["language"] != nil {
		c.Language = r.oneOf(f["language"], "language", "nl", "en")
	}
	if f["basis"] != nil {
		c.Basis = r.oneOf(f["basis"], "basis", "parent", "guardian", "mandate", "partner", "care-worker")
	}
	if f["prefers"] != nil {
		c.Prefers = r.oneOf(f["prefers"], "channel", "email", "phone")
	}
	if c.Born != "" {
		if _, err := workcal.ParseDate(c.Born); err != nil {
			r.bad(f["born"], "bad-date", "Word", c.Born)
		}
	}
	for _, o := range c.KnownAt {
		if s.organisation(o) == nil {
			r.unknown(f["known_at"], "organisation", o, s.organisationIDs())
		}
	}
	for _, x := range r.list(f["matters"]) {
		c.Matters = append(c.Matters, r.text(x))
	}
	return c
}
