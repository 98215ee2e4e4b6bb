package rest

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/surface/rest/html"
)

// Words are the sentences of these pages.
//
//go:embed lang/*.toml
var Words embed.FS

// Lang is where the application finds them.
var Lang = lang.Source{FS: Words, Dir: "lang"}

// DocsPath is where the documentation is.
const DocsPath = "/api"

type surface struct {
	words    *lang.Bundle
	doc      html.Doc
	problems map[string]html.Problem
	types    []string
	links    []rootLink
}

// Mount registers the pages, after all operations of the API.
func Mount(site *web.Site, layout web.Layout, api huma.API, words *lang.Bundle) {
	s := &surface{words: words, problems: problems(words)}
	huma.Register(api, web.ForEveryone(root()), s.root)
	s.doc = describe(api.OpenAPI())
	s.links = linksOf(api.OpenAPI())
	for t := range s.problems {
		s.types = append(s.types, t)
	}
	slices.Sort(s.types)

	m := web.NewMux(site, layout)
	m.Get(DocsPath, s.docs)
	m.Get(strings.TrimSuffix(web.ProblemPath, "/"), s.problemList)
	m.Get(web.ProblemPath+"{type}", s.problem)
}

func root() huma.Operation {
	op := web.Operation("getRoot", http.MethodGet, "", "Where to begin", "Start")
	op.Description = "Lists the collections there are, and where the API is described."
	op.Errors = []int{429, 500, 503}
	return op
}

type rootLink struct {
	Operation string `json:"operation" doc:"The operation's id in the description." example:"listCases"`
	Href      string `json:"href" doc:"Its address, relative to this server." example:"/api/v1/cases"`
	Summary   string `json:"summary"`
}

type rootDocument struct {
	Body struct {
		Name          string     `json:"name" example:"Houvast"`
		Version       string     `json:"version" doc:"Of the program."`
		Documentation string     `json:"documentation" doc:"The page for people." example:"/api"`
		Description   string     `json:"description" doc:"The OpenAPI 3.1 description." example:"/api/openapi.json"`
		Problems      string     `json:"problems" doc:"Every type of problem, explained." example:"/problems"`
		Links         []rootLink `json:"links" doc:"What can be read without knowing an id."`
	}
}

func (s *surface) root(context.Context, *struct{}) (*rootDocument, error) {
	out := &rootDocument{}
	b := &out.Body
	b.Name, b.Version, b.Documentation, b.Description, b.Problems = s.doc.Title, s.doc.Version, DocsPath, "/api/openapi.json", strings.TrimSuffix(web.ProblemPath, "/")
	b.Links = s.links
	return out, nil
}

// linksOf are the reads whose address has nothing to fill in.
func linksOf(o *huma.OpenAPI) []rootLink {
	list := []rootLink{}
	for path, item := range o.Paths {
		if item.Get != nil && !strings.Contains(path, "{") && path != web.APIPrefix {
			list = append(list, rootLink{item.Get.OperationID, path, item.Get.Summary})
		}
	}
	slices.SortFunc(list, func(a, b rootLink) int { return strings.Compare(a.Href, b.Href) })
	return list
}

func (s *surface) docs(c *web.Ctx) error {
	return c.Page(web.Page{Title: c.P.T("rest.title"), Class: "apidoc", Body: html.Page(s.doc)})
}

func (s *surface) problemList(c *web.Ctx) error {
	v := html.ProblemList{}
	for _, t := range s.types {
		v.Problems = append(v.Problems, s.problems[t])
	}
	return c.Page(web.Page{Title: c.P.T("rest.problems.title"), Class: "apidoc", Body: html.Problems(v)})
}

func (s *surface) problem(c *web.Ctx) error {
	p, ok := s.problems[c.Path("type")]
	if !ok {
		return errs.New(errs.NotFound, "page-not-found")
	}
	return c.Page(web.Page{Title: p.Type, Class: "apidoc", Body: html.ProblemPage(p)})
}
