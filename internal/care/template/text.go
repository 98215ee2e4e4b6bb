package template

import (
	"context"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Names implements casefile.Texts.
func (s *Service) Names(q db.Q, orgID string) ([]casefile.Text, error) {
	list, err := names(q, orgID)
	out := make([]casefile.Text, len(list))
	for i, x := range list {
		out[i] = casefile.Text{ID: x.ID, Name: x.Name}
	}
	return out, err
}

// FillText implements casefile.Texts.
func (s *Service) FillText(ctx context.Context, who actor.Actor, caseID, id string) (string, error) {
	f, err := s.Fill(ctx, who, caseID, id)
	return f.Text, err
}

// Plain implements casefile.Texts.
func (s *Service) Plain(words lang.Printer, text, language string) []string {
	return Say(words, Check(plain(text), language))
}

// Unfilled implements casefile.Texts.
func (s *Service) Unfilled(text string) []string { return Unfilled(text) }
