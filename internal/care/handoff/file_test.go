package handoff_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/handoff"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// A file goes with a referral, past the organisation that forwards it, in
// pieces and unaltered, and is a document of the case that is accepted, also
// when it was accepted before the file was there and the work stopped halfway.
func TestFilesTravel(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		queue, err := job.NewQueue(w.d.DB, kittest.Log(t), 1, handoff.Module(w.svc, kittest.Log(t)).Jobs...)
		w.must(err)
		letter := make([]byte, 1_300_000) // three pieces
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range letter {
			letter[i] = byte(rng.Uint32())
		}
		copy(letter, "%PDF-1.7\n")
		c := w.open()
		gp := orgtest.As(w.gp.Desk)
		docs, err := w.cases.AddFiles(w.ctx, gp, c.ID, "referral-letter", "", []casefile.Upload{{Name: "brief.pdf", Bytes: letter}, {Name: "foto.pdf", Bytes: []byte("%PDF-1.4 small")}})
		w.must(err)
		r, _, err := w.svc.Refer(w.ctx, gp, handoff.Refer{Case: c.ID, To: w.h1.Org.ID, Documents: []string{docs[0].ID}})
		w.must(err)
		w.rest()
		files := func(f orgtest.Fixture) []handoff.PaperFile {
			t.Helper()
			list, err := w.svc.Files(w.ctx, orgtest.As(f.Desk), r.ID)
			w.must(err)
			return list
		}
		if got := files(w.h1); len(got) != 1 || got[0].State != handoff.FileComing || got[0].SourceOrg != w.gp.Org.ID || got[0].Document != docs[0].ID {
			t.Fatalf("only what was chosen comes along: %+v", got)
		}
		_, _, _, err = w.svc.GiveFile(w.ctx, orgtest.As(w.h1.Desk), r.ID, docs[0].ID)
		typed(t, "not here yet", err, "file-coming")
		_, _, own, err := w.svc.GiveFile(w.ctx, gp, r.ID, docs[0].ID)
		if err != nil || !bytes.Equal(own, letter) {
			t.Errorf("the sender's own: %d bytes, %v", len(own), err)
		}
		_, _, _, err = w.svc.GiveFile(w.ctx, orgtest.As(w.h2.Desk), r.ID, docs[0].ID)
		typed(t, "somebody else's", err, "referral-not-found")

		// Forwarded before it came: the third fetches it where it is.
		_, err = w.svc.ForwardReferral(w.ctx, orgtest.As(w.h1.Desk), r.ID, w.h2.Org.ID, "Dit doen zij")
		w.must(err)
		w.rest()
		_, there := w.accept(w.h2, r.ID)
		papers := func() (list []casefile.Document) {
			t.Helper()
			w.read(func(q db.Q) (err error) { list, err = casefile.Documents(q, there.Org, there.ID); return err })
			return list
		}
		if n := len(papers()); n != 0 {
			t.Errorf("%d documents before any came", n)
		}
		w.must(handoff.FetchPiece(w.ctx, w.svc, w.h2.Org.ID, r.ID, docs[0].ID, 1)) // and then it died
		if n := len(papers()); n != 0 {
			t.Errorf("%d documents halfway", n)
		}
		for range 2 { // doing it again changes nothing
			w.must(job.Drain(w.ctx, []job.Worker{queue}))
			w.must(handoff.Bring(w.ctx, w.svc, w.h2.Org.ID, r.ID, docs[0].ID))
		}
		list := papers()
		if len(list) != 1 || list[0].FromOrg != w.gp.Org.ID || list[0].Name != "brief.pdf" || list[0].Kind != "referral-letter" {
			t.Fatalf("in the case: %+v", list)
		}
		_, _, got, err := w.cases.GiveOut(w.ctx, orgtest.As(w.h2.Desk), list[0].ID)
		if err != nil || !bytes.Equal(got, letter) {
			t.Errorf("what arrived: %d bytes, %v", len(got), err)
		}
		if _, _, got, err = w.svc.GiveFile(w.ctx, orgtest.As(w.h2.Desk), r.ID, docs[0].ID); err != nil || !bytes.Equal(got, letter) {
			t.Errorf("with the referral: %d bytes, %v", len(got), err)
		}
		if got := files(w.h2)[0]; got.CaseDocument != list[0].ID {
			t.Errorf("%+v", got)
		}
		w.checked()

		// What is not what was sent is not accepted.
		w.must(w.d.Write(w.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE document_chunk SET bytes = $3 WHERE org_id = $1 AND document_id = $2 AND n = 1`, w.gp.Org.ID, docs[0].ID, []byte("altered"))
			return err
		}))
		c2 := w.open()
		r, _, err = w.svc.Refer(w.ctx, gp, handoff.Refer{Case: c2.ID, To: w.h1.Org.ID, Documents: []string{docs[0].ID}})
		w.must(err)
		w.rest()
		if err := handoff.Bring(w.ctx, w.svc, w.h1.Org.ID, r.ID, docs[0].ID); err == nil || !strings.Contains(err.Error(), "digest") {
			t.Errorf("altered on the way: %v", err)
		}
		if got := files(w.h1); got[0].State != handoff.FileComing {
			t.Errorf("altered, and here: %+v", got)
		}
	})
}
