package casefile

import (
	"net/url"
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

// promiseInput is a promise as it is typed on the desk.
type promiseInput struct {
	What     string `form:"what"`
	Kind     string `form:"kind"`
	By       string `form:"by"`
	ByText   string `form:"by_text"`
	FromText string `form:"from_text"`
	Told     string `form:"told"`
	Do       string `form:"do"`
}

// promiseNames are the fields of a promise as the desk's forms name them.
var promiseNames = map[string]string{"due_at": "by_text", "from_at": "from_text",
	"then.stop": "then", "then.done": "then", "then.due_at": "then_due"}

// kinds of promise that people make; the others follow from what they do.
var deskKinds = []string{string(promise.Answer), string(promise.Callback), string(promise.Decision), string(promise.Update), string(promise.Document), string(promise.Visit)}

// another is the choice of a moment that was typed.
const another = "other"

// chips are the moments to choose from, with how often we managed; the advised
// one is chosen unless another was. Where the record cannot say it, a promise
// to tell more is offered.
func chips(words lang.Printer, a promise.Advice, in *promiseInput) (out []ui.Option) {
	list := a.Suggestions
	if a.CannotSay {
		list = []promise.Suggestion{{Due: a.TellMore, Advised: true}}
	}
	chosen := another
	for _, x := range list {
		if x.Advised {
			chosen = x.Due.Format(time.RFC3339)
		}
	}
	if in != nil {
		if chosen = in.By; in.ByText != "" || chosen == "" {
			chosen = another
		}
	}
	there := false
	for _, x := range list {
		value := x.Due.Format(time.RFC3339)
		there = there || value == chosen
		out = append(out, ui.Option{Value: value, Label: words.Moment(x.Due), Note: oddsNote(words, a, x), Selected: value == chosen})
	}
	if at, err := time.Parse(time.RFC3339, chosen); err == nil && !there && in != nil { // offered a while ago
		out = append(out, ui.Option{Value: chosen, Label: words.Moment(at), Note: words.Rel(at), Selected: true})
	}
	return append(out, ui.Option{Value: another, Label: words.T("desk.promise.another"), Note: words.T("desk.promise.another-note"), Selected: chosen == another})
}

// oddsNote says how often we managed within the time of a suggestion.
func oddsNote(words lang.Printer, a promise.Advice, x promise.Suggestion) string {
	switch n := promise.Tenths(x.Odds); {
	case a.CannotSay:
		return words.T("desk.promise.tell-more")
	case x.Odds <= 0:
		return words.Rel(x.Due)
	case x.Advised:
		return words.T("desk.promise.odds-advised", "N", n)
	case x.Odds < 0.8:
		return words.T("desk.promise.odds-risky", "N", n)
	default:
		return words.T("desk.promise.odds", "N", n)
	}
}

// advisorView draws an advice with its record; nil while there is nothing to say.
func advisorView(words lang.Printer, a promise.Advice, now time.Time) *ui.AdvisorView {
	if a.CannotSay {
		return &ui.AdvisorView{Text: words.T("desk.promise.cannot-say", "At", a.TellMore), Basis: words.T("desk.promise.basis."+string(a.Basis), "Count", a.Of)}
	}
	i := slices.IndexFunc(a.Suggestions, func(x promise.Suggestion) bool { return x.Advised })
	if i < 0 {
		return nil
	}
	x := a.Suggestions[i]
	if a.Basis == promise.BasisNorm {
		return &ui.AdvisorView{Text: words.T("desk.promise.advice-norm", "At", x.Due), Basis: words.T("desk.promise.basis-norm")}
	}
	n := promise.Tenths(x.Odds)
	v := &ui.AdvisorView{Text: words.T("desk.promise.advice", "N", n, "At", x.Due), Basis: words.T("desk.promise.basis."+string(a.Basis), "Count", a.Of),
		Bars: a.Bars, Cut: a.Cut, Share: words.T("desk.promise.odds", "N", n), Start: words.Moment(now), At: words.Moment(x.Due), End: words.Moment(a.Until)}
	all, by := 0, 0
	for i, n := range a.Bars {
		all += n
		if i < a.Cut {
			by += n
		}
	}
	v.Label = words.T("desk.promise.picture", "Count", all, "By", by)
	return v
}

// promiseFields draws the inputs of a promise with what was typed.
func (s *Service) promiseFields(c *web.Ctx, caseID string, to person.Card, in *promiseInput, wrong ui.Errors) (html.PromiseFields, error) {
	words, now, wanted := c.P, c.Now(), promise.Wanted{Kind: promise.Answer, Case: caseID}
	if in != nil && oneOf(in.Kind, deskKinds...) != "" {
		wanted.Kind = promise.Kind(in.Kind)
	}
	a, err := s.Promises.Advise(c.Context(), c.Actor, wanted)
	if err != nil {
		return html.PromiseFields{}, err
	}
	f := html.PromiseFields{TimesHref: timesHref + "?" + url.Values{"case": {caseID}}.Encode(), Who: firstName(to.Person), Kind: string(promise.Answer), Errors: wrong, Chips: chips(words, a, in), Advisor: advisorView(words, a, now)}
	if in != nil {
		f.What, f.ByText, f.FromText, f.Told = in.What, in.ByText, in.FromText, in.Told
		if in.Kind != "" {
			f.Kind = in.Kind
		}
	}
	f.Kinds = options(words, "promise.kind.", deskKinds, f.Kind)
	f.ToldNote = toldNote(words, to, now)
	return f, nil
}

const timesHref = "/desk/promise-times"

// deskTimes gives the moments for another kind of promise, for the form of a
// case or of a new question.
func (s *Service) deskTimes(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	id := c.Query("case")
	if id != "" {
		if err := s.DB.Read(c.Context(), func(q db.Q) error { _, err := Look(q, c.Actor, id); return err }); err != nil {
			return err
		}
	}
	f, err := s.promiseFields(c, id, person.Card{}, &promiseInput{Kind: c.Query("kind")}, nil)
	if err != nil {
		return err
	}
	return c.Fragment(ui.Fragment(c.P, html.Times(f)))
}

// toldNote says by which channel a message goes.
func toldNote(words lang.Printer, to person.Card, now time.Time) string {
	channel := preferred(to, now.In(words.Loc()))
	if channel == "" {
		return words.T("desk.promise.no-channel")
	}
	return words.T("desk.promise.channel", "Channel", words.T("channel."+channel))
}

// due reads the moment: what was typed, else the choice.
func (s *Service) due(c *web.Ctx, in promiseInput) (time.Time, error) {
	typed := in.ByText
	if typed == "" && in.By != another {
		typed = in.By
	}
	return s.Promises.ParseDue(c.Context(), c.Actor, c.P, "due_at", typed)
}

// readPromise reads a promise as typed, and says everything that is wrong
// with it at once.
func (s *Service) readPromise(c *web.Ctx, o org.Organisation, in promiseInput) (m promise.Make, err error) {
	var ck errs.Checks
	gather := func(err error) error {
		e, ok := errs.As(err)
		if !ok || len(e.Fields) == 0 {
			return err
		}
		for _, f := range e.Fields {
			ck.Add(f)
		}
		return nil
	}
	m = promise.Make{Kind: promise.Kind(in.Kind), What: in.What, Spoken: in.Told == "spoken"}
	ck.Must(in.What != "", "what", "what-missing")
	if _, vague := lang.Vague(in.What); vague {
		ck.Add(errs.Field{Path: "what", Type: "vague-time", Params: errs.Params{"Wording": in.What, "Suggestion": promise.Suggest(o.Calendar, c.Now())}})
	}
	ck.Must(in.Kind == "" || oneOf(in.Kind, deskKinds...) != "", "kind", "unknown-kind")
	var dueErr error
	if m.Due, dueErr = s.due(c, in); dueErr != nil {
		if err := gather(dueErr); err != nil {
			return m, err
		}
	}
	if m.From, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "from_at", in.FromText); err != nil {
		if err := gather(err); err != nil {
			return m, err
		}
	}
	ck.Must(m.Kind != promise.Visit || in.FromText != "", "from_at", "window-missing")
	if dueErr == nil {
		if err := gather(promise.CheckDue(o.Calendar, c.Now(), m.From, m.Due)); err != nil {
			return m, err
		}
	}
	return m, ck.Err()
}

// reads is what the customer would read of a promise: the message itself, or
// the sentence on their page when they were told in person.
func (s *Service) reads(c *web.Ctx, o org.Organisation, to person.Card, caseRow *Case, m promise.Make, template string, extra map[string]any) (*ui.PreviewView, error) {
	keeper := m.Keeper
	if keeper == "" {
		keeper = c.Actor.Member
	}
	if caseRow != nil && !m.Spoken && s.Previews != nil {
		params := map[string]any{"what": m.What, "due": m.Due.UnixMilli(), "keeper": keeper, "kind": string(m.Kind)}
		if !m.From.IsZero() {
			params["from"] = m.From.UnixMilli()
		}
		for k, v := range extra {
			params[k] = v
		}
		p, err := s.Previews.PreviewText(c.Context(), c.Actor, promise.Telling{Org: caseRow.Org, Case: caseRow.ID, Question: caseRow.Question,
			Person: to.Person.ID, Keeper: keeper, Template: template, Params: params, Before: m.Due})
		if err != nil {
			return nil, err
		}
		v := &ui.PreviewView{Text: p.Text, Lang: p.Language, Label: c.P.T("desk.promise.reads", "Who", firstName(to.Person), "Language", c.P.T("language."+p.Language))}
		if p.Channel == string(person.Phone) {
			v.Label = c.P.T("desk.promise.hears", "Who", firstName(to.Person))
		}
		return v, nil
	}
	words := c.P.In(to.Person.Language)
	return &ui.PreviewView{Lang: words.Lang(), Text: promiseWords(words, promise.Promise{Kind: kindOr(m.Kind), What: m.What, Due: m.Due, From: m.From}, c.Actor.Name),
		Label: c.P.T("desk.promise.reads-page", "Who", firstName(to.Person), "Language", c.P.T("language."+words.Lang()))}, nil
}

func kindOr(k promise.Kind) promise.Kind {
	if k == "" {
		return promise.Answer
	}
	return k
}

// nextInput is what comes after the last promise of a case.
type nextInput struct {
	Next string `form:"next"`
	promiseInput
}

// The ways in which a case goes on after its last promise.
const (
	nextPromise = "promise"
	nextAsk     = "ask"
)

// nexts are those ways; the reasons are ends a member may give.
func (s *Service) nexts(c *web.Ctx, d dossier, chosen string, reasons ...string) []ui.Option {
	words := c.P
	if chosen == "" {
		chosen = nextPromise
	}
	out := []ui.Option{
		{Value: nextPromise, Label: words.T("desk.keep.next-promise"), Note: words.T("desk.keep.next-promise-note"), Selected: chosen == nextPromise},
		{Value: nextAsk, Label: words.T("desk.close.ask"), Note: words.T("desk.keep.ask-note", "Due", s.closing(d.org, d.c, c.Now()).Due), Selected: chosen == nextAsk},
	}
	for _, r := range reasons {
		out = append(out, ui.Option{Value: r, Label: words.T("case.reason." + r), Selected: chosen == r})
	}
	return out
}

// readNext reads what comes next; nil when the case has other promises and
// nothing was asked.
func (s *Service) readNext(c *web.Ctx, d dossier, in nextInput, reasons ...string) (*promise.Next, error) {
	switch {
	case in.Next == nextAsk:
		m := s.closing(d.org, d.c, c.Now())
		return &promise.Next{Promise: &m}, nil
	case oneOf(in.Next, reasons...) != "":
		return &promise.Next{Close: in.Next}, nil
	case in.Next == nextPromise || in.Next == "":
		m, err := s.readPromise(c, d.org, in.promiseInput)
		return &promise.Next{Promise: &m}, err
	}
	return nil, errs.New(errs.Invalid, "next-promise-needed").Field("next", "next-promise-needed")
}
