package casefile_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/casefile/casefiletest"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// Every filter walks an index, in both databases, and so does its count.
func TestListsWalkAnIndex(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		w.Open(w.Make(5 * time.Hour))
		now := w.Now()
		filters := largeFilters(w)
		filters["of a customer"] = casefile.Filter{Person: w.Anna.Person.ID}
		for name, f := range filters {
			for _, back := range []bool{false, true} {
				text, args := casefile.CutText(w.Org.ID, f, casefile.Mark{At: now, ID: "cas_x"}, back, 51)
				plan := explain(t, d, text, args)
				if name != "of a customer" && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort")) {
					t.Errorf("%s (back %v) puts all of it in order:\n%s", name, back, plan)
				}
				if strings.Contains(plan, "SCAN case_file") && !strings.Contains(plan, "USING") || strings.Contains(plan, "Seq Scan on case_file") {
					t.Errorf("%s (back %v) reads every case:\n%s", name, back, plan)
				}
			}
		}
		text, args := casefile.TallyText(w.Org.ID, filters)
		plan := explain(t, d, text, args)
		if strings.Contains(plan, "Seq Scan on case_file") || strings.Contains(plan, "SCAN case_file\n") {
			t.Errorf("counting reads every case:\n%s", plan)
		}
	})
}

// explain gives the plan of a statement. PostgreSQL is told not to prefer a
// sequence only because the table is small.
func explain(t *testing.T, d *kittest.DB, text string, args []any) (plan string) {
	t.Helper()
	prefix := "EXPLAIN QUERY PLAN "
	if d.Dialect() == db.Postgres {
		prefix = "EXPLAIN "
	}
	if err := d.Write(context.Background(), func(tx *db.Tx) error {
		plan = ""
		if d.Dialect() == db.Postgres {
			if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
				return err
			}
		}
		return db.Raw(tx, prefix+written(text, args), func(row []any) error {
			plan += fmt.Sprint(row[len(row)-1]) + "\n"
			return nil
		})
	}); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return plan
}

// written puts the arguments of a statement in their places.
func written(text string, args []any) string {
	for i := len(args); i > 0; i-- {
		value := fmt.Sprint(args[i-1])
		switch v := args[i-1].(type) {
		case string:
			value = "'" + v + "'"
		case time.Time:
			value = fmt.Sprint(v.UnixMilli())
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("$%d", i), value)
	}
	return text
}

// The list is paged in both directions, each case once, in its order.
func TestListPages(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		for i := range 7 {
			w.Open(w.Make(time.Duration(120+10*(i/2)) * time.Minute)) // some fall due at the same moment
		}
		for _, f := range []casefile.Filter{{}, {Order: casefile.OrderOldest}, {Order: casefile.OrderNewest}} {
			var all, there, back []casefile.Case
			w.Read(func(q db.Q) (err error) {
				if all, err = casefile.Cut(q, w.Org.ID, f, casefile.Mark{}, false, 50); err != nil {
					return err
				}
				var from casefile.Mark
				for range 4 {
					part, err := casefile.Cut(q, w.Org.ID, f, from, false, 2)
					if err != nil || len(part) == 0 {
						return err
					}
					there = append(there, part...)
					from = casefile.MarkOf(f, part[len(part)-1])
				}
				from = casefile.MarkOf(f, all[len(all)-1])
				for range 4 {
					part, err := casefile.Cut(q, w.Org.ID, f, from, true, 2)
					if err != nil || len(part) == 0 {
						return err
					}
					back = append(part, back...)
					from = casefile.MarkOf(f, part[0])
				}
				return nil
			})
			ids := func(l []casefile.Case) (out []string) {
				for _, c := range l {
					out = append(out, c.ID)
				}
				return out
			}
			if !slices.Equal(ids(all), ids(there)) || !slices.Equal(ids(all[:len(all)-1]), ids(back)) {
				t.Errorf("%s: %v forwards %v, backwards %v", f.Order, ids(all), ids(there), ids(back))
			}
		}
	})
}

// Filters are kept, shared and deleted; those of others do not exist.
func TestSavedFilters(t *testing.T) {
	kittest.Databases(t, casefiletest.Migrations, func(t *testing.T, d *kittest.DB) {
		w := casefiletest.New(t, d)
		own, err := w.Cases.SaveFilter(bg, w.Who(), casefile.KeepFilter{Name: "Mijn spoed", Query: casefile.Query{Owner: casefile.Me, Lane: casefile.LaneUrgent}})
		w.Must(err)
		if q := own.Read(); q.Lane != casefile.LaneUrgent || q.Owner != casefile.Me {
			t.Errorf("kept as %+v", q)
		}
		other := w.As(w.Specialist)
		list, err := w.Cases.Filters(bg, other)
		w.Must(err)
		if len(list) != 0 {
			t.Errorf("a colleague sees %+v", list)
		}
		_, err = w.Cases.ChangeFilter(bg, other, own.ID, 0, casefile.KeepFilter{Name: "Van mij"})
		w.Refused(err, "filter-not-found")
		_, err = w.Cases.ChangeFilter(bg, w.Who(), own.ID, 1, casefile.KeepFilter{Name: "Spoed", Share: casefile.ShareAll})
		w.Must(err)
		_, err = w.Cases.ChangeFilter(bg, w.Who(), own.ID, 1, casefile.KeepFilter{Name: "Spoed"})
		w.Refused(err, "changed-meanwhile")
		if list, err = w.Cases.Filters(bg, other); err != nil || len(list) != 1 {
			t.Errorf("a colleague sees %+v, %v", list, err)
		}
		w.Refused(w.Cases.DropFilter(bg, other, own.ID), "filter-not-yours")
		for range 19 {
			_, err = w.Cases.SaveFilter(bg, w.Who(), casefile.KeepFilter{Name: "Nog een"})
			w.Must(err)
		}
		_, err = w.Cases.SaveFilter(bg, w.Who(), casefile.KeepFilter{Name: "Te veel"})
		w.Refused(err, "too-many-filters")
		w.Must(w.Cases.DropFilter(bg, w.Who(), own.ID))
	})
}

// A day at the desk: waiting, linking and joining without a script, and the
// list of the day.
func TestDeskWaitsLinksAndJoins(t *testing.T) {
	kittest.Databases(t, tables, func(t *testing.T, d *kittest.DB) {
		k := newDesk(t, d, "nl")
		a, _ := k.open(t, "Wanneer is de longtest?", "de datum", 4*time.Hour)
		b, _ := k.open(t, "Weet u al wanneer de test is?", "wanneer de test is", 5*time.Hour)
		status, _, page := k.post(t, "/desk/cases/"+a.Ref()+"/wait", "wait_kind", "other", "wait_what", "de datum", "wait_until", "zo snel mogelijk")
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, "zo snel mogelijk") {
			t.Errorf("a wait without a time: %d", status)
		}
		status, to, _ := k.post(t, "/desk/cases/"+a.Ref()+"/wait", "wait_kind", "other", "wait_whom", "Zuiderhof", "wait_what", "de datum", "wait_until", "morgen 12:00", "wait_told", "spoken")
		if status != http.StatusSeeOther || !strings.HasSuffix(to, a.Ref()) {
			t.Errorf("a wait: %d to %s", status, to)
		}
		for path, want := range map[string]string{"/desk": "Zuiderhof", "/desk/cases?lane=waiting": a.Subject, "/desk/print/day": a.Ref(), "/desk/cases/" + a.Ref() + "/merge?into=" + b.Ref(): b.Ref()} {
			if status, page := k.get(t, path); status != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("%s: %d, without %q", path, status, want)
			}
		}
		if status, to, _ := k.post(t, "/desk/cases/"+a.Ref()+"/links", "other", b.Ref(), "link_why", "Zelfde test"); status != http.StatusSeeOther {
			t.Errorf("a link: %d to %s", status, to)
		}
		if status, to, _ := k.post(t, "/desk/cases/"+a.Ref()+"/merge", "into", b.Ref()); status != http.StatusSeeOther || !strings.HasSuffix(to, b.Ref()) {
			t.Errorf("joined: %d to %s", status, to)
		}
		if got := k.Case(a.ID); got.MergedInto != b.ID {
			t.Errorf("not joined: %+v", got)
		}
		if status, to, _ := k.post(t, "/desk/filters/new", "name", "Wacht", "share", "own", "q.lane", "waiting"); status != http.StatusSeeOther || !strings.Contains(to, "lane=waiting") {
			t.Errorf("a filter: %d to %s", status, to)
		}
		k.Sound()
		var open int
		for _, p := range k.OpenOnes(b.ID) {
			if p.State == promise.Open {
				open++
			}
		}
		if open != 3 {
			t.Errorf("%d promises where both go on, want 3", open)
		}
	})
}
