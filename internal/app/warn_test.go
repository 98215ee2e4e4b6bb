package app

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// TestOwnerIsMailed: whose account somebody tries gets a letter in their own
// language that says what to do.
func TestOwnerIsMailed(t *testing.T) {
	in, err := newInstance(t.Context(), instanceOptions{Config: configFor(t, ""), Start: kittest.Start})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"nl": "hoef je niets te doen", "en": "you need not do anything"} {
		email := lang + "@delinde.example"
		if err := in.DB.Write(t.Context(), func(tx *db.Tx) error {
			o, _, err := org.CreateIn(tx, actor.Actor{Kind: actor.Installer}, org.NewOrganisation{Name: "De Linde", Kind: org.Practice, Language: "nl",
				Admin: org.NewMember{Name: "Marit", Email: email}})
			if err != nil {
				return err
			}
			a, _, err := in.services.auth.EnsureAccount(tx, auth.NewAccount{Email: email, Name: "Marit", Language: lang})
			warner{}.Warn(tx, o.ID, a)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		before := len(in.Arrived())
		if err := in.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		letters := in.Arrived()[before:]
		if len(letters) != 1 || letters[0].To.Email != email || letters[0].Language != lang || !strings.Contains(letters[0].Text, want) || !letters[0].AutoSubmitted {
			t.Errorf("%s: %+v", lang, letters)
		}
	}
}
