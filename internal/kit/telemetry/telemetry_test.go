package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/config"
)

type person struct{ Name, Email string }

// Fatima and her address are passed in every way a hurried colleague might;
// none may come out, and what is meant to come out still does.
func TestPersonalTextIsNotPrinted(t *testing.T) {
	fatima := person{"Fatima el Amrani", "fatima@example.org"}
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log := New(config.Log{Level: "debug", Format: format}, &out)
		log.Info("called", "name", fatima.Name, "email", fatima.Email, "phone", "0612345678", "case_id", "cas_1")
		log.With("customer", fatima.Name).Info("with", "code", 250)
		log.WithGroup("case").Info("group", "subject", "knee of Fatima", "id", "cas_2")
		log.Info("nested", slog.Group("kind", "subject", fatima.Name, "count", 3))
		log.Info("struct under a listed key", "id", fatima)
		log.Info("map under a listed key", "id", map[string]string{"x": fatima.Name})
		log.Info("pointer under a listed key", "id", &fatima)
		log.Info("valuer", "note", valuer{fatima.Name}, "state", valuer{"sent"})
		log.Info("error of others", "err", fmt.Errorf("550 <%s>: no such user", fatima.Email))
		log.Info("in the message: "+fatima.Email, "err", errs.New(errs.Invalid, "vague-time").Field("promise.due_at", "vague-time"))
		log.Info("in a list", "case_ids", []string{"cas_3", fatima.Email})
		log.Info("url", "url_base", "smtp://fatima@example.org:25/x")
		for _, personal := range []string{"Fatima", "fatima", "Amrani", "0612345678", "knee"} {
			if strings.Contains(out.String(), personal) {
				t.Errorf("%s: %q is in the log:\n%s", format, personal, out.String())
			}
		}
		for _, meant := range []string{"cas_1", "250", "cas_2", "sent", "no such user", "vague-time", "promise.due_at", "cas_3", "count", "[withheld]", "[address]"} {
			if !strings.Contains(out.String(), meant) {
				t.Errorf("%s: %q is missing from the log:\n%s", format, meant, out.String())
			}
		}
	}
}

type valuer struct{ text string }

func (v valuer) LogValue() slog.Value { return slog.StringValue(v.text) }

func TestValuesKeepTheirType(t *testing.T) {
	var out bytes.Buffer
	New(config.Log{Format: "json"}, &out).Info("done", "count", 7, "ok", true, "duration", 1500*time.Millisecond, "took_ms", 12.5,
		"due", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), "err", nil)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"count": 7.0, "ok": true, "duration": 1.5e9, "took_ms": 12.5, "due": "2026-03-29T01:00:00Z", "err": nil, "msg": "done", "level": "INFO"} {
		if line[key] != want {
			t.Errorf("%s: got %v, want %v", key, line[key], want)
		}
	}
}

type brokenError struct{ inner error }

func (b *brokenError) Error() string { return b.inner.Error() }

func TestABrokenErrorDoesNotStopTheProgram(t *testing.T) {
	var out bytes.Buffer
	var none *brokenError
	New(config.Log{Format: "json"}, &out).Error("failed", "err", error(none), "code", 1)
	if !strings.Contains(out.String(), "[unprintable]") || !strings.Contains(out.String(), `"code":1`) {
		t.Error(out.String())
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[string]string{"debug": "diwe", "info": "iwe", "warn": "we", "error": "e", "": "iwe"} {
		var out bytes.Buffer
		log := New(config.Log{Level: level, Format: "text"}, &out)
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		got := ""
		for _, l := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			got += l[strings.LastIndex(l, "msg=")+4:]
		}
		if got != want {
			t.Errorf("level %q: got %q, want %q", level, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	New(config.Log{Format: "auto"}, file).Info("to a file")
	text, err := os.ReadFile(file.Name())
	if err != nil || !json.Valid(bytes.TrimSpace(text)) {
		t.Errorf("a file is not a terminal and gets JSON: %s %v", text, err)
	}
	var out bytes.Buffer
	New(config.Log{Format: "text"}, &out).Info("x", "err", errors.New("y"))
	if json.Valid(out.Bytes()) || !strings.Contains(out.String(), "err=y") {
		t.Errorf("asked for text, got %s", out.String())
	}
}
