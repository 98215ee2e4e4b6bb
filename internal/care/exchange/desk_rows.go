package exchange

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/houvast/houvast/internal/care/exchange/html"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// views of the rows of a list: by class, by outcome, all.
var views = []struct{ param, value, word string }{
	{"class", string(Wrong), "exchange.page.wrong-title"}, {"class", string(Part), "exchange.group.part"}, {"class", string(Twin), "exchange.page.groups-title"},
	{"outcome", added, "exchange.outcome.added"}, {"outcome", completed, "exchange.outcome.completed"}, {"outcome", failed, "exchange.outcome.failed"},
	{"outcome", kept, "exchange.outcome.kept"}, {"outcome", undone, "exchange.outcome.undone"}, {"", "", "exchange.page.rows-all"},
}

func (s *Service) deskRows(c *web.Ctx) error {
	f := Filter{Class(c.Query("class")), c.Query("outcome")}
	i, p, err := s.Rows(c.Context(), c.Actor, c.Path("import"), f, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	at := href(i.ID)
	base := at + "/rows?"
	v := html.RowsView{Title: c.P.T("exchange.page.rows-title"), Sub: i.FileName, Back: at}
	for _, x := range views {
		to, current := at+"/rows", f.Class == "" && f.Outcome == ""
		if x.param != "" {
			to += "?" + x.param + "=" + x.value
			current = string(f.Class) == x.value && x.param == "class" || f.Outcome == x.value && x.param == "outcome"
		}
		if !current && x.param != "" && !i.has(x.param, x.value) {
			continue
		}
		if current && x.param != "" {
			base = to + "&"
		}
		v.Scopes = append(v.Scopes, ui.Segment{Label: c.P.T(x.word), Href: to, Current: current})
	}
	for _, r := range p.Items {
		c.Saw("person", r.TwinID, r.Person)
		v.Rows = append(v.Rows, rowView(c.P, i, r, base))
	}
	if len(v.Rows) == 0 {
		v.Empty = &ui.EmptyView{Title: c.P.T("exchange.page.rows-none-title"), Text: c.P.T("exchange.page.rows-none-text")}
	}
	v.Pager = pager(c, base, "exchange.page.rows-page", len(v.Rows), p.Next)
	return c.Page(web.Page{Title: v.Title, Nav: "people", Body: html.Rows(v)})
}

// has says whether an import has rows of a class or an outcome.
func (i Import) has(param, value string) bool {
	if param == "outcome" {
		return i.Tally[outcomeKey(value)] > 0
	}
	for k, n := range i.Tally {
		if n > 0 && (k == value || value == string(Twin) && (strings.HasPrefix(k, here) || strings.HasPrefix(k, inList))) {
			return true
		}
	}
	return false
}

func rowView(words lang.Printer, i Import, r Row, base string) html.Row {
	no := itoa(int(r.No))
	v := html.Row{ID: "row-" + no, No: words.T("exchange.page.row-no", "No", r.No), Name: i.name(r), Says: i.says(r, words)}
	if v.Name == "" {
		v.Name = words.T("exchange.page.no-name")
	}
	for n, cell := range r.Cells {
		if cell != "" {
			v.Cells = append(v.Cells, ui.Fact{Term: i.columnName(n, words), Value: strings.ReplaceAll(cell, several, ", ")})
		}
	}
	if r.Outcome != "" {
		v.Outcome = words.T("exchange.outcome." + r.Outcome)
	}
	if r.TwinID != "" {
		v.Twin = "/desk/people/" + r.TwinID
	}
	if r.Person != "" && r.Outcome != undone {
		v.Person = "/desk/people/" + r.Person
	}
	if g := r.Group(); i.State == Checked && len(g.Choices()) > 1 {
		v.Action = href(i.ID) + "/rows/" + no + "?back=" + url.QueryEscape(base)
		v.Choice = &ui.Input{Name: "choice", ID: "choice-" + no, Label: words.T("exchange.page.row-choice", "No", r.No), Value: string(r.Choice)}
		whole := words.T("exchange.choice." + string(i.ChoiceOf(g)))
		v.Choice.Options = append([]ui.Option{{Value: "", Label: words.T("exchange.choice.group", "What", whole), Selected: r.Choice == ""}}, choiceOptions(words, g)...)
	}
	return v
}

type choiceInput struct {
	Choice string `form:"choice"`
}

// deskChooseRow says what happens with one row.
func (s *Service) deskChooseRow(c *web.Ctx) error {
	var in choiceInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	no, err := atoi(c.Path("row"))
	if err != nil {
		return errs.New(errs.NotFound, "import-row-unknown")
	}
	i, err := s.ChooseRow(c.Context(), c.Actor, c.Path("import"), no, Choice(in.Choice))
	if err != nil {
		return err
	}
	c.Toast("exchange.page.row-saved")
	to := href(i.ID) + "/rows"
	if back := c.Query("back"); strings.HasPrefix(back, to) {
		to = strings.TrimRight(back, "?&")
	}
	return c.Redirect(to + "#row-" + itoa(int(no)))
}

func (s *Service) deskExportPage(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.PersonExport); err != nil {
		return err
	}
	t := func(key string) string { return c.P.T("exchange.page.export-" + key) }
	v := html.ExportView{Action: exportHref,
		Form: ui.ChoicesView{Name: "form", Legend: t("form"), Options: []ui.Option{
			{Value: string(CSV), Label: t("csv"), Note: t("csv-note"), Selected: true}, {Value: string(VCard), Label: t("vcard"), Note: t("vcard-note")}}},
		Sep: ui.Input{Name: "separator", Label: t("separator"), Options: []ui.Option{
			{Value: "semicolon", Label: t("semicolon"), Selected: c.P.Lang() == lang.Dutch}, {Value: "comma", Label: t("comma"), Selected: c.P.Lang() != lang.Dutch}, {Value: "tab", Label: t("tab")}}},
		BOM: ui.Option{Value: "1", Label: t("bom"), Selected: true}}
	return c.Page(web.Page{Title: t("title"), Nav: "people", Body: html.Export(v)})
}

type exportInput struct {
	Form      string `form:"form"`
	Separator string `form:"separator"`
	BOM       bool   `form:"bom"`
}

// deskExport writes all customers into the answer, a page at a time.
func (s *Service) deskExport(c *web.Ctx) error {
	var in exportInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	out, err := s.Export(c.Context(), c.Actor, Export{Form(in.Form), in.Separator, in.BOM}, c.ID, c.P)
	if err != nil {
		return err
	}
	w := c.ResponseWriter()
	_ = http.NewResponseController(w).SetWriteDeadline(clock.Machine.Now().Add(exportTime))
	w.Header().Set("Content-Type", out.ContentType())
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename=%q`, out.FileName(c.Now().In(c.P.Loc()))))
	if _, err := out.Write(c.Context(), w); err != nil {
		panic(http.ErrAbortHandler) // what was sent is not all of it: break off
	}
	return nil
}
