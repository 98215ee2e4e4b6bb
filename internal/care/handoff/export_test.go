package handoff

import (
	"context"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// Bring does the job of a file once, as the queue does.
func Bring(ctx context.Context, s *Service, org, referral, document string) error {
	return s.bring(ctx, job.Job{Org: org, Raw: `{"referral":"` + referral + `","document":"` + document + `"}`})
}

// FetchPiece brings one piece of a file, as when the process dies after it.
func FetchPiece(ctx context.Context, s *Service, org, referral, document string, n int) error {
	var f PaperFile
	if err := s.DB.Read(ctx, func(q db.Q) (err error) { f, _, err = findPaperFile(q, org, referral, document); return err }); err != nil {
		return err
	}
	_, err := s.fetchPiece(ctx, f, n)
	return err
}
