package chaos

import (
	"context"
	"errors"
	"os"
	"time"
)

// Site is a house under load on a PostgreSQL that somebody else runs and
// breaks: the same visitors, journal, mail server and checks as the injections
// here have.
type Site struct {
	run *run
	h   *house
	l   *load
}

// SitePlan says where a site is built.
type SitePlan struct {
	Injection, What string   // for the row
	Address         string   // of an empty database, as the harness reaches it
	Nodes           []string // the address that each node uses
	Dir             string   // for what it writes; it is the caller's to remove
}

// OpenSite starts the nodes and makes the organisations. Options.Program must
// be built already.
func OpenSite(ctx context.Context, o Options, p SitePlan) (*Site, error) {
	if o.Program == "" {
		return nil, errors.New("a site needs a program that was built")
	}
	dir, err := os.MkdirTemp(p.Dir, "site-")
	if err != nil {
		return nil, err
	}
	s := &Site{run: &run{Options: o, dir: dir}}
	row := &Row{Injection: p.Injection, What: p.What, Base: postgres}
	if s.h, err = s.run.newHouse(ctx, row, plan{address: p.Address, node: p.Nodes}); err != nil {
		return nil, err
	}
	s.l = s.h.work(ctx)
	return s, nil
}

// Row is what was found until now.
func (s *Site) Row() *Row { return s.h.row }

// Wrong notes something that must not be.
func (s *Site) Wrong(format string, args ...any) { s.h.row.wrong(format, args...) }

// Injected counts one injection.
func (s *Site) Injected() { s.h.row.Times++ }

// Bases are the addresses of the nodes.
func (s *Site) Bases() (out []string) {
	for _, n := range s.h.nodes {
		out = append(out, n.base())
	}
	return out
}

// Desk is what somebody at a desk shows to the API, and one of their customers.
func (s *Site) Desk() (authorization, person string) {
	x := s.h.tenants[0]
	return x.keys["desk"], x.people[0]
}

// Acknowledged are the moments, in order, at which a write was answered since
// one. What is noted in a write's answer counts for itself, so some are equal.
func (s *Site) Acknowledged(since time.Time) (out []time.Time) {
	for _, e := range s.h.journal.until(time.Time{}) {
		if e.at.After(since) {
			out = append(out, e.at)
		}
	}
	return out
}

// Recovers sees whether every node takes a question again and mails its
// message, without help; what does not is noted.
func (s *Site) Recovers(ctx context.Context) { s.h.recovers(ctx) }

// Finish ends the load and looks at everything: what was acknowledged, what
// was said, the invariants and the chain.
func (s *Site) Finish(ctx context.Context) error {
	s.l.end()
	if err := s.h.verify(ctx); err != nil {
		return err
	}
	s.h.row.vacuous()
	return nil
}

// Close ends everything at once.
func (s *Site) Close() {
	s.l.end()
	s.h.close()
}
