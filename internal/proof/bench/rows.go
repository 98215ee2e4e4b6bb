package bench

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/id"
)

// row is something that is asked over HTTP.
type row struct {
	name  string
	what  string
	want  int
	also  int // another status that is right
	write bool
	goal  func(f Figure, cases int, database string) Figure
	next  func(s *site) asker
}

// site is a running program with what is known of its database.
type site struct {
	*server
	full    *Filled
	cookie  string
	queries []query
	nth     func() int64 // a number that was not given before
}

func (s *site) key(i int) string { return s.full.Main.Keys[i%len(s.full.Main.Keys)] }

// one in the list for the n-th request of a connection: spread, and the same in
// each run.
func one[T any](list []T, connection, n int) T {
	return list[(connection*7919+n*104729)%len(list)]
}

// get is a read with an API key.
func get(path func(s *site, connection, n int) string) func(*site) asker {
	return func(s *site) asker {
		return func(c, n int) []byte { return jsonRequest("GET", path(s, c, n), s.key(c), nil) }
	}
}

// page is a page of the desk, with a session.
func page(path func(s *site, connection, n int) string) func(*site) asker {
	return func(s *site) asker {
		return func(c, n int) []byte { return request("GET", path(s, c, n), s.cookie, "", nil) }
	}
}

func fixedPath(p string) func(*site, int, int) string {
	return func(*site, int, int) string { return p }
}

// perSecond is a goal of so many a second.
func perSecond(n float64) func(Figure, int, string) Figure {
	return func(f Figure, _ int, _ string) Figure {
		return f.judge(amount(n, "/s"), f.Value >= n)
	}
}

// rows are what is measured over HTTP, reads first: writes change what they read.
var rows = []row{
	{name: "read", what: "read one case, by API key", want: 200, goal: func(f Figure, _ int, _ string) Figure {
		return f.judge("5,000/s", f.Value >= 5000).judge("1/3 of the limit", f.ratio() >= 1.0/3)
	}, next: get(func(s *site, c, n int) string { return "/cases/" + one(s.full.Main.Cases, c, n) })},
	{name: "list", what: "first page of open cases, by API key", want: 200, goal: func(f Figure, _ int, _ string) Figure {
		return f.judge("1,500/s", f.Value >= 1500).judge("p99 under 20 ms", f.P99 < 20*time.Millisecond)
	}, next: get(fixedPath("/cases"))},
	{name: "list-page", what: "first page of open cases, the desk's page", want: 200, next: page(fixedPath("/desk/cases"))},
	{name: "search", what: "full-text search, the mix, by API key", want: 200, goal: func(f Figure, _ int, _ string) Figure {
		return f.judge("p99 under 50 ms", f.P99 < 50*time.Millisecond)
	}, next: get(func(s *site, c, n int) string { return one(s.queries, c, n).path })},
	{name: "search-page", what: "search, the mix, the desk's page", want: 200, also: 303 /* a reference leads to its case */, next: page(func(s *site, c, n int) string {
		return "/desk/find?q=" + url.QueryEscape(one(s.queries, c, n).typed)
	})},
	{name: "insight", what: "counts of insight, by API key", want: 200, goal: perSecond(1000), next: func(s *site) asker {
		return func(int, int) []byte { return jsonRequest("GET", "/insight", s.full.Main.Lead, nil) }
	}},
	{name: "today", what: "Today with its counts, the desk's page", want: 200, goal: perSecond(1000), next: page(fixedPath("/desk"))},
	{name: "customer", what: "a customer, by API key", want: 200, next: get(func(s *site, c, n int) string { return "/people/" + one(s.full.Main.People, c, n) })},
	{name: "customer-page", what: "a customer, the desk's page", want: 200, next: page(func(s *site, c, n int) string { return "/desk/people/" + one(s.full.Main.People, c, n) })},
	{name: "open", what: "open a case with promise, contact and message", want: 201, write: true, goal: goalOpen, next: func(s *site) asker {
		return func(c, n int) []byte {
			k := s.nth()
			return jsonRequest("POST", "/cases", s.key(c), openBody(one(s.full.Main.People, c, n), fmt.Sprintf("wanneer krijg ik de uitslag van onderzoek nummer %d", k),
				s.full.At.Add(time.Duration(72+k%240)*time.Hour), false))
		}
	}},
	{name: "open-new", what: "the same for a new customer, in one request", want: 201, write: true, goal: goalOpen, next: func(s *site) asker {
		return func(c, _ int) []byte {
			k := s.nth()
			return jsonRequest("POST", "/calls", s.key(c), map[string]any{
				"caller":  map[string]any{"name": fmt.Sprintf("Nieuw van Klant%d", k), "email": fmt.Sprintf("nieuw%d@bench.example", k), "phone": fmt.Sprintf("061%07d", k%10_000_000)},
				"subject": fmt.Sprintf("wanneer krijg ik de uitslag van onderzoek nummer %d", k), "end": "question",
				"promise": map[string]any{"due_at": s.full.At.Add(time.Duration(72+k%240) * time.Hour).UTC().Format(time.RFC3339), "message": true}})
		}
	}},
}

func goalOpen(f Figure, _ int, _ string) Figure {
	return f.judge("2,000/s", f.Value >= 2000).judge("1/3 of the limit", f.ratio() >= 1.0/3)
}

// query is something that is looked for: as it is typed, and where a program asks.
type query struct{ typed, path string }

// queries are what people look for, in the shares of a mix: eleven kinds, each
// as often. Names and numbers of phones are looked for among customers.
func queries(full *Filled, words []string) (out []query) {
	n := len(words)
	for i := range 200 {
		common, middling, rare := words[i%40], words[300+i%700], words[n-1-i*37%(n/2)]
		for _, q := range []string{common, middling, rare, common + " " + rare, common + " " + words[40+i%60], middling + " " + words[1000+i%700],
			prefix(words[i%300], 3), prefix(middling, 5)} {
			out = append(out, query{q, "/search/cases?q=" + url.QueryEscape(q)})
		}
		p := i % max(1, len(full.Phones))
		_, family, _ := strings.Cut(full.Names[p], " ")
		for _, q := range []string{family, full.Phones[p]} {
			out = append(out, query{q, "/people?q=" + url.QueryEscape(q)})
		}
		ref := id.Reference(1 + int64(i)*7919%max(1, full.Main.Numbers))
		out = append(out, query{ref, "/cases/" + ref})
	}
	return out
}

func prefix(w string, n int) string { return w[:min(n, len(w))] }
