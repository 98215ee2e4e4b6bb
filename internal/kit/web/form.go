package web

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// maxField is how much one input of a form may hold, in bytes.
const maxField = 64 << 10

// maxValues is how many values one input may have, such as ticked boxes.
const maxValues = 500

// Decode reads a form into the struct dst points to, by its tags
// `form:"name"`: string, []string, bool, int and int64, and embedded structs.
// Texts are trimmed; lines end in "\n". Moments stay text: lang.ParseMoment
// reads them, knowing the zone. What cannot be text is refused, never repaired.
func (c *Ctx) Decode(dst any) error {
	if err := c.r.ParseForm(); err != nil {
		return malformed(err)
	}
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") {
		if err := c.r.ParseMultipartForm(1 << 20); err != nil {
			return malformed(err)
		}
	}
	return decode(c.r.PostForm, dst)
}

// DecodeQuery is Decode for the address of a page: filters and searches.
func (c *Ctx) DecodeQuery(dst any) error {
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return malformed(err)
	}
	return decode(q, dst)
}

// malformed hides what a parser says: it repeats what it could not read.
func malformed(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return errs.New(errs.TooLarge, "too-large")
	}
	return errs.New(errs.Malformed, "unreadable-input")
}

func decode(values url.Values, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("web: Decode wants a pointer to a struct, not %T", dst)
	}
	var checks errs.Checks
	if err := decodeStruct(values, v.Elem(), &checks); err != nil {
		return err
	}
	return checks.Err()
}

func decodeStruct(values url.Values, v reflect.Value, checks *errs.Checks) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := decodeStruct(values, v.Field(i), checks); err != nil {
				return err
			}
			continue
		}
		name, tagged := f.Tag.Lookup("form")
		if !tagged || name == "-" || !f.IsExported() {
			continue
		}
		in, there := values[name]
		if !there {
			continue
		}
		if !acceptable(in) {
			checks.Must(false, name, "unreadable-input")
			continue
		}
		if err := setField(v.Field(i), name, in, checks); err != nil {
			return err
		}
	}
	return nil
}

func acceptable(in []string) bool {
	if len(in) > maxValues {
		return false
	}
	for _, s := range in {
		if len(s) > maxField || !clean(s) {
			return false
		}
	}
	return true
}

func setField(v reflect.Value, name string, in []string, checks *errs.Checks) error {
	first := ""
	if len(in) > 0 {
		first = tidy(in[0])
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(first)
	case v.Kind() == reflect.Bool:
		v.SetBool(first == "on" || first == "true" || first == "1" || first == "yes")
	case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
		if first == "" {
			v.SetInt(0)
			return nil
		}
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil || v.OverflowInt(n) {
			checks.Must(false, name, "not-a-number")
			return nil //nolint:nilerr // said to who typed it, by checks
		}
		v.SetInt(n)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		list := reflect.MakeSlice(v.Type(), 0, len(in))
		for _, s := range in {
			if s = tidy(s); s != "" {
				list = reflect.Append(list, reflect.ValueOf(s).Convert(v.Type().Elem()))
			}
		}
		v.Set(list)
	default:
		return fmt.Errorf("web: form field %s cannot be a %s", name, v.Type())
	}
	return nil
}

// clean says whether s can be text: valid UTF-8 without control characters
// other than those of lines and tabs. PostgreSQL refuses NUL, and a terminal
// obeys the others.
func clean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return false
		}
	}
	return true
}

func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
}
