package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// APIPrefix is where version 1 of the API lives.
const APIPrefix = "/api/v1"

// Names of the security schemes.
const (
	KeyScheme     = "apiKey"       // Authorization: Bearer hv_…
	SessionScheme = "session"      // the cookie of somebody signed in
	LinkScheme    = "customerLink" // Authorization: Bearer hvs_…, from openLink
)

// APIInfo is what the description says about the API as a whole.
type APIInfo struct{ Title, Version, Description string }

// humaErrors makes huma speak in our problems. The hooks are huma's own
// package variables; they are set once, before the first API.
var humaErrors = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, causes ...error) huma.StatusError {
		return fromHuma(nil, status, msg, causes)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, causes ...error) huma.StatusError {
		return fromHuma(ctx, status, msg, causes)
	}
})

// NewAPI makes the API on the site's routes. Its description is served at
// /api/openapi.json and .yaml.
func NewAPI(s *Site, info APIInfo) huma.API {
	humaErrors()
	cfg := huma.DefaultConfig(info.Title, info.Version)
	cfg.Info.Description = info.Description
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/api/openapi", "", ""
	cfg.CreateHooks = nil // no $schema in answers
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	strict := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	cfg.Formats = map[string]huma.Format{"application/json": strict, "json": strict}
	cfg.NoFormatFallback = false
	if u := strings.TrimRight(s.opts.PublicURL, "/"); u != "" {
		cfg.Servers = []*huma.Server{{URL: u}}
	}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		KeyScheme:     {Type: "http", Scheme: "bearer", Description: "An API key, made by an administrator. Starts with hv_."},
		SessionScheme: {Type: "apiKey", In: "cookie", Name: "hv_session", Description: "The session of somebody signed in to the desk."},
		LinkScheme:    {Type: "http", Scheme: "bearer", Description: "What openLink gave in exchange for the token in a customer's link. Starts with hvs_."},
	}
	cfg.OnAddOperation = append(cfg.OnAddOperation, func(o *huma.OpenAPI, op *huma.Operation) {
		if op.OperationID == "" {
			panic("web: an operation needs an id: " + op.Method + " " + op.Path)
		}
		if op.MaxBodyBytes == bodyLimit { // huma's own default is the same
			op.MaxBodyBytes = s.opts.BodyLimit
		}
		for _, item := range o.Paths {
			for _, other := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if other != nil && other != op && other.OperationID == op.OperationID {
					panic("web: two operations are called " + op.OperationID)
				}
			}
		}
	})
	api := humago.New(s.root, cfg)
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		for _, p := range ctx.Operation().Parameters {
			for _, v := range []string{ctx.Param(p.Name), ctx.Query(p.Name), ctx.Header(p.Name)} {
				if !clean(v) || len(v) > maxField {
					_ = huma.WriteErr(api, ctx, 0, "", errs.New(errs.Malformed, "unreadable-input").Field(p.In+"."+p.Name, "unreadable-input"))
					return
				}
			}
		}
		next(ctx)
	})
	return api
}

// schemaName calls a schema after its capability and its type, because every
// capability has a View: "PromiseView".
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	room := path.Base(t.PkgPath())
	if !strings.Contains(t.PkgPath(), "/internal/care/") || strings.HasPrefix(strings.ToLower(name), room) {
		return name
	}
	return strings.ToUpper(room[:1]) + room[1:] + name
}

// unmarshal reads JSON, and refuses NUL, which PostgreSQL cannot keep.
func unmarshal(data []byte, v any) error {
	if bytes.Contains(data, []byte(`\u0000`)) || bytes.IndexByte(data, 0) >= 0 {
		return errors.New("NUL")
	}
	return json.Unmarshal(data, v)
}

// Operation describes an operation under APIPrefix with what holds for all:
// who may call it is staff by key or session, and each kind of failure is
// documented. Change the value where an operation differs; see ForCustomers
// and ForEveryone.
func Operation(id, method, path, summary string, tags ...string) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: APIPrefix + path, Summary: summary, Tags: tags,
		Errors:   []int{400, 401, 403, 404, 422, 429, 500, 503},
		Security: []map[string][]string{{KeyScheme: {}}, {SessionScheme: {}}},
	}
	switch method {
	case http.MethodPost:
		op.DefaultStatus = http.StatusCreated
		op.Errors = append(op.Errors, 409, 413, 415)
	case http.MethodPut, http.MethodPatch:
		op.Errors = append(op.Errors, 409, 412, 413, 415, 428)
	case http.MethodDelete:
		op.DefaultStatus = http.StatusNoContent
		op.Errors = append(op.Errors, 409)
	}
	if method != http.MethodGet {
		op.Parameters = []*huma.Param{{Name: idempotencyHeader, In: "header",
			Description: "A value of your own, at most 200 characters, that makes it safe to send the request again: what was done is not done a second time, and you get the answer you would have got. Kept for 24 hours.",
			Schema:      &huma.Schema{Type: "string", MaxLength: new(maxIdempotencyKey)}}}
	}
	slices.Sort(op.Errors)
	return op
}

// ForCustomers is an operation for whoever holds a customer's link.
func ForCustomers(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{LinkScheme: {}}}
	return op
}

// ForEveryone is an operation that needs no credential.
func ForEveryone(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	return op
}

// fromHuma words whatever huma or a handler found wrong. What huma says about
// validation repeats the rejected value, so only its place and kind are kept.
func fromHuma(ctx huma.Context, status int, msg string, causes []error) huma.StatusError {
	var c *Ctx
	if ctx != nil {
		c = From(ctx.Context())
	}
	if c == nil { // asked for the shape only, when the API is described
		return &Problem{Status: status}
	}
	e := c.site.known(c, causeOf(status, causes))
	if e.Class == errs.Unavailable {
		ctx.SetHeader("Retry-After", "5")
	}
	if n, ok := e.Params["Seconds"].(int); ok && (e.Class == errs.TooMany || e.Class == errs.Unavailable) {
		ctx.SetHeader("Retry-After", fmt.Sprint(n))
	}
	if e.Class == errs.Unauthorised {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="Houvast"`)
	}
	ctx.AppendHeader("Vary", "Accept-Language")
	return NewProblem(e, c.P, c.ID)
}

func causeOf(status int, causes []error) error {
	var fields []errs.Field
	for _, cause := range causes {
		if e, ok := errs.As(cause); ok {
			return e
		}
		var d *huma.ErrorDetail
		if errors.As(cause, &d) {
			fields = append(fields, fieldOf(d))
		}
	}
	switch {
	case status == http.StatusNotAcceptable:
		return errs.New(NotAcceptable, "not-acceptable")
	case status == http.StatusUnsupportedMediaType:
		return errs.New(UnsupportedMedia, "json-expected")
	case status == http.StatusRequestEntityTooLarge:
		return errs.New(errs.TooLarge, "too-large")
	case status == http.StatusRequestTimeout:
		return errs.New(errs.Malformed, "too-slow")
	case status == http.StatusUnprocessableEntity:
		if len(fields) == 1 {
			return &errs.Error{Class: errs.Invalid, Type: fields[0].Type, Fields: fields}
		}
		return &errs.Error{Class: errs.Invalid, Type: "invalid-input", Fields: fields}
	case status >= 400 && status < 500:
		return &errs.Error{Class: errs.Malformed, Type: "unreadable-input", Fields: fields}
	}
	if len(causes) > 0 {
		return errors.Join(causes...)
	}
	return fmt.Errorf("huma answered %d", status)
}

// kinds of validation failures by the words huma uses for them.
var kinds = []struct{ words, typ string }{
	{"expected required property", "required"},
	{"required ", "required"}, // "required query parameter is missing", "request body is required"
	{"request body is required", "required"},
	{"unexpected property", "unknown-property"},
	{"expected length >=", "too-short"},
	{"expected length <=", "too-long"},
	{"expected array length >=", "too-few"},
	{"expected array length <=", "too-many-items"},
	{"expected value to be one of", "not-a-choice"},
	{"expected number >", "too-low"},
	{"expected number <", "too-high"},
	{"expected string to be RFC 3339", "not-a-moment"},
	{"expected string to be RFC 5322", "not-an-address"},
	{"expected string to", "wrong-form"},
	{"expected array items to be unique", "twice"},
	{"expected ", "wrong-kind"},
}

// fieldOf keeps of a validation failure where it is and of which kind.
func fieldOf(d *huma.ErrorDetail) errs.Field {
	f := errs.Field{Path: place(d.Location), Type: "wrong-kind"}
	for _, k := range kinds {
		if strings.HasPrefix(d.Message, k.words) {
			f.Type = k.typ
			break
		}
	}
	if rest, ok := strings.CutPrefix(d.Message, "expected required property "); ok { // our own schema's word
		if name, _, _ := strings.Cut(rest, " "); !strings.HasSuffix(f.Path, "."+name) && f.Path != name {
			f.Path = strings.TrimPrefix(f.Path+"."+name, ".")
		}
	}
	return f
}

// place is the dotted path of an input. Names that the client made up stay
// away unless they look like the name of a property: a key may be personal too.
func place(location string) string {
	location = strings.TrimPrefix(strings.TrimPrefix(location, "body"), ".")
	parts := strings.Split(location, ".")
	for i, p := range parts {
		if !plainName(p) {
			return strings.Join(parts[:i], ".")
		}
	}
	return location
}

func plainName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '[' && r != ']' {
			return false
		}
	}
	return true
}
