package exchange

import (
	"slices"
	"strconv"
	"strings"

	"github.com/houvast/houvast/internal/care/exchange/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// columnsState is what a form that was not accepted adds to the page.
type columnsState struct {
	typed   []ColumnMapping
	problem string
	errors  ui.Errors
	status  int
}

func (s *Service) deskColumns(c *web.Ctx) error {
	i, err := s.Get(c.Context(), c.Actor, c.Path("import"))
	if err != nil {
		return err
	}
	if i.State != Mapping && i.State != Checking && i.State != Checked {
		return c.Redirect(href(i.ID))
	}
	return s.showColumns(c, i, columnsState{})
}

func (s *Service) showColumns(c *web.Ctx, i Import, st columnsState) error {
	words, at := c.P, href(i.ID)
	v := html.ColumnsView{Track: steps(words, 2), Action: at + "/columns", Drop: at + "/drop", Version: strconv.FormatInt(i.Version, 10),
		Sub:     words.T("exchange.page.columns-sub", "File", i.FileName, "Rows", i.Rows),
		Written: words.T("exchange.page.columns-written", "Encoding", i.Encoding, "Separator", separatorWord(words, i.Separator)),
		Problem: st.problem, Errors: st.errors}
	for n, col := range i.Columns {
		v.Columns = append(v.Columns, columnView(words, i, n, col, st))
	}
	return c.Page(web.Page{Title: words.T("exchange.page.columns-title"), Nav: "people", Failed: st.status >= 400, Status: st.status, Body: html.Columns(v)})
}

func columnView(words lang.Printer, i Import, n int, col Column, st columnsState) html.Column {
	name := i.columnName(n, words)
	v := html.Column{Name: name, Samples: col.Samples, Filled: words.T("exchange.page.filled", "N", col.Filled)}
	if col.Filled == 0 {
		v.Filled = words.T("exchange.page.empty-column")
	}
	if col.Target == ToBSN {
		v.Fixed = words.T("exchange.page.never-kept")
		v.Note = words.T("exchange.page.masked", "N", col.Masked)
		return v
	}
	if col.Masked > 0 {
		v.Note = words.T("exchange.page.masked", "N", col.Masked)
	}
	chosen, order := col.Target, col.Order
	if col.Unsure {
		order = ""
	}
	if n < len(st.typed) {
		chosen, order = st.typed[n].Target, st.typed[n].Order
	}
	no := strconv.Itoa(n)
	v.Target = ui.Input{Name: "target-" + no, Label: words.T("exchange.page.holds", "Column", name), Value: string(chosen), Error: st.errors.For("target-" + no)}
	for _, t := range Targets {
		v.Target.Options = append(v.Target.Options, ui.Option{Value: string(t), Label: words.T("exchange.target." + targetWord(t)), Selected: t == chosen})
	}
	if col.Dates.Read > 0 && (chosen == ToBirth || col.Target == ToBirth || col.Unsure) {
		o := ui.Input{Name: "order-" + no, Label: words.T("exchange.page.order-of", "Column", name), Value: string(order), Error: st.errors.For("order-" + no)}
		if order == "" {
			o.Options = []ui.Option{{Value: "", Label: words.T("exchange.order.ask"), Selected: true}}
		}
		for _, x := range []Order{DayFirst, MonthFirst, YearFirst} {
			if col.Dates.By[x] > 0 || x == order {
				o.Options = append(o.Options, ui.Option{Value: string(x), Label: words.T("exchange.order." + string(x))})
			}
		}
		v.Order = &o
	}
	return v
}

func targetWord(t Target) string {
	if t == Ignore {
		return "ignore"
	}
	return string(t)
}

func separatorWord(words lang.Printer, sep string) string {
	switch sep {
	case "":
		return ""
	case ";":
		return words.T("exchange.page.sep-semicolon")
	case ",":
		return words.T("exchange.page.sep-comma")
	case "\t":
		return words.T("exchange.page.sep-tab")
	case "|":
		return words.T("exchange.page.sep-bar")
	}
	return words.T("exchange.page.sep-other")
}

// deskMap takes over what the columns are, and begins the dry run.
func (s *Service) deskMap(c *web.Ctx) error {
	var in versionInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	i, err := s.Get(c.Context(), c.Actor, c.Path("import"))
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	typed := make([]ColumnMapping, len(i.Columns))
	for n, col := range i.Columns {
		no := strconv.Itoa(n)
		typed[n] = ColumnMapping{Target(form.Get("target-" + no)), Order(form.Get("order-" + no))}
		if col.Target == ToBSN {
			typed[n] = ColumnMapping{Target: ToBSN}
		}
		if typed[n].Target != ToBirth {
			typed[n].Order = ""
		}
	}
	if _, err := s.Map(c.Context(), c.Actor, i.ID, in.Version, typed); err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil || errs.ClassOf(err) == errs.Conflict {
			return err
		}
		st := columnsState{typed: typed, problem: problem, status: status}
		for _, e := range wrong {
			e.Field = fieldOf(e.Field, err)
			st.errors = append(st.errors, e)
			if n, order := orderAsked(e.Field); order && n < len(i.Columns) {
				i.Columns[n].Unsure = true
			}
		}
		return s.showColumns(c, i, st)
	}
	return c.Redirect(href(i.ID))
}

// fieldOf is the input of the page that a refused column stands in.
func fieldOf(path string, err error) string {
	no := strings.TrimSuffix(strings.TrimPrefix(path, "columns["), "]")
	if _, bad := strconv.Atoi(no); bad != nil {
		return "target-0"
	}
	if e, ok := errs.As(err); ok && slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Path == path && f.Type == "column-order" }) {
		return "order-" + no
	}
	return "target-" + no
}

func orderAsked(field string) (int, bool) {
	no, ok := strings.CutPrefix(field, "order-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(no)
	return n, err == nil
}
