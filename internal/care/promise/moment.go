package promise

import (
	"context"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// ParseDue reads a promised time as a program writes it (RFC 3339) or as a
// person types it ("tomorrow 17:00"). What names no clock time is refused with
// a suggestion that can be kept. The empty text is the zero moment.
func (s *Service) ParseDue(ctx context.Context, who actor.Actor, words lang.Printer, path, typed string) (time.Time, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, typed); err == nil {
		return t.UTC().Truncate(time.Millisecond), nil
	}
	var o org.Organisation
	if err := s.DB.Read(ctx, func(q db.Q) (err error) { o, err = org.ByID(q, who.Org); return err }); err != nil {
		return time.Time{}, err
	}
	now := s.DB.Clock().Now()
	t, err := lang.ParseMoment(typed, words.Lang(), o.Calendar.Location(), now)
	e, ok := errs.As(err)
	if !ok {
		return t.UTC(), err
	}
	suggestion := Suggest(o.Calendar, now)
	// The sentence is about this input, so it is shown beside it as well.
	params := errs.Params{"Suggestion": suggestion}
	for k, v := range e.Params {
		params[k] = v
	}
	e.Params = params
	e.Fields = []errs.Field{{Path: path, Type: e.Type, Params: params}}
	return time.Time{}, e
}
