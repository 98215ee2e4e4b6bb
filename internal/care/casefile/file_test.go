package casefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// fileWorld is a practice with, or without, a scanner that knows one virus.
func fileWorld(t *testing.T, d *kittest.DB, scanner string) *casefiletest.World {
	t.Helper()
	w := casefiletest.New(t, d)
	w.Cases.Scanner = files.NewScanner(scanner)
	queue, err := job.NewQueue(d.DB, kittest.Log(t), 1, casefile.Module(w.Cases).Jobs...)
	w.Must(err)
	w.Workers = append(w.Workers, queue)
	return w
}

func scanner(t *testing.T) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "scan")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -qa EICAR; then exit 1; fi\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return script
}

func count(w *casefiletest.World, text string, args ...any) (n int64) {
	w.T.Helper()
	w.Read(func(q db.Q) (err error) { n, err = db.Get[int64](q, text, args...); return err })
	return n
}

func pdf(size int, with string) []byte {
	return append(append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0xff, 0}, size/2)...), with...)
}

func TestFilesWaitForTheScanner(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := fileWorld(t, d, scanner(t))
		ctx := casefiletest.Ctx()
		c, _ := w.Open(w.Make(24 * time.Hour))
		good, bad := pdf(1300<<10, ""), pdf(10, "EICAR")
		list, err := w.Cases.AddFiles(ctx, w.Who(), c.ID, "result", "", []casefile.Upload{{Name: "../Uitslag.exe", Bytes: good}, {Name: "virus.pdf", Bytes: bad}})
		w.Must(err)
		if list[0].Name != "Uitslag.pdf" {
			t.Errorf("the name became %q", list[0].Name)
		}
		_, _, _, err = w.Cases.GiveOut(ctx, w.Who(), list[0].ID)
		w.Refused(err, "file-scanning")
		w.Rest()
		_, f, b, err := w.Cases.GiveOut(ctx, w.Who(), list[0].ID)
		w.Must(err)
		if !bytes.Equal(b, good) || f.State != files.Clean || f.SHA256 != files.Sum(good) || f.Media != files.PDF.Media {
			t.Errorf("given out: %d bytes, %+v", len(b), f)
		}
		_, _, _, err = w.Cases.GiveOut(ctx, w.Who(), list[1].ID)
		w.Refused(err, "file-infected")
		if n := count(w, `SELECT COUNT(*) FROM document_chunk WHERE org_id = $1 AND document_id = $2`, c.Org, list[1].ID); n != 0 {
			t.Errorf("%d pieces of an infected file are there still", n)
		}
		if w.Signals(c.ID)[casefile.SignalInfected] != w.Desk.ID {
			t.Errorf("who added it was not told: %v", w.Signals(c.ID))
		}
		stranger := w.Who()
		stranger.Org = "org_elsewhere"
		_, _, _, err = w.Cases.GiveOut(ctx, stranger, list[0].ID)
		w.Refused(err, "document-not-found")
		w.Sound()
	})
}

func TestFilesWithoutAScanner(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := fileWorld(t, d, "")
		ctx := casefiletest.Ctx()
		c, _ := w.Open(w.Make(24 * time.Hour))
		for typ, u := range map[string]casefile.Upload{
			"file-forbidden": {Name: "brief.pdf", Bytes: []byte("MZ\x90\x00")},
			"file-empty":     {Name: "brief.pdf"},
			"file-too-large": {Name: "brief.pdf", Bytes: pdf(11<<20, "")},
		} {
			_, err := w.Cases.AddFiles(ctx, w.Who(), c.ID, "result", "", []casefile.Upload{{Name: "goed.pdf", Bytes: pdf(10, "")}, u})
			if err == nil || !strings.Contains(err.Error(), typ) {
				t.Errorf("%s: %v", typ, err)
			}
		}
		if n := count(w, `SELECT COUNT(*) FROM document WHERE org_id = $1`, c.Org); n != 0 {
			t.Errorf("%d documents of what was refused: nothing is half done", n)
		}
		list, err := w.Cases.AddFiles(ctx, w.Who(), c.ID, "result", "", []casefile.Upload{{Name: "goed.pdf", Bytes: pdf(10, "")}, {Name: "tekst.txt", Bytes: []byte("Een brief.")}})
		w.Must(err)
		_, f, _, err := w.Cases.GiveOut(ctx, w.Who(), list[0].ID)
		w.Must(err)
		if f.State != files.Unscanned {
			t.Errorf("state %s", f.State)
		}
		if list[1].Content != "Een brief." {
			t.Error("a text is kept as a text, which travels along")
		}
		w.Sound()
	})
}
