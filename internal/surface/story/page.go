package story

import (
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/story/html"
)

// PagesAt is where the stories are.
const PagesAt = "/desk/stories"

// Shelf holds what replays found. Bare is nil where a story was not replayed
// with the safeguards off.
type Shelf struct {
	Names []string // in the order of the page
	Get   func(name string) (guarded, bare *Result, err error)
}

// Pages hands the pages of the stories to the application.
func Pages(shelf Shelf) module.Module {
	p := pages{shelf}
	return module.Module{
		Name: "stories",
		Lang: &html.Lang,
		Desk: func(m *web.Mux) {
			m.Get(PagesAt, p.list)
			m.Get(PagesAt+"/{name}", p.one)
		},
		Nav: []module.NavItem{{Key: "stories", Href: PagesAt, Icon: "book-open", LabelKey: "stories.nav", Order: 80}},
	}
}

type pages struct{ shelf Shelf }

func (p pages) list(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.StoryRead); err != nil {
		return err
	}
	var v html.ListView
	for _, name := range p.shelf.Names {
		r, _, err := p.shelf.Get(name)
		if err != nil {
			return err
		}
		v.Stories = append(v.Stories, html.Card{Href: PagesAt + "/" + name, Title: r.Title.In(c.P.Lang()), Summary: r.Summary.In(c.P.Lang()),
			Tally: tally(c.P, r)})
	}
	return c.Page(web.Page{Title: c.P.T("stories.title"), Nav: "stories", Body: html.List(v)})
}

func (p pages) one(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.StoryRead); err != nil {
		return err
	}
	guarded, bare, err := p.shelf.Get(c.Path("name"))
	if err != nil {
		return err
	}
	v := pageOf(c.P, guarded, bare)
	v.All, v.Others = PagesAt, len(p.shelf.Names)-1
	return c.Page(web.Page{Title: v.Title, Nav: "stories", Body: html.Story(v)})
}
