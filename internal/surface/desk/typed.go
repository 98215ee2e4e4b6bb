package desk

import (
	"encoding/json"
	"net/http"

	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/desk/html"
)

// mountTyped adds what survives an interruption: drafts, and who else is at a
// page.
func (d *Desk) mountTyped(m *web.Mux) {
	m.Get("/desk/drafts", d.draftsPage)
	m.Get("/desk/drafts/kept", d.keptDrafts)
	m.Post("/desk/drafts", d.keepDraft)
	m.Post("/desk/drafts/discard", d.discardDraft)
	m.Post("/desk/presence", d.presence)
}

func (d *Desk) draftsPage(c *web.Ctx) error {
	list, err := d.site.Drafts(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var v html.DraftsView
	for _, one := range list {
		v.Drafts = append(v.Drafts, html.Draft{Key: one.Key, Form: one.Form, Title: one.Title, Href: one.Path, When: web.When(c, one.SavedAt)})
	}
	return c.Page(web.Page{Title: c.P.T("desk.drafts.title"), Body: html.Drafts(v)})
}

// keptDrafts gives the script of a page what was typed into its forms before.
func (d *Desk) keptDrafts(c *web.Ctx) error {
	list, err := d.site.DraftsFor(c, c.Request().URL.Query()["key"])
	if err != nil {
		return err
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	w := c.ResponseWriter()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b) // nobody to tell when the reader has left
	return nil
}

func (d *Desk) keepDraft(c *web.Ctx) error {
	var in struct {
		Key    string `form:"key"`
		Form   string `form:"form"`
		Path   string `form:"path"`
		Title  string `form:"title"`
		Fields string `form:"fields"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := d.site.KeepDraft(c.Context(), c.Actor, web.Draft{Key: in.Key, Form: in.Form, Path: in.Path, Title: in.Title, Fields: in.Fields}); err != nil {
		return err
	}
	return c.NoContent()
}

func (d *Desk) discardDraft(c *web.Ctx) error {
	var in struct {
		Key  string `form:"key"`
		Form string `form:"form"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := d.site.DropDraft(c.Context(), c.Actor, in.Key, in.Form); err != nil {
		return err
	}
	if c.Request().Header.Get("Houvast-Script") != "" {
		return c.NoContent()
	}
	c.Toast("desk.drafts.discarded")
	return c.Redirect("/desk/drafts")
}

// presence is a sign of life of a page that somebody has open. The answer is
// who else has, as a sentence.
func (d *Desk) presence(c *web.Ctx) error {
	var in struct {
		About  string `form:"about"`
		Typing bool   `form:"typing"`
		Leave  bool   `form:"leave"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Leave {
		if err := d.site.Leave(c.Context(), d.Stream, c.Actor, in.About); err != nil {
			return err
		}
		return c.NoContent()
	}
	text, err := d.site.Present(c, d.Stream, in.About, in.Typing)
	if err != nil {
		return err
	}
	w := c.ResponseWriter()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
	return nil
}
