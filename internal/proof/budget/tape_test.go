package budget

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/houvast/houvast/internal/kit/db"
)

// background is where work is noted that no request asked for.
const background = "background"

// cost is what one request asked of the database.
type cost struct {
	route  string
	status int
	Line
	texts []string
}

// tape keeps what was measured, and every statement that was heard of.
type tape struct {
	mu         sync.Mutex
	most       map[string]cost      // of requests that were answered well, by route
	statements map[string]statement // by what is plain of their text
}

// statement is one text with the values it was first seen with, and where.
type statement struct {
	text  string
	args  []any
	where []string
}

func newTape() *tape { return &tape{most: map[string]cost{}, statements: map[string]statement{}} }

// meter gives a context that is counted, and what ends it.
func (t *tape) meter(ctx context.Context, route string) (context.Context, func(status int) cost) {
	c := cost{route: route}
	m := &db.Meter{Each: func(text string, args []any) {
		t.mu.Lock()
		defer t.mu.Unlock()
		c.texts = append(c.texts, text)
		plain := Plain(text)
		s, ok := t.statements[plain]
		if !ok {
			s = statement{text: text, args: slices.Clone(args)}
		}
		if len(s.where) < 5 && !slices.Contains(s.where, route) {
			s.where = append(s.where, route)
		}
		t.statements[plain] = s
	}}
	return db.Metered(ctx, m), func(status int) cost {
		t.mu.Lock()
		defer t.mu.Unlock()
		c.status = status
		c.Line = Line{Statements: m.Statements.Load(), Rows: m.Rows.Load(), Reads: m.Reads.Load() - m.Writes.Load(), Writes: m.Writes.Load()}
		if status >= 200 && status < 400 {
			t.note(c)
		}
		return c
	}
}

// note keeps the most of each count that a route asked for.
func (t *tape) note(c cost) {
	old, ok := t.most[c.route]
	if !ok || c.Statements > old.Statements {
		old.texts = c.texts
	}
	old.route = c.route
	old.Line = old.Line.most(c.Line)
	t.most[c.route] = old
}

// lines are the most that each route asked for.
func (t *tape) lines() map[string]Line {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]Line, len(t.most))
	for route, c := range t.most {
		if route != background {
			out[route] = c.Line
		}
	}
	return out
}

// routes finds the pattern behind a request: those of the site, and those that
// the description of the API has.
type routes struct {
	all []string
	mux *http.ServeMux
}

func routesOf(site []string, spec []byte) (*routes, error) {
	r := &routes{all: slices.Clone(site), mux: http.NewServeMux()}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(spec, &doc); err != nil {
		return nil, err
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if slices.Contains([]string{"get", "post", "put", "patch", "delete"}, method) {
				r.all = append(r.all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(r.all)
	for _, pattern := range r.all {
		r.mux.Handle(pattern, http.NotFoundHandler())
	}
	return r, nil
}

func (r *routes) of(req *http.Request) string {
	_, pattern := r.mux.Handler(req)
	return pattern
}
