package examine

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Any file at all is a log whose events have a case and a time, or is refused
// with a sentence; and packed it is the same log.
func FuzzLog(f *testing.F) {
	f.Add([]byte("case id;activity;timestamp;resource\n1;open;2026-11-12 09:42:00;Jan\n1;sluit;2026-11-13 10:00:00;Els\n"))
	f.Add([]byte("case,activity,start,end\n1,\"a \"\"b\"\"\",01/02/2026 10:00,02/02/2026 11:00\n2,x,,\n"))
	f.Add([]byte(`<?xml version="1.0"?><log><trace><string key="concept:name" value="1"/><event><string key="concept:name" value="a &amp; &#233;"/><date key="time:timestamp" value="2026-11-12T09:42:00.000+01:00"/></event></trace></log>`))
	f.Add([]byte("<log><trace><event/><!-- <x --></trace>"))
	f.Add([]byte("\xff\xfec\x00a\x00s\x00e\x00"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		file := filepath.Join(dir, "log")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Read(context.Background(), Options{File: file, Zone: time.UTC})
		if err != nil {
			if c := errs.ClassOf(err); c != errs.Invalid {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if l.events.n == 0 {
			t.Errorf("%q is a log without events", raw)
		}
		if bytes.HasPrefix(raw, []byte("\x1f\x8b")) {
			return
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(raw)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Read(context.Background(), Options{File: file, Zone: time.UTC})
		if err != nil || again.events.n != l.events.n || again.Trouble != l.Trouble {
			t.Errorf("%q packed is another log: %v", raw, err)
		}
	})
}

// A time of a log is read to the millisecond or not at all.
func FuzzWhen(f *testing.F) {
	for _, s := range []string{"2026-11-12 09:42:00", "12/11/2026 9:42 PM", "Nov 12, 2026", "2026-11-12T09:42:00.123456+01:00", "1794476520", "Thu Nov 12 09:42:00 CET 2026", "0000-00-00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var p clockParts
		_ = p.read(b)
		if !bytes.Equal(before, b) {
			t.Errorf("%q was changed into %q by reading", before, b)
		}
		look := lookAtTimes([][]byte{b})
		if look.read > 1 {
			t.Errorf("%q: one time is read as %d", b, look.read)
		}
	})
}
