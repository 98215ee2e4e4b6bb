package exchange

import (
	"context"
	"slices"
	"strconv"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// Topic wakes the watch.
const Topic = "imports"

// DefaultMax is how many bytes a list may have when nothing else is set.
const DefaultMax = 256 << 20

// Deps is what the service needs.
type Deps struct {
	DB *db.DB
	// Max is how many bytes a list may have; 0 is DefaultMax.
	Max int64
	// Seen keeps in the access log who was shown which records.
	Seen func(ctx context.Context, who actor.Actor, request string, what []web.Seen) error
}

// Service has the use cases.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

func (s *Service) limit() int64 {
	if s.Max > 0 {
		return s.Max
	}
	return DefaultMax
}

// Get gives an import.
func (s *Service) Get(ctx context.Context, who actor.Actor, id string) (i Import, err error) {
	if err := auth.Require(who, auth.PersonImport); err != nil {
		return i, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error { i, err = ByID(q, who.Org, id); return err })
	return i, err
}

// List gives the imports, the newest first.
func (s *Service) List(ctx context.Context, who actor.Actor, cursor string, limit int) (p page.Page[Import], err error) {
	if err := auth.Require(who, auth.PersonImport); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	if key == nil {
		key = []string{"~"}
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		all, err := list(q, who.Org, key[0], limit+1)
		p = page.Of(all, limit, func(i Import) []string { return []string{i.ID} })
		return err
	})
	return p, err
}

// change changes an import that somebody saw at a version.
func (s *Service) change(ctx context.Context, who actor.Actor, id string, version int64, in []State, do func(tx *db.Tx, i *Import) error) (i Import, err error) {
	if err := auth.Require(who, auth.PersonImport); err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if i, err = lock(tx, who.Org, id); err != nil {
			return err
		}
		if !slices.Contains(in, i.State) {
			return errs.New(errs.Conflict, "import-state")
		}
		if version != 0 && i.Version != version {
			return errs.New(errs.Stale, "changed-meanwhile")
		}
		i.TouchedAt = tx.Now()
		i.Version++
		if err := do(tx, &i); err != nil {
			return err
		}
		if i.State.Works() {
			i.LookAt = tx.Now()
			tx.Wake(Topic)
		} else if i.State != Dropped {
			i.LookAt = tx.Now().Add(keepRows)
		}
		return update(tx, i)
	})
	return i, err
}

// ColumnMapping says what a column is.
type ColumnMapping struct {
	Target Target `json:"target" doc:"What the column holds; empty leaves it out."`
	Order  Order  `json:"order,omitempty" enum:"dmy,mdy,ymd" doc:"Of its dates."`
}

// Map says what each column of a list is, and begins the dry run. Nothing
// changes but the list itself.
func (s *Service) Map(ctx context.Context, who actor.Actor, id string, version int64, columns []ColumnMapping) (Import, error) {
	return s.change(ctx, who, id, version, []State{Mapping, Checking, Checked}, func(tx *db.Tx, i *Import) error {
		if err := i.take(columns); err != nil {
			return err
		}
		i.State, i.At, i.Tally = Checking, 0, map[string]int64{}
		return nil
	})
}

// take puts a mapping on the columns, when it makes sense.
func (i *Import) take(columns []ColumnMapping) error {
	var c errs.Checks
	if len(columns) != len(i.Columns) {
		c.Must(false, "columns", "columns-count")
		return c.Err()
	}
	seen := map[Target]bool{}
	named := false
	next := slices.Clone(i.Columns)
	for n, m := range columns {
		path := "columns[" + itoa(n) + "]"
		c.Must(slices.Contains(Targets, m.Target) || m.Target == ToBSN && next[n].Target == ToBSN, path, "column-unknown")
		c.Must(!seen[m.Target] || slices.Contains(often, m.Target), path, "column-twice")
		seen[m.Target] = true
		named = named || m.Target == ToName || m.Target == ToLast || m.Target == ToFirst || m.Target == ToCall || m.Target == ToCompany
		next[n].Target = m.Target
		next[n].settle()
		if m.Target == ToBirth {
			switch {
			case m.Order == DayFirst || m.Order == MonthFirst || m.Order == YearFirst:
				next[n].Order, next[n].Unsure = m.Order, false
			case m.Order != "":
				c.Must(false, path, "column-order")
			default:
				c.Must(!next[n].Unsure, path, "column-order")
			}
		}
	}
	c.Must(named, "columns", "columns-no-name")
	if err := c.Err(); err != nil {
		return err
	}
	i.Columns = next
	return nil
}

// Choose says what happens with groups of rows.
func (s *Service) Choose(ctx context.Context, who actor.Actor, id string, version int64, choices map[Group]Choice) (Import, error) {
	return s.change(ctx, who, id, version, []State{Checked}, func(tx *db.Tx, i *Import) error {
		var c errs.Checks
		next := map[Group]Choice{}
		for g, choice := range i.Choices {
			next[g] = choice
		}
		for g, choice := range choices {
			c.Must(slices.Contains(groups(), g) && slices.Contains(g.Choices(), choice), "choices."+string(g), "import-choice-unknown")
			next[g] = choice
		}
		i.Choices = next
		return c.Err()
	})
}

// ChooseRow says what happens with one row; no choice goes with its group.
func (s *Service) ChooseRow(ctx context.Context, who actor.Actor, id string, no int64, choice Choice) (i Import, err error) {
	return s.change(ctx, who, id, 0, []State{Checked}, func(tx *db.Tx, i *Import) error {
		r, err := lockRow(tx, who.Org, id, no)
		if err != nil {
			return err
		}
		g := r.Group()
		if choice != "" && !slices.Contains(g.Choices(), choice) {
			return errs.New(errs.Invalid, "import-choice-unknown").Field("choice", "import-choice-unknown")
		}
		if r.Choice != "" {
			i.count(chosenKey(g, r.Choice), -1)
		}
		if choice != "" {
			i.count(chosenKey(g, choice), 1)
		}
		r.Choice = choice
		i.Version-- // whoever looks at the list sees the same groups
		return updateRow(tx, r)
	})
}

func (i *Import) count(key string, n int64) {
	if i.Tally[key] += n; i.Tally[key] == 0 {
		delete(i.Tally, key)
	}
}

// Confirm lets an import run that was looked at.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, id string, version int64) (Import, error) {
	return s.change(ctx, who, id, version, []State{Checked}, func(tx *db.Tx, i *Import) error {
		f := i.Forecast()
		if f.Add+f.Complete == 0 {
			return errs.New(errs.Conflict, "import-nothing")
		}
		i.State, i.At, i.ConfirmedBy, i.ConfirmedAt = Running, 0, who.Member, tx.Now()
		tx.Emit(db.Fact{Org: i.Org, Kind: fact.ImportStarted, By: who,
			Data: map[string]any{"import": i.ID, "rows": i.Rows, "add": f.Add, "complete": f.Complete}})
		return nil
	})
}

// Stop holds an import after the rows that are being added.
func (s *Service) Stop(ctx context.Context, who actor.Actor, id string) (Import, error) {
	return s.change(ctx, who, id, 0, []State{Running}, func(tx *db.Tx, i *Import) error {
		i.State = Stopped
		tx.Emit(db.Fact{Org: i.Org, Kind: fact.ImportStopped, By: who, Data: map[string]any{"import": i.ID, "added": i.Tally[outcomeKey(added)]}})
		return nil
	})
}

// Continue goes on with an import that was stopped.
func (s *Service) Continue(ctx context.Context, who actor.Actor, id string) (Import, error) {
	return s.change(ctx, who, id, 0, []State{Stopped}, func(_ *db.Tx, i *Import) error { i.State = Running; return nil })
}

// Undo takes back who was added, as long as nobody used them.
func (s *Service) Undo(ctx context.Context, who actor.Actor, id string) (Import, error) {
	return s.change(ctx, who, id, 0, []State{Stopped, Done}, func(_ *db.Tx, i *Import) error {
		if i.Cleared {
			return errs.New(errs.Conflict, "import-cleared")
		}
		i.State, i.At, i.UndoneBy = Undoing, 0, who.Member
		return nil
	})
}

// Drop throws a list away that was not confirmed.
func (s *Service) Drop(ctx context.Context, who actor.Actor, id string) (Import, error) {
	return s.change(ctx, who, id, 0, []State{Reading, Mapping, Checking, Checked}, func(tx *db.Tx, i *Import) error {
		i.State, i.EndedAt, i.LookAt = Dropped, tx.Now(), tx.Now()
		tx.Wake(Topic)
		return nil
	})
}

// Filter says which rows to list: of a class or an outcome; neither is all.
type Filter struct {
	Class   Class
	Outcome string
}

// Rows lists rows in their order.
func (s *Service) Rows(ctx context.Context, who actor.Actor, id string, f Filter, cursor string, limit int) (i Import, p page.Page[Row], err error) {
	if err := auth.Require(who, auth.PersonImport); err != nil {
		return i, p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return i, p, err
	}
	after := int64(0)
	if key != nil {
		if after, err = atoi(key[0]); err != nil {
			return i, p, errs.New(errs.Malformed, "bad-cursor").Field("query.cursor", "bad-cursor")
		}
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		if i, err = ByID(q, who.Org, id); err != nil {
			return err
		}
		all, err := rowsBy(q, i, f, after, limit+1)
		p = page.Of(all, limit, func(r Row) []string { return []string{itoa(int(r.No))} })
		return err
	})
	return i, p, err
}

func rowsBy(q db.Q, i Import, f Filter, after int64, limit int) ([]Row, error) {
	switch {
	case f.Outcome != "":
		return rowsOfOutcome(q, i.Org, i.ID, f.Outcome, after, limit)
	case f.Class != "":
		return rowsOfClass(q, i.Org, i.ID, f.Class, after, limit)
	}
	return rowsAfter(q, i.Org, i.ID, after, limit)
}

// name is what a row is called, for showing it.
func (i Import) name(r Row) string {
	c := read(i.Columns, r.Cells, workcal.Date{Year: 9999, Month: 12, Day: 31})
	return c.Name
}

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }
