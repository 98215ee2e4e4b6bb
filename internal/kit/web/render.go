package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// Pages hold no secret beside what a stranger put into the same page (there is
// no anti-forgery token to guess), so their length tells an eavesdropper
// nothing that compressing would give away.
var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	gzips   = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, 5); return z }} //nolint:errcheck // 5 is a level
)

// render draws the whole component before the first byte leaves, so that a
// page that cannot be drawn becomes a whole page about that.
func (c *Ctx) render(status int, doc templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() < 1<<20 {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	if err := doc.Render(c.r.Context(), buf); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", c.P.Lang())
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie, HX-Request")
	body := buf
	if buf.Len() > 1400 && acceptsGzip(c.r.Header.Get("Accept-Encoding")) {
		small := buffers.Get().(*bytes.Buffer)
		defer func() { small.Reset(); buffers.Put(small) }()
		z := gzips.Get().(*gzip.Writer)
		defer gzips.Put(z)
		z.Reset(small)
		if _, err := z.Write(buf.Bytes()); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = small
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body.Bytes()) // nobody to tell when the reader has left
	}
	return nil
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		enc, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(enc), "gzip") {
			q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !ok || err == nil && weight > 0
		}
	}
	return false
}
