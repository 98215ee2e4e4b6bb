// Package web answers requests: pages for people, problems for everybody, the
// API's foundation, idempotency, live pages.
//
// A Site is everything under one address. Its chain gives each request an id,
// a Ctx, headers, a line in the log (the pattern of the route, never the
// path), and lets no answer leave before it was kept who saw which record.
// A Mux holds the pages of one surface; handlers return errors, and the one
// table of problem.go turns a class into a status.
//
//	site := web.New(web.Options{…})
//	desk := web.NewMux(site, layout, guards…)
//	desk.Get("/desk/cases/{id}", func(c *web.Ctx) error { …; return c.Page(web.Page{…}) })
//	api := web.NewAPI(site, web.APIInfo{…})
//	http.Serve(l, site.Handler())
//
// What an Idempotency-Key guarantees: the key is claimed in a transaction of
// its own before the work starts, so the same request never has its effect
// twice, whoever crashes and whenever. What it cannot guarantee is an answer:
// when a node stops between the effect and keeping the answer, or the
// connection to the database breaks during the commit, a second request hears
// "idempotency-unknown" and the client looks for itself. A refusal that may
// pass (401, 403, 429) and a failure (5xx) are forgotten; so the exactness
// rests on a service doing its work in one transaction. Keys live for a day.
//
// No problem ever repeats what was sent. Table: idempotency.
package web
