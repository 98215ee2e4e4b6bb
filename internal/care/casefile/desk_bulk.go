package casefile

import (
	"net/http"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// bulkHref is where things are done with several cases.
const bulkHref = "/desk/bulk"

// bulkPrint is the choice to print the ticked cases; it changes nothing.
const bulkPrint = "print"

// bulkInput is what was ticked and chosen on the desk.
type bulkInput struct {
	Do       string   `form:"do"`
	Cases    []string `form:"id"`
	To       string   `form:"to"`
	Due      string   `form:"due_at"`
	Text     string   `form:"text"`
	Asked    bool     `form:"asked"`
	Once     string   `form:"once"`
	Promises []string `form:"promise"`
}

// bulkBar is what the list offers to do with the ticked rows.
func (s *Service) bulkBar(words lang.Printer) *html.BulkBar {
	b := &html.BulkBar{Action: bulkHref}
	for _, do := range append(slices.Clone(Bulks), bulkPrint) {
		if (do != BulkHandoff || s.Handing != nil) && (do != BulkNote || s.Notes != nil) {
			b.Do = append(b.Do, ui.Option{Value: do, Label: words.T("desk.bulk.do-" + do)})
		}
	}
	return b
}

// deskBulk shows what would happen with the ticked cases.
func (s *Service) deskBulk(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	var in bulkInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Do == bulkPrint {
		return s.deskBulkPrint(c, in)
	}
	if oneOf(in.Do, Bulks...) == "" || len(in.Cases) == 0 {
		c.Toast("desk.bulk.none")
		return c.Redirect(casesHref)
	}
	if !in.Asked && in.Do != BulkAsk { // which asks nothing more
		return s.showBulk(c, in, nil, nil)
	}
	w, err := s.readBulk(c, in)
	if err != nil {
		return s.showBulk(c, in, nil, err)
	}
	p, err := s.PreviewBulk(c.Context(), c.Actor, w)
	if err != nil {
		return s.showBulk(c, in, nil, err)
	}
	return s.showBulk(c, in, &p, nil)
}

func (s *Service) readBulk(c *web.Ctx, in bulkInput) (w BulkWanted, err error) {
	w = BulkWanted{What: in.Do, Cases: in.Cases}
	switch in.Do {
	case BulkHandoff:
		w.To = in.To
	case BulkMove:
		w.Due, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "due_at", in.Due)
	case BulkNote:
		w.Text = in.Text
	case BulkWait:
		w.Text = in.Text
		w.Due, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "due_at", in.Due)
	}
	return w, err
}

// deskBulkRun does what was shown.
func (s *Service) deskBulkRun(c *web.Ctx) error {
	var in bulkInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	w, err := s.readBulk(c, in)
	if err != nil {
		return s.showBulk(c, in, nil, err)
	}
	confirmed := BulkConfirmed{BulkWanted: w, Once: in.Once, Promises: map[string]string{}}
	if len(in.Promises) == len(in.Cases) {
		for i, id := range in.Cases {
			confirmed.Promises[id] = in.Promises[i]
		}
	}
	confirmed.Cases = slices.Clone(in.Cases)
	b, err := s.RunBulk(c.Context(), c.Actor, confirmed)
	if err != nil {
		return s.showBulk(c, in, nil, err)
	}
	return c.Redirect(bulkHref + "/" + b.ID)
}

// showBulk shows the choice, and below it what would happen.
func (s *Service) showBulk(c *web.Ctx, in bulkInput, p *BulkPlan, wrong error) error {
	words := c.P
	v := html.BulkPage{Do: in.Do, Cases: in.Cases, Back: casesHref, ToValue: in.To, Due: in.Due, Text: in.Text,
		Title: words.T("desk.bulk.title-"+in.Do, "Count", len(in.Cases)), Sub: words.T("desk.bulk.nothing-yet")}
	status := 0
	if wrong != nil {
		var rest error
		if v.Problem, v.Errors, status, rest = ui.Refusal(c, wrong, nil); rest != nil {
			return rest
		}
	}
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if in.Do == BulkHandoff {
			if v.To, err = receivers(q, c, in.To); err != nil {
				return err
			}
		}
		if p != nil {
			ids := set{}
			for _, x := range p.Steps {
				ids.add(x.Case.Owner)
			}
			ids.add(p.Member)
			members, err = org.MembersByIDs(q, c.Actor.Org, ids.list())
		}
		return err
	}); err != nil {
		return err
	}
	if p != nil {
		plan, err := s.bulkPlan(c, *p, members)
		if err != nil {
			return err
		}
		v.Plan = &plan
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Status: status, Body: html.Bulk(v)})
}

// receivers are the teams and colleagues that can be asked to take cases on.
func receivers(q db.Q, c *web.Ctx, chosen string) ([]ui.Option, error) {
	out := []ui.Option{{Label: c.P.T("desk.bulk.choose")}}
	teams, err := teamsFor(q, c.Actor.Org, c.Actor.Member)
	if err != nil {
		return nil, err
	}
	for _, t := range teams {
		out = append(out, ui.Option{Value: t.ID, Label: c.P.T("desk.bulk.team", "Team", t.Name), Selected: t.ID == chosen})
	}
	members, err := org.Active(q, c.Actor.Org, 200)
	for _, m := range members {
		o := ui.Option{Value: m.ID, Label: m.Name, Selected: m.ID == chosen}
		if !m.Here(c.Now()) {
			o.Label = c.P.T("desk.bulk.away", "Name", m.Name)
		}
		out = append(out, o)
	}
	return out, err
}

// bulkPlan words what would happen: in sentences, per case, and what one
// customer reads, word for word.
func (s *Service) bulkPlan(c *web.Ctx, p BulkPlan, members map[string]org.Member) (html.BulkPlan, error) {
	words, n := c.P, p.Can()
	v := html.BulkPlan{Once: c.OnceToken()}
	askers := set{}
	for _, x := range p.Steps {
		askers.add(x.Case.Asker)
	}
	var people map[string]person.Person
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { people, err = person.ByIDs(q, c.Actor.Org, askers.list()); return err }); err != nil {
		return v, err
	}
	var first *BulkStep
	for _, x := range p.Steps {
		line := bulkLine(x.Case, people)
		if x.Case.Number > 0 {
			c.Saw("case", x.Case.ID)
		}
		if x.Problem != "" {
			line.What = bulkWhy(words, x.Problem)
			v.Cannot = append(v.Cannot, line)
			continue
		}
		if first == nil {
			first = &x
		}
		v.Keep = append(v.Keep, html.BulkPromise{Case: x.Case.ID, Promise: x.Promise.ID})
		switch p.What {
		case BulkMove:
			line.What = words.T("desk.bulk.row-move", "What", x.Promise.What, "From", x.Promise.Due, "Due", p.Due)
		case BulkNote:
			line.What = words.T("desk.bulk.row-note")
		case BulkWait:
			line.What = words.T("desk.bulk.row-wait", "Due", p.Due, "Again", !x.Case.WaitingBy.IsZero())
		case BulkAsk:
			line.What = words.T("desk.bulk.row-ask", "Due", p.Closes)
		default:
			line.What = words.T("desk.bulk.row-handoff", "Owner", members[x.Case.Owner].Name, "To", members[p.Member].Name, "Due", x.Promise.Due)
		}
		v.Rows = append(v.Rows, line)
	}
	if n == 0 {
		v.Says = []string{words.T("desk.bulk.nothing")}
		return v, nil
	}
	v.Confirm = words.T("desk.bulk.confirm-"+p.What, "Count", n)
	if p.What == BulkHandoff {
		key := "desk.bulk.says-handoff"
		if p.AtOnce {
			key = "desk.bulk.says-at-once"
		}
		v.Says = []string{words.T(key, "Count", n, "To", members[p.Member].Name), words.T("desk.bulk.says-same")}
		return v, nil
	}
	if p.What == BulkNote {
		v.Says = []string{words.T("desk.bulk.says-note", "Count", n)}
		return v, nil
	}
	due := p.Due
	if p.What == BulkAsk {
		due = p.Closes
	} else {
		v.Due = p.Due.Format(time.RFC3339)
	}
	v.Says = []string{words.T("desk.bulk.says-"+p.What, "Count", n, "Due", due)}
	if p.Messages > 0 {
		v.Says = append(v.Says, words.T("desk.bulk.says-messages", "Count", p.Messages))
	}
	if p.Calls > 0 {
		v.Says = append(v.Says, words.T("desk.bulk.says-calls", "Count", p.Calls))
	}
	var err error
	v.Sample, err = s.bulkSample(c, p, *first)
	return v, err
}

// bulkSample is what the first customer reads.
func (s *Service) bulkSample(c *web.Ctx, p BulkPlan, x BulkStep) (*ui.PreviewView, error) {
	var o org.Organisation
	var to map[string]person.Card
	hears, m, template, extra := x.Case.Asker, promise.Make{Kind: promise.Update, Due: p.Due, Keeper: x.Case.Owner}, "waiting-customer", map[string]any(nil)
	switch p.What {
	case BulkMove:
		hears, template = x.Promise.To, "promise-moved"
		m.Kind, m.What, m.Keeper = x.Promise.Kind, x.Promise.What, x.Promise.Keeper
	case BulkWait:
		extra = map[string]any{"whom": "", "await": p.Text}
	case BulkAsk:
		template, m.Kind, m.Due = "closing-ask", promise.Closing, p.Closes
	}
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		if o, err = org.ByID(q, c.Actor.Org); err != nil {
			return err
		}
		if to, err = person.Cards(q, c.Actor.Org, []string{hears}); err != nil || p.What != BulkWait {
			return err
		}
		theirs, err := s.theirWords(q, x.Case)
		m.What = waitPromise(theirs, Wait{Kind: WaitCustomer, What: p.Text}).What
		return err
	}); err != nil {
		return nil, err
	}
	return s.reads(c, o, to[hears], &x.Case, m, template, extra)
}

func bulkLine(c Case, people map[string]person.Person) html.BulkLine {
	if c.Number == 0 {
		return html.BulkLine{}
	}
	return html.BulkLine{Ref: c.Ref(), Subject: c.Subject, Href: caseHref(c), Who: people[c.Asker].Name}
}

// bulkWhy says why nothing happens with a case.
func bulkWhy(words lang.Printer, problem string) string {
	if key := "desk.bulk.why-" + problem; words.Has(key) { // without what only that case knows
		return words.T(key)
	}
	if key := "problem." + problem; words.Has(key) {
		return words.T(key)
	}
	return words.T("desk.bulk.refused")
}

// deskBulkResult shows what became of each case.
func (s *Service) deskBulkResult(c *web.Ctx) error {
	b, rows, err := s.GetBulk(c.Context(), c.Actor, c.Path("bulk"))
	if err != nil {
		return err
	}
	words := c.P
	var cases map[string]Case
	var people map[string]person.Person
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		ids, askers := set{}, set{}
		for _, r := range rows {
			ids.add(r.Case)
		}
		if cases, err = ByIDs(q, c.Actor.Org, ids.list()); err != nil {
			return err
		}
		for _, x := range cases {
			askers.add(x.Asker)
		}
		if people, err = person.ByIDs(q, c.Actor.Org, askers.list()); err != nil {
			return err
		}
		members, err = org.MembersByIDs(q, c.Actor.Org, []string{b.Member})
		return err
	}); err != nil {
		return err
	}
	v := html.BulkResult{Back: casesHref, Of: b.Total, Reload: bulkHref + "/" + b.ID}
	no := 0
	for _, r := range rows {
		line := bulkLine(cases[r.Case], people)
		c.Saw("case", r.Case)
		switch r.State {
		case RowDone:
			line.State, line.Word = ui.Kept, words.T("desk.bulk.did-"+b.What)
		case RowRefused:
			line.State, line.Word, line.What = ui.AtRisk, words.T("desk.bulk.not"), bulkWhy(words, r.Problem)
			no++
		default:
			line.State, line.Word = ui.Waiting, words.T("desk.bulk.waits")
			v.Rows = append(v.Rows, line)
			continue
		}
		v.Done++
		v.Rows = append(v.Rows, line)
	}
	v.Title = words.T("desk.bulk.result-"+b.What, "Count", v.Done-no)
	v.Sub = words.T("desk.bulk.result-sub", "Who", members[b.Member].Name, "At", b.CreatedAt)
	if no > 0 {
		v.Sub = words.T("desk.list.two", "A", words.T("desk.bulk.result-not", "Count", no), "B", v.Sub)
	}
	if v.Done < v.Of {
		v.Progress = words.T("desk.bulk.progress", "Done", v.Done, "Of", v.Of)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Live: events, Body: html.BulkDone(v)})
}

// deskBulkPrint lists the ticked cases on paper.
func (s *Service) deskBulkPrint(c *web.Ctx, in bulkInput) error {
	w := BulkWanted{What: BulkHandoff, Cases: in.Cases, BulkInput: BulkInput{To: bulkPrint}}
	if err := w.check(); err != nil {
		if errs.ClassOf(err) == errs.Invalid && len(in.Cases) == 0 {
			c.Toast("desk.bulk.none")
			return c.Redirect(casesHref)
		}
		return err
	}
	var list []promise.Promise
	var b book
	bare := map[string]Case{}
	if err := s.DB.Read(c.Context(), func(q db.Q) error {
		nexts, err := promise.NextOf(q, c.Actor.Org, w.Cases)
		if err != nil {
			return err
		}
		for _, p := range nexts {
			list = append(list, p)
		}
		slices.SortFunc(list, func(a, b promise.Promise) int { return a.Due.Compare(b.Due) })
		if b, err = bookOf(q, c.Actor.Org, list); err != nil {
			return err
		}
		bare, err = ByIDs(q, c.Actor.Org, w.Cases)
		return err
	}); err != nil {
		return err
	}
	v := html.DayList{Title: c.P.T("desk.bulk.print-title", "Count", len(list)), Sub: c.P.T("desk.day.sub", "Now", c.Now()),
		Empty: ui.EmptyView{Title: c.P.T("desk.bulk.print-none"), Text: c.P.T("desk.day.none-text")}}
	for _, p := range list {
		s.dayRow(c, &v, b, p, c.P.Moment(p.Due))
	}
	if n := len(bare) - len(list); n > 0 {
		v.Cut = c.P.T("desk.bulk.print-left", "Count", n)
	}
	return c.Page(web.Page{Title: v.Title, Nav: "cases", Body: html.Day(v)})
}

// deskBulkHome leads whoever reloads a preview back to the list.
func (s *Service) deskBulkHome(c *web.Ctx) error {
	http.Redirect(c.ResponseWriter(), c.Request(), casesHref, http.StatusSeeOther)
	return nil
}
