package bench

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// row is something that is asked over HTTP.
type row struct {
	name  string
	what  string
	want  int
	write bool
	goal  func(f Figure, cases int, database string) Figure
	next  func(s *site) asker
}

// site is a running program with what is known of its database.
type site struct {
	*server
	full    *Filled
	cookie  string
	queries []string
	nth     func() int64 // a number that was not given before
}

func (s *site) key(i int) string { return s.full.Main.Keys[i%len(s.full.Main.Keys)] }

// one in the list for the n-th request of a connection: spread, and the same in
// each run.
func one(list []string, connection, n int) string {
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
	}, next: get(func(s *site, c, n int) string { return one(s.queries, c, n) })},
	{name: "search-page", what: "search, the mix, the desk's page", want: 200, next: page(func(s *site, c, n int) string {
		_, q, _ := strings.Cut(one(s.queries, c, n), "q=")
		return "/desk/find?q=" + q
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

// queries are what people look for, in the shares of a mix: ten kinds, each as
// often. Names, numbers of phones and references are looked for where they are
// found: among customers and cases.
func queries(full *Filled, words []string) (out []string) {
	cases := func(q string) string { return "/search/cases?q=" + url.QueryEscape(q) }
	people := func(q string) string { return "/people?q=" + url.QueryEscape(q) }
	n := len(words)
	for i := range 200 {
		common, middling, rare := words[i%40], words[300+i%700], words[n-1-i*37%(n/2)]
		p := i % max(1, len(full.Phones))
		name := full.Names[p]
		out = append(out, cases(common), cases(middling), cases(rare), cases(common+" "+rare), cases(common+" "+words[40+i%60]),
			cases(middling+" "+words[1000+i%700]), cases(prefix(words[i%300], 3)), cases(prefix(middling, 5)),
			people(name[strings.LastIndexByte(name, ' ')+1:]), people(full.Phones[p]))
	}
	return out
}

func prefix(w string, n int) string { return w[:min(n, len(w))] }
