package web

import (
	"io"
	"net/http"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// A large body or answer takes as long as it takes while it keeps flowing: so
// many bytes each time, within the patience of the options. Who sends or takes
// in less is cut off, because they hold a connection that others need.
const (
	flowIn  = 64 << 10
	flowOut = 256 << 10
)

// flowing is a body that may take long.
type flowing struct {
	io.ReadCloser
	w        http.ResponseWriter
	patience time.Duration
	fresh    int
}

func (f *flowing) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if f.fresh += n; f.fresh >= flowIn {
		f.fresh = 0
		// A writer that knows no deadlines (a test's) is as patient as it is.
		_ = http.NewResponseController(f.w).SetReadDeadline(clock.Machine.Now().Add(f.patience))
	}
	return n, err
}

// arrived is a body that may take its time to come in, and no other time: once
// it is here, its deadline is lifted. A deadline that passes while the request
// is still worked on ends the context of its connection, and then every later
// request on that connection is one whose reader has left.
type arrived struct {
	io.ReadCloser
	w http.ResponseWriter
}

// arriving gives a request whose deadline for reading ends with its body.
func arriving(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil {
		return
	}
	if r.Body == http.NoBody {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	r.Body = &arrived{r.Body, w}
}

func (b *arrived) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // as readers say it
		_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{})
	}
	return n, err
}

// giveTime lets whoever reads an answer have their patience anew: when it
// begins late, and while it flows.
func (a *answer) giveTime(more int) {
	patience := a.site.opts.Writing
	if patience == 0 {
		return
	}
	a.fresh += int64(more)
	if a.fresh < flowOut && clock.Machine.Since(a.since) < patience/2 {
		return
	}
	a.since, a.fresh = clock.Machine.Now(), 0
	_ = http.NewResponseController(a.ResponseWriter).SetWriteDeadline(a.since.Add(patience))
}
