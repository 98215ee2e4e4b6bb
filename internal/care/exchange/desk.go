package exchange

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/care/exchange/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const (
	home       = "/desk/customers/import"
	exportHref = "/desk/customers/export"
)

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskHome)
	// What surrounds the file in a form is small.
	m.Upload(home, s.limit()+1<<20, s.deskUpload)
	m.Get(home+"/{import}", s.deskImport)
	m.Get(home+"/{import}/columns", s.deskColumns)
	m.Post(home+"/{import}/columns", s.deskMap)
	m.Post(home+"/{import}/choices", s.deskChoose)
	m.Post(home+"/{import}/{act}", s.deskAct)
	m.Get(home+"/{import}/rows", s.deskRows)
	m.Post(home+"/{import}/rows/{row}", s.deskChooseRow)
	m.Get(home+"/{import}/problems.csv", s.deskProblems)
	m.Get(exportHref, s.deskExportPage)
	m.Post(exportHref, s.deskExport)
}

func href(id string) string { return home + "/" + id }

// steps show how far an import is: 1 is bringing the list.
func steps(words lang.Printer, at int) []ui.TrackStep {
	var out []ui.TrackStep
	for n, key := range []string{"file", "columns", "dry", "add", "done"} {
		out = append(out, ui.TrackStep{Label: words.T("exchange.page.step-" + key), Done: n+1 < at, Current: n+1 == at})
	}
	return out
}

func (s *Service) deskHome(c *web.Ctx) error { return s.showHome(c, "", 0) }

func (s *Service) showHome(c *web.Ctx, problem string, status int) error {
	p, err := s.List(c.Context(), c.Actor, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	var ids []string
	for _, i := range p.Items {
		ids = append(ids, i.By)
	}
	var members map[string]org.Member
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) {
		members, err = org.MembersByIDs(q, c.Actor.Org, ids)
		return err
	}); err != nil {
		return err
	}
	v := html.HomeView{Track: steps(c.P, 1), Max: s.limit() >> 20, Problem: problem}
	for _, i := range p.Items {
		e := html.Earlier{Href: href(i.ID), Name: i.FileName, State: c.P.T("exchange.state." + string(i.State)),
			Who: c.P.T("exchange.page.by", "Who", members[i.By].Name, "At", i.CreatedAt)}
		counts := []string{c.P.T("exchange.count.people", "N", i.Rows)}
		for _, o := range outcomes {
			if n := i.Tally[outcomeKey(o)]; n > 0 {
				counts = append(counts, c.P.Number(n)+" "+c.P.T("exchange.count."+o))
			}
		}
		e.Counts = strings.Join(counts, ", ")
		v.Earlier = append(v.Earlier, e)
	}
	v.Pager = pager(c, home+"?", "exchange.page.list-page", len(v.Earlier), p.Next)
	return c.Page(web.Page{Title: c.P.T("exchange.page.nav"), Nav: "people", Failed: status >= 400, Status: status, Body: html.Home(v)})
}

var outcomes = []string{added, completed, failed, undone, kept}

// pager leads through a list; nil when all of it is on the page.
func pager(c *web.Ctx, base, key string, n int, next string) *ui.PagerView {
	later := c.Query("after") != ""
	if next == "" && !later {
		return nil
	}
	v := &ui.PagerView{Summary: c.P.T(key, "Count", n)}
	if later {
		v.PrevHref, v.PrevLabel = strings.TrimRight(base, "?&"), c.P.T("exchange.page.begin")
	}
	if next != "" {
		v.NextHref, v.NextLabel = base+"after="+next, c.P.T("exchange.page.more")
	}
	return v
}

// deskUpload reads the file while it comes in.
func (s *Service) deskUpload(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonImport); err != nil {
		return err
	}
	// A long list takes longer than other requests may.
	_ = http.NewResponseController(c.ResponseWriter()).SetReadDeadline(clock.Machine.Now().Add(uploadTime))
	i, err := s.fileOf(c)
	if err != nil {
		problem, _, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showHome(c, problem, status)
	}
	return c.Redirect(href(i.ID))
}

func (s *Service) fileOf(c *web.Ctx) (i Import, err error) {
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return i, errs.New(errs.Malformed, "unreadable-input").Wrap(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return i, errs.New(errs.Invalid, "import-file-missing").Field("file", "import-file-missing")
		}
		if err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return i, tooLarge(s.limit())
			}
			return i, errs.New(errs.Malformed, "unreadable-input").Wrap(err)
		}
		if part.FormName() != "file" {
			continue
		}
		if part.FileName() == "" {
			return i, errs.New(errs.Invalid, "import-file-missing").Field("file", "import-file-missing")
		}
		return s.Upload(c.Context(), c.Actor, part.FileName(), part)
	}
}

// deskImport shows an import as it is.
func (s *Service) deskImport(c *web.Ctx) error { return s.showImport(c, "", 0) }

func (s *Service) showImport(c *web.Ctx, problem string, status int) error {
	i, err := s.Get(c.Context(), c.Actor, c.Path("import"))
	if err != nil {
		return err
	}
	show := web.Page{Title: i.FileName, Nav: "people", Failed: status >= 400, Status: status}
	switch i.State {
	case Mapping:
		return s.showColumns(c, i, columnsState{problem: problem, status: status})
	case Reading, Checking, Running, Undoing:
		show.Body = html.Work(workView(c.P, i))
	case Checked:
		show.Body = html.Checked(checkedView(c.P, i, problem))
	case Stopped, Done, Undone, Dropped:
		v, err := s.resultView(c, i)
		if err != nil {
			return err
		}
		v.Problem = problem
		show.Body = html.Result(v)
	}
	return c.Page(show)
}

func workView(words lang.Printer, i Import) html.WorkView {
	v := html.WorkView{Href: href(i.ID), Track: steps(words, 3), Title: words.T("exchange.page.checking-title"), Sub: words.T("exchange.page.checking-sub")}
	var done int64
	of := i.Rows
	switch i.State {
	case Running:
		v.Track, v.Title, v.Stop = steps(words, 4), words.T("exchange.page.running-title"), href(i.ID)+"/stop"
		f := i.Forecast()
		of = f.Add + f.Complete
		for _, o := range []string{added, completed, failed} {
			done += i.Tally[outcomeKey(o)]
		}
	case Undoing:
		v.Track, v.Title = steps(words, 5), words.T("exchange.page.undoing-title")
		done = i.Tally[outcomeKey(undone)] + i.Tally[outcomeKey(kept)]
		of = done + i.Tally[outcomeKey(added)]
	case Reading:
		v.Track, v.Title = steps(words, 1), words.T("exchange.state.reading")
	default:
		for _, g := range append([]Group{Group(OK), Group(Wrong)}, groups()...) {
			done += i.Tally[string(g)]
		}
	}
	v.Done, v.Of = int(min(done, of)), int(max(of, 1))
	v.Progress = words.T("exchange.page.progress", "Done", min(done, of), "Of", of)
	v.Counts = counts(words, i)
	return v
}

func counts(words lang.Printer, i Import) (out []ui.Fact) {
	for _, o := range outcomes {
		if n := i.Tally[outcomeKey(o)]; n > 0 {
			out = append(out, ui.Fact{Term: words.T("exchange.outcome." + o), Value: words.Number(n)})
		}
	}
	return out
}

func checkedView(words lang.Printer, i Import, problem string) html.CheckedView {
	f := i.Forecast()
	at := href(i.ID)
	v := html.CheckedView{Track: steps(words, 3), Sub: words.T("exchange.page.checked-sub", "File", i.FileName), Problem: problem,
		Action: at + "/choices", Version: strconv.FormatInt(i.Version, 10), Download: at + "/problems.csv", WrongAll: at + "/rows?class=wrong",
		Do: at + "/confirm", Columns: at + "/columns", Drop: at + "/drop"}
	for _, n := range []struct {
		key string
		n   int64
	}{{"add", f.Add}, {"complete", f.Complete}, {"skip", f.Skip}, {"wrong", f.Wrong}} {
		v.Forecast = append(v.Forecast, ui.Fact{Term: words.Number(n.n), Value: words.T("exchange.count." + n.key)})
	}
	if f.Add+f.Complete > 0 {
		v.Confirm = words.T("exchange.page.confirm", "Count", f.Add+f.Complete)
	}
	for _, g := range groups() {
		n := i.Tally[string(g)]
		if n == 0 {
			continue
		}
		v.Groups = append(v.Groups, html.Group{Title: groupTitle(words, g), Note: groupNote(words, g), Count: words.T("exchange.count.people", "N", n),
			Rows: at + "/rows?class=" + classOfGroup(g),
			Choice: ui.Input{Name: "choice." + string(g), ID: "choice-" + strings.ReplaceAll(string(g), ":", "-"), Label: groupTitle(words, g),
				Value: string(i.ChoiceOf(g)), Options: choiceOptions(words, g)}})
	}
	for code, n := range problemCounts(i) {
		v.Wrong = append(v.Wrong, ui.Fact{Term: words.Number(n), Value: words.T("exchange.code." + code)})
	}
	slices.SortFunc(v.Wrong, func(a, b ui.Fact) int { return strings.Compare(a.Value, b.Value) })
	return v
}

func problemCounts(i Import) map[string]int64 {
	out := map[string]int64{}
	for k, n := range i.Tally {
		if code, ok := strings.CutPrefix(k, problemKey("")); ok && n > 0 {
			out[code] = n
		}
	}
	return out
}

func classOfGroup(g Group) string {
	if g == Group(Part) {
		return string(Part)
	}
	return string(Twin)
}

func groupTitle(words lang.Printer, g Group) string {
	if why, ok := strings.CutPrefix(string(g), here); ok {
		return words.T("exchange.group.here", "Why", words.T("exchange.reason."+why))
	}
	if why, ok := strings.CutPrefix(string(g), inList); ok {
		return words.T("exchange.group.list", "Why", words.T("exchange.reason."+why))
	}
	return words.T("exchange.group.part")
}

func groupNote(words lang.Printer, g Group) string {
	if g == Group(Part) {
		return words.T("exchange.group.part-note")
	}
	return ""
}

func choiceOptions(words lang.Printer, g Group) (out []ui.Option) {
	for _, ch := range g.Choices() {
		key := "exchange.choice." + string(ch)
		if g == Group(Part) && ch == Add {
			key = "exchange.group.part-add"
		}
		out = append(out, ui.Option{Value: string(ch), Label: words.T(key)})
	}
	return out
}

// fewRows is how many rows a result shows itself.
const fewRows = 10

func (s *Service) resultView(c *web.Ctx, i Import) (html.ResultView, error) {
	words, at := c.P, href(i.ID)
	v := html.ResultView{Track: steps(words, 5), Counts: counts(words, i), Cleared: i.Cleared}
	titled := func(key string, sub ...any) {
		v.Title, v.Sub = words.T("exchange.page."+key+"-title"), words.T("exchange.page."+key+"-sub", sub...)
	}
	switch i.State {
	case Stopped:
		titled("stopped")
		v.Track, v.Continue = steps(words, 4), at+"/continue"
	case Done:
		titled("done", "File", i.FileName, "At", i.EndedAt)
	case Undone:
		titled("undone", "File", i.FileName, "At", i.EndedAt)
	default:
		titled("dropped", "File", i.FileName)
		v.Track = nil
	}
	if i.Cleared {
		return v, nil
	}
	if (i.State == Stopped || i.State == Done) && i.Tally[outcomeKey(added)] > 0 {
		v.Undo = at + "/undo"
	}
	if i.State != Dropped && len(problemCounts(i))+int(i.Tally[outcomeKey(failed)]) > 0 {
		v.Download = at + "/problems.csv"
	}
	var err error
	if v.Kept, err = s.named(c, i, kept, "exchange.page.kept-text"); err != nil {
		return v, err
	}
	v.Failed, err = s.named(c, i, failed, "exchange.page.failed-text")
	return v, err
}

func (s *Service) named(c *web.Ctx, i Import, outcome, key string) (*html.Named, error) {
	if i.Tally[outcomeKey(outcome)] == 0 {
		return nil, nil
	}
	_, p, err := s.Rows(c.Context(), c.Actor, i.ID, Filter{Outcome: outcome}, "", fewRows)
	if err != nil {
		return nil, err
	}
	n := &html.Named{Text: c.P.T(key), All: href(i.ID) + "/rows?outcome=" + outcome, Label: c.P.T(key)}
	for _, r := range p.Items {
		c.Saw("person", r.Person)
		v := ui.PointView{Text: i.name(r), Note: c.P.T("exchange.page.row-no", "No", r.No)}
		if r.Person != "" {
			v.Href = "/desk/people/" + r.Person
		}
		n.Rows = append(n.Rows, v)
	}
	return n, nil
}

type versionInput struct {
	Version int64 `form:"version"`
}

// deskAct does what a button says.
func (s *Service) deskAct(c *web.Ctx) error {
	var in versionInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	id, ctx := c.Path("import"), c.Context()
	var toast string
	var err error
	switch c.Path("act") {
	case "confirm":
		_, err = s.Confirm(ctx, c.Actor, id, in.Version)
		toast = "started"
	case "stop":
		_, err = s.Stop(ctx, c.Actor, id)
		toast = "stopped-toast"
	case "continue":
		_, err = s.Continue(ctx, c.Actor, id)
		toast = "continued"
	case "undo":
		_, err = s.Undo(ctx, c.Actor, id)
		toast = "undone-toast"
	case "drop":
		_, err = s.Drop(ctx, c.Actor, id)
		toast = "dropped"
	default:
		return errs.New(errs.NotFound, "page-not-found")
	}
	if err != nil {
		problem, _, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showImport(c, problem, status)
	}
	c.Toast("exchange.page." + toast)
	return c.Redirect(href(id))
}

// deskChoose takes the choices for groups over.
func (s *Service) deskChoose(c *web.Ctx) error {
	var in versionInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	choices := map[Group]Choice{}
	for _, g := range groups() {
		if v := c.Request().PostForm.Get("choice." + string(g)); v != "" {
			choices[g] = Choice(v)
		}
	}
	if _, err := s.Choose(c.Context(), c.Actor, c.Path("import"), in.Version, choices); err != nil {
		problem, _, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showImport(c, problem, status)
	}
	c.Toast("exchange.page.saved-choices")
	return c.Redirect(href(c.Path("import")))
}

// deskProblems gives the rows with a problem as a file.
func (s *Service) deskProblems(c *web.Ctx) error {
	i, err := s.Get(c.Context(), c.Actor, c.Path("import"))
	if err != nil {
		return err
	}
	h := c.ResponseWriter().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%d.csv"`, "houvast-import", i.CreatedAt.Unix()))
	if err := s.Problems(c.Context(), c.Actor, i.ID, c.P, c.ResponseWriter()); err != nil {
		panic(http.ErrAbortHandler) // what was sent is not all of it: break off
	}
	return nil
}
