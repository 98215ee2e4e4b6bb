package casefile

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/web"
)

func notFile() error { return errs.New(errs.NotFound, "document-not-file") }

// uploads reads the files of a form. None were chosen when it gives none.
func uploads(c *web.Ctx) (list []Upload, err error) {
	form := c.Request().MultipartForm
	if form == nil {
		return nil, nil
	}
	for _, h := range form.File["file"] {
		if h.Filename == "" && h.Size == 0 {
			continue // a browser sends this when nothing was chosen
		}
		b, err := readUpload(h)
		if err != nil {
			return nil, err
		}
		name := h.Filename
		if !utf8.ValidString(name) {
			name = ""
		}
		list = append(list, Upload{Name: name, Bytes: b})
		if len(list) > mostFiles {
			break // refused, with how many there may be
		}
	}
	return list, nil
}

func readUpload(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(f)
}

// disposition says under which name a file is given out.
func disposition(how, name string) string {
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// deskFile gives a file out: within a page only what a browser shows safely,
// with the content type that we found and not the one it came with.
func (s *Service) deskFile(c *web.Ctx) error {
	d, f, b, err := s.GiveOut(c.Context(), c.Actor, c.Path("document"))
	if err != nil {
		return err
	}
	c.Saw("document", d.ID)
	kind, known := files.ByMedia(f.Media)
	how := "attachment"
	if known && kind.Inline && c.Query("download") == "" {
		how = "inline"
	}
	name := d.Name
	if path.Ext(name) != kind.Ext {
		name = files.CleanName(name, kind)
	}
	h := c.ResponseWriter().Header()
	h.Set("Content-Type", "application/octet-stream")
	if known {
		h.Set("Content-Type", kind.Media)
	}
	h.Set("Content-Disposition", disposition(how, name))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	// Nothing in it may run or fetch. A browser's own reader of PDF does not
	// start in a sandbox, and needs none: it runs no script of ours.
	policy := "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
	if kind != files.PDF {
		policy += "; sandbox"
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	c.ResponseWriter().WriteHeader(http.StatusOK)
	_, err = c.ResponseWriter().Write(b)
	return err
}

// fileOf is a file on the page of its document.
func fileOf(c *web.Ctx, f File) *html.FileView {
	href := "/desk/documents/" + f.Document + "/file"
	v := &html.FileView{State: c.P.T("desk.file.state-" + string(f.State)), Bad: f.State == files.Infected, Size: c.P.T("desk.file.size", "KB", (f.Size+1023)/1024), Sum: f.SHA256}
	if !f.State.GivenOut() {
		return v
	}
	v.Download = href + "?download=1"
	if k, ok := files.ByMedia(f.Media); ok && k.Inline {
		v.Href, v.Image = href, k.IsImage()
	}
	return v
}
