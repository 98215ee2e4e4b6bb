package lang

import (
	"encoding/json"
	"math"
	"reflect"
	"time"
)

// timeOf reads a time from what a sentence was given: facts are JSON, so a
// time comes as milliseconds in any number type too. The zero time and nil are
// no time.
func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case nil:
		return time.Time{}, false
	case time.Time:
		return v, !v.IsZero()
	case *time.Time:
		if v == nil {
			return time.Time{}, false
		}
		return *v, !v.IsZero()
	}
	ms, ok := whole(v)
	return time.UnixMilli(ms), ok
}

// whole reads a whole number from any number type.
func whole(v any) (int64, bool) {
	if n, ok := v.(json.Number); ok {
		i, err := n.Int64()
		if err == nil {
			return i, true
		}
		f, err := n.Float64()
		if err != nil {
			return 0, false
		}
		v = f
	}
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer && !r.IsNil() {
		r = r.Elem()
	}
	switch {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint() && r.Uint() <= math.MaxInt64:
		return int64(r.Uint()), true
	case r.CanFloat() && r.Float() == math.Trunc(r.Float()) && math.Abs(r.Float()) < 1<<53:
		return int64(r.Float()), true
	}
	return 0, false
}

// fraction reads any number.
func fraction(v any) (float64, bool) {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return f, err == nil
	}
	if r := reflect.ValueOf(v); r.CanFloat() && !math.IsNaN(r.Float()) && !math.IsInf(r.Float(), 0) {
		return r.Float(), true
	}
	n, ok := whole(v)
	return float64(n), ok
}

// durationOf reads a duration: time.Duration, or milliseconds.
func durationOf(v any) (time.Duration, bool) {
	if d, ok := v.(time.Duration); ok {
		return d, true
	}
	ms, ok := whole(v)
	return time.Duration(ms) * time.Millisecond, ok
}
