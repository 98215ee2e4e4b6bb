package casefile

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/job"
)

// File is what is known of a document that is a file and not a text.
type File struct {
	Org       string      `db:"org_id"`
	Document  string      `db:"document_id"`
	Media     string      `db:"media"`
	Size      int64       `db:"size"`
	SHA256    string      `db:"sha256"`
	State     files.State `db:"state"`
	CheckedAt time.Time   `db:"checked_at"`
	Finding   string      `db:"finding"`
}

// Upload is a file as somebody sent it.
type Upload struct {
	Name  string
	Bytes []byte
}

// What is sent at once: that many files, of together that many bytes.
const (
	mostFiles  = 10
	mostUpload = 64 << 20
)

// longestText is how long a document may be that is kept as text.
const longestText = 500_000

// The signals about files, to who added them.
const (
	SignalInfected  = "document.infected"
	SignalUnchecked = "document.unchecked"
)

// scanJob has a file looked at.
const scanJob = "casefile.scan-document"

type scanPayload struct {
	Document string `json:"document"`
}

// AddFiles adds files to a case: all of them or, when one cannot be accepted,
// none. Where a scanner is set up they are given out once it has looked.
func (s *Service) AddFiles(ctx context.Context, who actor.Actor, caseID, kind, name string, list []Upload) (added []Document, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return nil, err
	}
	var settings org.Settings
	if err := s.DB.Read(ctx, func(q db.Q) error {
		o, err := org.ByID(q, who.Org)
		settings = o.Settings
		return err
	}); err != nil {
		return nil, err
	}
	var c errs.Checks
	name = text(&c, "name", name, false)
	c.Must(slices.Contains(DocumentKinds, kind), "kind", "unknown-kind")
	c.Must(len(list) > 0, "file", "file-missing")
	if len(list) > mostFiles {
		c.Add(errs.Field{Path: "file", Type: "file-too-many", Params: errs.Params{"Max": mostFiles}})
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	kinds := make([]files.Kind, len(list))
	for i, u := range list {
		if len(u.Bytes) > settings.DocumentMB<<20 {
			c.Add(errs.Field{Path: "file", Type: "file-too-large", Params: errs.Params{"Name": files.CleanName(u.Name, files.Kind{}), "Max": settings.DocumentMB}})
			continue
		}
		k, err := files.Detect(u.Bytes)
		if e, ok := errs.As(err); ok {
			c.Add(errs.Field{Path: "file", Type: e.Type, Params: errs.Params{"Name": files.CleanName(u.Name, files.Kind{})}})
		} else if err != nil {
			return nil, err
		}
		kinds[i] = k
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		added = added[:0]
		row, err := lock(t, who.Org, caseID)
		if err != nil {
			return err
		}
		for i, u := range list {
			d := Document{Kind: kind, Name: files.CleanName(u.Name, kinds[i])}
			if name != "" && len(list) == 1 {
				d.Name = name
			}
			if d, err = s.addFile(t, who, row, d, kinds[i], u.Bytes); err != nil {
				return err
			}
			added = append(added, d)
		}
		return nil
	})
	return added, err
}

// addFile adds one. A text that no scanner has to see is a text document, which
// travels along with a referral.
func (s *Service) addFile(t *db.Tx, who actor.Actor, c Case, d Document, k files.Kind, b []byte) (Document, error) {
	if k == files.Text && !s.Scanner.On() && len(b) <= longestText {
		d.Content = string(b)
		return s.AddDocumentIn(t, who, c, d)
	}
	d, err := s.AddDocumentIn(t, who, c, d)
	if err != nil {
		return d, err
	}
	return d, s.keepFile(t, c.Org, d.ID, k.Media, b)
}

// FileOf gives what is known of a document that is a file; false for a text.
func (s *Service) FileOf(ctx context.Context, who actor.Actor, id string) (f File, is bool, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return f, false, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { f, is, err = fileByID(q, who.Org, id); return err })
	return f, is, err
}

// GiveOut gives the content of a file, when it may be given out.
func (s *Service) GiveOut(ctx context.Context, who actor.Actor, id string) (d Document, f File, b []byte, err error) {
	if err := auth.Require(who, auth.CaseRead); err != nil {
		return d, f, nil, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if d, err = DocumentByID(q, who.Org, id); err != nil {
			return err
		}
		var is bool
		if f, is, err = fileByID(q, who.Org, id); err != nil {
			return err
		}
		switch {
		case !is:
			return errs.New(errs.NotFound, "document-not-file")
		case f.State == files.Infected:
			return errs.New(errs.Conflict, "file-infected")
		case !f.State.GivenOut():
			return errs.New(errs.Conflict, "file-scanning")
		}
		b, err = bytesOf(q, who.Org, id)
		return err
	})
	return d, f, b, err
}

// scans is the durable work of having files looked at.
func (s *Service) scans() job.Kind {
	return job.Kind{Name: scanJob, Lease: 5 * time.Minute, Handle: s.scan, Dead: func(ctx context.Context, j job.Job, _ error) error {
		var p scanPayload
		if err := j.Payload(&p); err != nil {
			return err
		}
		return s.DB.Write(ctx, func(t *db.Tx) error { return s.tellAdder(t, j.Org, p.Document, SignalUnchecked) })
	}}
}

// scan looks at one file outside of any transaction, and keeps what was said.
func (s *Service) scan(ctx context.Context, j job.Job) error {
	var p scanPayload
	if err := j.Payload(&p); err != nil {
		return err
	}
	var f File
	var is bool
	var b []byte
	if err := s.DB.Read(ctx, func(q db.Q) (err error) {
		if f, is, err = fileByID(q, j.Org, p.Document); err != nil || !is || f.State != files.Scanning {
			return err
		}
		b, err = bytesOf(q, j.Org, p.Document)
		return err
	}); err != nil || !is || f.State != files.Scanning {
		return err
	}
	state, finding := files.Unscanned, ""
	if s.Scanner.On() { // else it was switched off meanwhile
		clean, found, err := s.Scanner.Scan(ctx, b)
		if err != nil {
			return err // tried again, and not given out meanwhile
		}
		if state = files.Clean; !clean {
			state, finding = files.Infected, found
		}
	}
	return s.DB.Write(ctx, func(t *db.Tx) error {
		f, is, err := lockFile(t, j.Org, p.Document)
		if err != nil || !is || f.State != files.Scanning {
			return err
		}
		f.State, f.Finding = state, finding
		if state != files.Unscanned {
			f.CheckedAt = t.Now()
		}
		if err := judged(t, f); err != nil || state != files.Infected {
			return err
		}
		d, err := DocumentByID(t, j.Org, p.Document)
		if err != nil {
			return err
		}
		c, err := ByID(t, j.Org, d.Case)
		if err != nil {
			return err
		}
		t.Emit(s.fact(c, fact.DocumentInfected, actor.ForSystem(c.Org), map[string]any{"document": d.ID}, map[string]string{"name": d.Name}))
		return s.tellAdder(t, j.Org, p.Document, SignalInfected)
	})
}

// tellAdder raises a signal about a file for who added it, else for the owner.
func (s *Service) tellAdder(t *db.Tx, orgID, id, kind string) error {
	d, err := DocumentByID(t, orgID, id)
	if err != nil {
		return err
	}
	c, err := ByID(t, orgID, d.Case)
	if err != nil {
		return err
	}
	to := c.Owner
	members, err := org.MembersByIDs(t, orgID, []string{d.AddedBy})
	if err != nil {
		return err
	}
	if m, ok := members[d.AddedBy]; ok {
		to = m.ID
	}
	_, _, err = signal.Raise(t, actor.ForSystem(orgID), signal.Signal{Kind: kind, Level: signal.Warning, SubjectKind: "document", Subject: id, Case: c.ID, Member: to})
	return err
}

// AddCopyIn adds a file that another organisation sent along, inside the
// transaction of another use case that holds the case. Where a scanner is set
// up it is looked at here too before anybody opens it.
func (s *Service) AddCopyIn(t *db.Tx, who actor.Actor, c Case, d Document, media string, b []byte) (Document, error) {
	d, err := s.AddDocumentIn(t, who, c, d)
	if err != nil {
		return d, err
	}
	return d, s.keepFile(t, c.Org, d.ID, media, b)
}

// keepFile keeps the content of a document that is a file, and has it looked at.
func (s *Service) keepFile(t *db.Tx, orgID, id, media string, b []byte) error {
	f := File{Org: orgID, Document: id, Media: media, Size: int64(len(b)), SHA256: files.Sum(b), State: files.Unscanned}
	if s.Scanner.On() {
		f.State = files.Scanning
		t.Enqueue(db.Job{Org: orgID, Kind: scanJob, Key: id, Payload: scanPayload{id}})
	}
	if err := db.Insert(t, "document_file", f); err != nil {
		return err
	}
	return putBytes(t, orgID, id, b)
}
