package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Classes that only HTTP knows.
const (
	MethodNotAllowed errs.Class = "method_not_allowed"
	NotAcceptable    errs.Class = "not_acceptable"
	UnsupportedMedia errs.Class = "unsupported_media"
)

// statuses is the one table of class → status, for pages and the API alike.
var statuses = map[errs.Class]int{
	errs.Malformed: 400, errs.Unauthorised: 401, errs.Forbidden: 403, errs.NotFound: 404,
	MethodNotAllowed: 405, NotAcceptable: 406, errs.Conflict: 409, errs.Gone: 410, errs.Stale: 412,
	errs.TooLarge: 413, UnsupportedMedia: 415, errs.Invalid: 422, errs.Precondition: 428, errs.TooMany: 429,
	errs.Internal: 500, errs.Unavailable: 503,
}

// Status is the HTTP status of a class.
func Status(c errs.Class) int {
	if s, ok := statuses[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// ProblemPath is where the meaning of a type of problem is explained.
const ProblemPath = "/problems/"

// Problem is how the API says what went wrong (RFC 9457). It never repeats
// what was sent: that may be personal.
type Problem struct {
	Type     string         `json:"type" format:"uri-reference" doc:"What kind of problem it is: an address relative to this server, explained there. Stable." example:"/problems/vague-time"`
	Title    string         `json:"title" doc:"The kind of failure, in the client's language."`
	Status   int            `json:"status" doc:"The HTTP status." example:"422"`
	Detail   string         `json:"detail,omitempty" doc:"What is wrong and what helps, in the client's language."`
	Instance string         `json:"instance,omitempty" doc:"The id of the request, for whoever runs the installation."`
	Errors   []ProblemField `json:"errors,omitempty" doc:"The inputs to mend."`
}

// ProblemField is one input to mend.
type ProblemField struct {
	Path   string `json:"path" doc:"Where the input is: a dotted path in the body, or query., path. or header. and its name." example:"promise.due_at"`
	Type   string `json:"type" doc:"What is wrong with it. Stable." example:"vague-time"`
	Detail string `json:"detail" doc:"What is wrong with it, in the client's language."`
}

// Error implements error, for logs.
func (p *Problem) Error() string { return p.Type }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// NewProblem words an error for a reader.
func NewProblem(e *errs.Error, p lang.Printer, request string) *Problem {
	title, detail := p.Problem(e)
	out := &Problem{Type: ProblemPath + e.Type, Title: title, Status: Status(e.Class), Detail: detail, Instance: request}
	for _, f := range e.Fields {
		out.Errors = append(out.Errors, ProblemField{Path: f.Path, Type: f.Type, Detail: p.Field(f)})
	}
	return out
}

// ProblemView is a problem to be drawn on a page.
type ProblemView struct {
	Status        int
	Type          string
	Title, Detail string
	Incident      string // to be quoted to whoever runs the installation; only for 5xx
	Resend        *Resend
}

// Fail answers a request with an error, from outside a Handler.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	c := From(r.Context())
	if c == nil { // outside the site's chain: only a mistake of ours gets here
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	c.w, c.r = w, r
	c.site.fail(c, err)
}

// known turns any error into one that can be told; what is internal is logged
// and told only by the id of the request.
func (s *Site) known(c *Ctx, err error) *errs.Error {
	e, ok := errs.As(err)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		e = errs.New(errs.TooLarge, "too-large")
	case !ok:
		e = errs.New(errs.Internal, "internal").Wrap(err)
	}
	c.failed = e.Type
	switch {
	case errors.Is(err, context.Canceled) && c.r.Context().Err() != nil: // the reader left
	case e.Type == "busy": // the line of the request says so, and there are many of them
	case Status(e.Class) >= 500:
		s.opts.Log.Error("request failed", "request", c.ID, "route", c.route, "type", e.Type, "err", err)
	}
	return e
}

// fail answers with an error: problem+json for the API, a fragment for htmx,
// else a whole page.
func (s *Site) fail(c *Ctx, err error) {
	if a := answerOf(c.w); a != nil && a.status != 0 {
		_ = s.known(c, err) // too late to say anything else
		return
	}
	e := s.known(c, err)
	status := Status(e.Class)
	h := c.w.Header()
	switch e.Class {
	case errs.Unavailable, errs.TooMany:
		if n, ok := e.Params["Seconds"].(int); ok {
			h.Set("Retry-After", strconv.Itoa(n))
		} else if e.Class == errs.Unavailable {
			h.Set("Retry-After", "5")
		}
	case errs.Unauthorised:
		if isAPI(c.r.URL.Path) {
			h.Set("WWW-Authenticate", `Bearer realm="Houvast"`)
		}
	}
	if isAPI(c.r.URL.Path) {
		writeProblem(c.w, NewProblem(e, c.P, c.ID))
		return
	}
	title, detail := c.P.Problem(e)
	v := ProblemView{Status: status, Type: e.Type, Title: title, Detail: detail, Resend: c.resend}
	if status >= 500 {
		v.Incident = c.ID
	}
	var doc templ.Component
	switch {
	case c.IsFragment() && s.opts.ProblemFragment != nil:
		doc = s.opts.ProblemFragment(c, v)
	case c.IsFragment():
		doc = bareFragment(v)
	case s.opts.Problem != nil:
		doc = s.opts.Problem(c, v)
	default:
		doc = barePage(c, v)
	}
	if c.render(status, doc) != nil {
		_ = c.render(status, barePage(c, v)) // draws without anything that could fail
	}
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // nobody to tell when the client has left
}

// answerOf finds the site's own writer below those of others.
func answerOf(w http.ResponseWriter) *answer {
	for w != nil {
		if a, ok := w.(*answer); ok {
			return a
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
	return nil
}

func bareFragment(v ProblemView) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, `<p role="alert"><b>%s</b> %s %s</p>`, html.EscapeString(v.Title), html.EscapeString(v.Detail), html.EscapeString(v.Incident))
		return err
	})
}

func barePage(c *Ctx, v ProblemView) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := fmt.Fprintf(w, `<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title></head><body><main><h1>%s</h1>`,
			c.P.Lang(), html.EscapeString(v.Title), html.EscapeString(v.Title)); err != nil {
			return err
		}
		if err := bareFragment(v).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</main></body></html>\n")
		return err
	})
}

// FormErrors reads from an error what a form says when it is shown again: the
// sentence on top and one per input. It is not ok for errors a form cannot
// help with; those a handler returns.
func FormErrors(err error, p lang.Printer) (summary string, fields map[string]string, ok bool) {
	e, is := errs.As(err)
	if !is {
		return "", nil, false
	}
	switch e.Class {
	case errs.Invalid, errs.Malformed, errs.Conflict, errs.Stale, errs.TooMany:
	default:
		return "", nil, false
	}
	_, summary = p.Problem(e)
	fields = map[string]string{}
	for _, f := range e.Fields {
		if _, twice := fields[f.Path]; !twice {
			fields[strings.TrimPrefix(f.Path, "body.")] = p.Field(f)
		}
	}
	return summary, fields, true
}
