package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// client speaks with the API in this process, as any other program would.
type client struct {
	handler http.Handler
	spec    *spec
	calls   int
}

// answer is what came back.
type answer struct {
	status  int
	body    any
	etag    string
	problem string // last segment of the type, for status 400 and up
	detail  string
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// String is the answer in short, for somebody who expected another.
func (a answer) String() string {
	if a.ok() {
		return fmt.Sprint(a.status)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, a.problem, a.detail))
}

// errNoOperation says that the API lacks something the set-up needs.
var errNoOperation = errors.New("the API has no such operation")

// call does one operation. with holds path, query, header and body fields.
func (c *client) call(ctx context.Context, key, id string, with map[string]any) (answer, error) {
	op := c.spec.ops[id]
	if op == nil {
		return answer{}, fmt.Errorf("%s: %w", id, errNoOperation)
	}
	path, query, header, body := op.path, url.Values{}, http.Header{}, map[string]any{}
	for name, v := range with {
		p, ok := op.params[name]
		switch {
		case ok && p.in == "path":
			path = strings.ReplaceAll(path, "{"+p.name+"}", url.PathEscape(show(v)))
		case ok && p.in == "query":
			if list, many := v.([]any); many {
				for _, x := range list {
					query.Add(p.name, show(x))
				}
			} else {
				query.Set(p.name, show(v))
			}
		case ok && p.in == "header":
			header.Set(p.name, show(v))
		default:
			body[name] = v
		}
	}
	if i := strings.IndexByte(path, '{'); i >= 0 {
		return answer{}, fmt.Errorf("%s: no value for %s", id, path[i:])
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var in io.Reader
	if op.body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("%s: %w", id, err)
		}
		in = bytes.NewReader(raw)
		header.Set("Content-Type", "application/json")
	}
	req := httptest.NewRequestWithContext(ctx, op.method, path, in)
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	req.Header.Set("Accept-Language", "en")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	rec := httptest.NewRecorder()
	c.calls++
	c.handler.ServeHTTP(rec, req)
	return readAnswer(id, rec)
}

func readAnswer(id string, rec *httptest.ResponseRecorder) (answer, error) {
	a := answer{status: rec.Code, etag: rec.Header().Get("ETag")}
	raw := bytes.TrimSpace(rec.Body.Bytes())
	if len(raw) > 0 && strings.Contains(rec.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			return a, fmt.Errorf("%s: the answer is no JSON: %w", id, err)
		}
	}
	if a.status >= 400 {
		if m, ok := a.body.(map[string]any); ok {
			a.problem = lastSegment(show(m["type"]))
			a.detail = show(m["detail"])
		}
	}
	return a, nil
}

func lastSegment(s string) string {
	s = strings.TrimRight(s, "/")
	return s[strings.LastIndexAny(s, "/:#")+1:]
}
