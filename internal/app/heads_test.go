package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// TestHeadsAreMailed: each administrator gets the head of their own record and
// of nobody else's, in a form that verify reads.
func TestHeadsAreMailed(t *testing.T) {
	cfg := configFor(t, "")
	in, err := newInstance(t.Context(), instanceOptions{Config: cfg, Start: kittest.Start})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, name := range []string{"De Linde", "De Eik"} {
		if err := in.DB.Write(t.Context(), func(tx *db.Tx) error {
			o, _, err := org.CreateIn(tx, actor.Actor{Kind: actor.Installer}, org.NewOrganisation{Name: name, Kind: org.Practice, Language: "en",
				Admin: org.NewMember{Name: "Marit", Email: strings.ToLower(strings.ReplaceAll(name, " ", "")) + "@example.nl"}})
			ids = append(ids, o.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := in.heads.Handle(t.Context(), job.Job{}); err != nil {
		t.Fatal(err)
	}
	letters := in.Arrived()
	if len(letters) != 2 {
		t.Fatalf("%d letters, want one for each administrator", len(letters))
	}
	for i, l := range letters {
		if want := []string{"delinde@example.nl", "deeik@example.nl"}[i]; l.To.Email != want && letters[1-i].To.Email != want {
			t.Errorf("nobody wrote to %s", want)
		}
		own, other := ids[0], ids[1]
		if l.To.Email == "deeik@example.nl" {
			own, other = other, own
		}
		if !strings.Contains(l.Text, own) || strings.Contains(l.Text, other) {
			t.Errorf("the letter to %s tells of another record: %s", l.To.Email, l.Text)
		}
		lines := strings.Split(strings.TrimSpace(l.Text), "\n")
		file := filepath.Join(t.TempDir(), "heads.json")
		if err := os.WriteFile(file, []byte(lines[len(lines)-1]), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Verify(t.Context(), cfg, file, false, &out); err != nil || !strings.Contains(out.String(), own+": ") {
			t.Errorf("verify with the head of the letter: %v\n%s", err, out.String())
		}
	}
	rewrite(t, in.DB, ids[0])
	for _, l := range letters {
		if l.To.Email != "delinde@example.nl" {
			continue
		}
		lines := strings.Split(strings.TrimSpace(l.Text), "\n")
		file := filepath.Join(t.TempDir(), "heads.json")
		if err := os.WriteFile(file, []byte(lines[len(lines)-1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Verify(t.Context(), cfg, file, false, &bytes.Buffer{}); err == nil {
			t.Error("the head in the letter does not give away that the record was rewritten")
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
}
