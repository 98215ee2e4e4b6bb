package handoff

import (
	"context"
	"errors"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/job"
)

// SignalFileLost says that a file of a referral could not be fetched.
const SignalFileLost = "referral.file-lost"

// bringJob fetches a file that goes with a referral, and files it in the case
// once there is one.
const bringJob = "handoff.bring-file"

type bringPayload struct {
	Referral string `json:"referral"`
	Document string `json:"document"`
}

// errAltered says that what was fetched is not what was sent.
var errAltered = errors.New("handoff: a fetched file has another digest than the one that was sent")

// fileFor is a document of the sender as a file of a referral; false for a text.
func fileFor(q db.Q, r Referral, d casefile.Document) (PaperFile, bool, error) {
	f, is, err := casefile.FileIn(q, d.Org, d.ID)
	if err != nil || !is {
		return PaperFile{}, false, err
	}
	if !f.State.GivenOut() {
		return PaperFile{}, false, errs.New(errs.Invalid, "file-held").Field("documents", "file-held")
	}
	return PaperFile{Org: r.Org, Referral: r.ID, Document: d.ID, Media: f.Media, Size: f.Size, SHA256: f.SHA256, SourceOrg: d.Org, SourceID: d.ID,
		State: FileThere}, true, nil
}

// deliverFiles notes at the receiver which files come along, and has them
// fetched. Nothing of their content is read in this transaction.
func deliverFiles(t *db.Tx, from, to, referral string) error {
	list, err := filesOf(t, from, referral)
	if err != nil {
		return err
	}
	for _, f := range list {
		f.Org, f.State, f.HereAt, f.CaseDocument = to, FileComing, time.Time{}, ""
		if err := db.Insert(t, "referral_file", f); err != nil {
			return err
		}
		enqueueBring(t, f, "fetch")
	}
	return nil
}

func enqueueBring(t *db.Tx, f PaperFile, why string) {
	t.Enqueue(db.Job{Org: f.Org, Kind: bringJob, Key: f.Referral + ":" + f.Document + ":" + why, Payload: bringPayload{f.Referral, f.Document}})
}

// jobs are the capability's kinds of work.
func (s *Service) jobs() []job.Kind {
	return []job.Kind{{Name: bringJob, Lease: 5 * time.Minute, Handle: s.bring, Dead: func(ctx context.Context, j job.Job, _ error) error {
		var p bringPayload
		if err := j.Payload(&p); err != nil {
			return err
		}
		return s.DB.Write(ctx, func(t *db.Tx) error {
			r, ok, err := findReferral(t, j.Org, p.Referral)
			if err != nil || !ok {
				return err
			}
			return raise(t, j.Org, signal.Signal{Kind: SignalFileLost, Level: signal.Warning, SubjectKind: "referral", Subject: r.ID, Case: r.Case, Member: r.Handler})
		})
	}}}
}

// bring fetches what is not here yet and files it. Whoever does it again finds
// what was done: each piece comes once, and is filed once.
func (s *Service) bring(ctx context.Context, j job.Job) error {
	var p bringPayload
	if err := j.Payload(&p); err != nil {
		return err
	}
	var f PaperFile
	var ok bool
	if err := s.DB.Read(ctx, func(q db.Q) (err error) { f, ok, err = findPaperFile(q, j.Org, p.Referral, p.Document); return err }); err != nil || !ok {
		return err
	}
	if f.State == FileComing {
		if err := s.fetch(ctx, f); err != nil {
			return err
		}
	}
	return s.fileAway(ctx, f)
}

// fetchPiece brings one piece: read at the one organisation, then written at
// the other, never both in one transaction. It says whether there was one.
func (s *Service) fetchPiece(ctx context.Context, f PaperFile, n int) (bool, error) {
	var b []byte
	var have, more bool
	if err := s.DB.Read(ctx, func(q db.Q) (err error) {
		if have, err = hasPiece(q, f, n); err != nil || have {
			return err
		}
		b, more, err = casefile.PieceOf(q, f.SourceOrg, f.SourceID, n)
		return err
	}); err != nil || have || !more {
		return have, err
	}
	return true, s.DB.Write(ctx, func(t *db.Tx) error { return keepPiece(t, f, n, b) })
}

// fetch brings the pieces that are not here yet, and looks whether together
// they are what was sent.
func (s *Service) fetch(ctx context.Context, f PaperFile) error {
	for n, more := 0, true; more; n++ {
		var err error
		if more, err = s.fetchPiece(ctx, f, n); err != nil {
			return err
		}
	}
	var all []byte
	if err := s.DB.Read(ctx, func(q db.Q) (err error) { all, err = pieces(q, f); return err }); err != nil {
		return err
	}
	if files.Sum(all) != f.SHA256 {
		if err := s.DB.Write(ctx, func(t *db.Tx) error { return dropPieces(t, f) }); err != nil {
			return err
		}
		return errAltered
	}
	return s.DB.Write(ctx, func(t *db.Tx) error { return fileArrived(t, f) })
}

// fileAway makes a fetched file a document of the case that was accepted, with
// where it came from.
func (s *Service) fileAway(ctx context.Context, f PaperFile) error {
	return s.DB.Write(ctx, func(t *db.Tx) error {
		r, err := lockReferral(t, f.Org, f.Referral)
		if err != nil || r.State != Accepted || r.Case == "" || r.Direction != In {
			return err
		}
		c, err := s.Cases.Lock(t, r.Org, r.Case)
		if err != nil {
			return err
		}
		f, ok, err := lockPaperFile(t, f)
		if err != nil || !ok || f.State != FileHere || f.CaseDocument != "" {
			return err
		}
		p, ok, err := findPaper(t, f)
		if err != nil || !ok {
			return err
		}
		b, err := pieces(t, f)
		if err != nil {
			return err
		}
		d, err := s.Cases.AddCopyIn(t, actor.ForSystem(r.Org), c, casefile.Document{Kind: p.Kind, Name: p.Name, FromOrg: p.FromOrg}, f.Media, b)
		if err != nil {
			return err
		}
		if err := fileFiled(t, f, d.ID); err != nil {
			return err
		}
		return dropPieces(t, f)
	})
}

// Files gives the files that go with a referral, as an organisation has them.
func (s *Service) Files(ctx context.Context, who actor.Actor, referral string) (list []PaperFile, err error) {
	if _, _, err := s.GetReferral(ctx, who, referral); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { list, err = filesOf(q, who.Org, referral); return err })
	return list, err
}

// GiveFile gives the content of a file that came with a referral.
func (s *Service) GiveFile(ctx context.Context, who actor.Actor, referral, document string) (p Paper, f PaperFile, b []byte, err error) {
	if _, _, err := s.GetReferral(ctx, who, referral); err != nil {
		return p, f, nil, err
	}
	var ok bool
	err = s.DB.Read(ctx, func(q db.Q) error {
		if f, ok, err = findPaperFile(q, who.Org, referral, document); err == nil && ok {
			p, ok, err = findPaper(q, f)
		}
		switch {
		case err != nil:
			return err
		case !ok:
			return errs.New(errs.NotFound, "document-not-found")
		case f.State == FileComing:
			return errs.New(errs.Conflict, "file-coming")
		case f.State == FileHere && f.CaseDocument == "":
			b, err = pieces(q, f)
		}
		return err
	})
	if err != nil || b != nil {
		return p, f, b, err
	}
	own := f.SourceID
	if f.CaseDocument != "" {
		own = f.CaseDocument
	}
	_, _, b, err = s.Cases.GiveOut(ctx, who, own)
	return p, f, b, err
}
