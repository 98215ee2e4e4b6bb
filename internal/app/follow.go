package app

import (
	"context"
	"errors"
	"log/slog"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// followed is the handler of a kind of job, measured and traced.
func (a *App) followed(k job.Kind) func(context.Context, job.Job) error {
	return func(ctx context.Context, j job.Job) error {
		start := clock.Machine.Now()
		ctx, span := a.traces.Work(ctx, "job "+k.Name, slog.String("job", j.ID), slog.String("kind", k.Name), slog.String("org", j.Org), slog.Int("attempt", j.Attempt))
		err := k.Handle(ctx, j)
		outcome, told := "done", err
		var later job.Later
		switch {
		case errors.As(err, &later):
			outcome, told = "later", nil
		case err != nil:
			outcome = "failed"
		}
		a.metrics.Job(k.Name, outcome, clock.Machine.Since(start))
		span.End(told)
		return err
	}
}

// followedMail measures and traces what is sent to customers.
type followedMail struct {
	mail.Sender
	metrics *telemetry.Metrics
}

// Send implements mail.Sender.
func (f followedMail) Send(ctx context.Context, m mail.Message) (mail.Receipt, error) {
	ctx, span := telemetry.Part(ctx, "mail")
	r, err := f.Sender.Send(ctx, m)
	f.metrics.Mail(string(r.Outcome))
	span.Set(slog.String("outcome", string(r.Outcome)), slog.Int("code", r.Code))
	span.End(err)
	return r, err
}
