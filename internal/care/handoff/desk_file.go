package handoff

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/houvast/houvast/internal/care/handoff/html"
	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/web"
)

// paperView is a paper of a referral, with its file when it is one.
func (d dossier) paperView(c *web.Ctx, p Paper) html.Paper {
	v := html.Paper{Name: p.Name, Kind: c.P.T("document.kind-" + p.Kind), From: c.P.Date(p.AddedAt), Content: paragraphs(p.Content)}
	for _, f := range d.files {
		if f.Document != p.ID {
			continue
		}
		v.Content, v.File = nil, c.P.T("desk.handoff.file-coming")
		if f.State != FileComing {
			v.File = c.P.T("desk.file.size", "KB", (f.Size+1023)/1024)
			v.Href = referralsHome + "/" + f.Referral + "/files/" + f.Document
		}
	}
	return v
}

// deskFile gives a file that came with a referral. It is saved, never shown
// within a page: it comes from elsewhere.
func (s *Service) deskFile(c *web.Ctx) error {
	p, f, b, err := s.GiveFile(c.Context(), c.Actor, c.Path("referral"), c.Path("document"))
	if err != nil {
		return err
	}
	c.Saw("referral", f.Referral)
	h := c.ResponseWriter().Header()
	h.Set("Content-Type", "application/octet-stream")
	kind, _ := files.ByMedia(f.Media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": files.CleanName(p.Name, kind)}))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	c.ResponseWriter().WriteHeader(http.StatusOK)
	_, err = c.ResponseWriter().Write(b)
	return err
}
