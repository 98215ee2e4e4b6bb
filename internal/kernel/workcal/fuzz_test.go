package workcal

import (
	"encoding/json"
	"testing"
	"time"
)

// A date that is read is a day of the calendar and is written as it was.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-02-29", "2024-02-29", "0000-01-01", "9999-12-31", "2026-1-1", "2026-11-12T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if d.String() != s || !d.Valid() {
			t.Errorf("%q is read as %s, valid %v", s, d, d.Valid())
		}
		if back := d.AddDays(400).AddDays(-400); back != d {
			t.Errorf("%s there and back is %s", d, back)
		}
	})
}

// Whatever calendar is sent, one that is accepted can be counted with: without
// end and without a moment that is before where it began.
func FuzzCalendar(f *testing.F) {
	for _, c := range []Calendar{Default("Europe/Amsterdam"), {Zone: "UTC"}} {
		b, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(1_800_000_000), int64(90))
	}
	f.Add([]byte(`{"zone":"Europe/Amsterdam","week":[[{"from":0,"to":1440}],[],[],[],[],[],[{"from":1439,"to":1440}]],"closures":[{"from":"2026-01-01","to":"9999-12-31"}]}`), int64(1_800_000_000), int64(600000))
	f.Fuzz(func(t *testing.T, raw []byte, unix, minutes int64) {
		var c Calendar
		if json.Unmarshal(raw, &c) != nil || c.Validate() != nil || unix < 0 || unix > 4e9 || minutes < 0 || minutes > 100*24*60 {
			return
		}
		at := time.Unix(unix, 0).UTC()
		d := time.Duration(minutes) * time.Minute
		if to := c.Add(at, d); to.Before(at) && !to.IsZero() {
			t.Errorf("%s after %s is %s", d, at, to)
		}
		if next := c.NextOpen(at); !next.IsZero() && next.Before(at) {
			t.Errorf("open again before %s: %s", at, next)
		}
		if b := c.Between(at, at.Add(d)); b < 0 || b > d {
			t.Errorf("%s of working time in %s", b, d)
		}
	})
}
