package errs

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Class says what kind of failure it is. The web kit maps each class to one
// HTTP status; nothing else does.
type Class string

// The classes, with the status each is answered with.
const (
	Malformed    Class = "malformed"    // 400: cannot be read at all
	Unauthorised Class = "unauthorised" // 401: who are you?
	Forbidden    Class = "forbidden"    // 403: you may not
	NotFound     Class = "not_found"    // 404: not there, or not yours to see
	Conflict     Class = "conflict"     // 409: not in this state
	Gone         Class = "gone"         // 410: was there, is over
	Stale        Class = "stale"        // 412: somebody else changed it
	TooLarge     Class = "too_large"    // 413
	Invalid      Class = "invalid"      // 422: readable, but not acceptable
	Precondition Class = "precondition" // 428: say which version you saw
	TooMany      Class = "too_many"     // 429
	Internal     Class = "internal"     // 500
	Unavailable  Class = "unavailable"  // 503: try again, nothing was lost
)

// Params fill the placeholders of the sentence in the catalogue.
type Params map[string]any

// Field is one input that must be mended. Path is the dotted path of the
// input ("promise.due_at"); Type keys a sentence in the catalogue. The value
// itself is never repeated: it may be personal.
type Field struct {
	Path   string
	Type   string
	Params Params
}

// Error is the one error type. The sentence people read is looked up in the
// catalogue under "problem.<Type>"; Error() is for logs and holds no input.
type Error struct {
	Class  Class
	Type   string
	Params Params
	Fields []Field
	Err    error
}

// New makes an error of a class with a stable, kebab-case type.
func New(c Class, typ string) *Error { return &Error{Class: c, Type: typ} }

// With adds a parameter for the sentence and returns the error.
func (e *Error) With(key string, value any) *Error {
	if e.Params == nil {
		e.Params = Params{}
	}
	e.Params[key] = value
	return e
}

// Field adds an input to mend and returns the error.
func (e *Error) Field(path, typ string) *Error {
	e.Fields = append(e.Fields, Field{Path: path, Type: typ})
	return e
}

// Wrap keeps the cause for the log and returns the error.
func (e *Error) Wrap(err error) *Error { e.Err = err; return e }

// Error is for the log: class, type, field paths and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Class, e.Type)
	if len(e.Fields) > 0 {
		paths := make([]string, len(e.Fields))
		for i, f := range e.Fields {
			paths[i] = f.Path + "=" + f.Type
		}
		sort.Strings(paths)
		fmt.Fprintf(&b, " [%s]", strings.Join(paths, " "))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is compare class and type: errors.Is(err, errs.New(c, t)).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Class == e.Class && t.Type == e.Type
}

// As finds the *Error in a chain, if there is one.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// ClassOf gives the class of err; Internal for anything that is not an *Error.
func ClassOf(err error) Class {
	if e, ok := As(err); ok {
		return e.Class
	}
	return Internal
}

// TypeOf gives the stable type of err; "internal" for anything else.
func TypeOf(err error) string {
	if e, ok := As(err); ok {
		return e.Type
	}
	return "internal"
}

// Checks gathers what is wrong with an input, so that everything is said at
// once instead of one field at a time.
type Checks struct{ fields []Field }

// Must records a field error unless ok holds.
func (c *Checks) Must(ok bool, path, typ string) {
	if !ok {
		c.fields = append(c.fields, Field{Path: path, Type: typ})
	}
}

// Add records a field error with parameters.
func (c *Checks) Add(f Field) { c.fields = append(c.fields, f) }

// Err is nil when every check held, else an Invalid error "invalid-input"
// with all fields, or with the type of the only field when there is one, so
// that a client can tell "vague-time" from "name-missing" without digging.
func (c *Checks) Err() error {
	switch len(c.fields) {
	case 0:
		return nil
	case 1:
		return &Error{Class: Invalid, Type: c.fields[0].Type, Params: c.fields[0].Params, Fields: c.fields}
	default:
		return &Error{Class: Invalid, Type: "invalid-input", Fields: c.fields}
	}
}
