package exchange

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/db"
)

// Watch works through imports, one chunk and one transaction at a time. It
// implements job.Worker; any number may run: whoever comes second finds the
// cursor moved.
type Watch struct{ db *db.DB }

// NewWatch makes the watch.
func NewWatch(d *db.DB) *Watch { return &Watch{db: d} }

// Name implements job.Worker.
func (w *Watch) Name() string { return "watch imports" }

// Topics implements job.Worker.
func (w *Watch) Topics() []string { return []string{Topic} }

// Next implements job.Worker: the earliest moment to look again.
func (w *Watch) Next(ctx context.Context) (at time.Time, err error) {
	err = w.db.Read(ctx, func(q db.Q) error {
		d, _, err := nextDue(q)
		at = d.At
		return err
	})
	return at, err
}

// later is how long an import waits that could not be worked on, so that it
// does not hold up others.
const later = time.Minute

// Work does one chunk of one import.
func (w *Watch) Work(ctx context.Context) (n int, err error) {
	var d due
	var i Import
	var ok bool
	if err := w.db.Read(ctx, func(q db.Q) error {
		if d, ok, err = nextDue(q); err != nil || !ok || d.At.After(q.Now()) {
			ok = false
			return err
		}
		i, err = ByID(q, d.Org, d.ID)
		return err
	}); err != nil || !ok {
		return 0, err
	}
	switch i.State {
	case Checking:
		err = w.check(ctx, i)
	case Running:
		err = w.run(ctx, i)
	case Undoing:
		err = w.undo(ctx, i)
	case Reading, Mapping, Checked, Stopped, Done, Undone, Dropped:
		err = w.clear(ctx, i)
	}
	if err != nil && errs.ClassOf(err) != errs.Unavailable && ctx.Err() == nil {
		if again := w.db.Write(ctx, func(tx *db.Tx) error {
			now, err := lock(tx, i.Org, i.ID)
			if err != nil {
				return err
			}
			now.LookAt = tx.Now().Add(later)
			return update(tx, now)
		}); again != nil {
			return 0, again
		}
	}
	return 1, err
}

// step is one chunk: it holds the import, and does nothing when somebody was
// there before it.
func (w *Watch) step(ctx context.Context, seen Import, do func(tx *db.Tx, i *Import) error) error {
	return w.db.Write(ctx, func(tx *db.Tx) error {
		i, err := lock(tx, seen.Org, seen.ID)
		if err != nil {
			return err
		}
		if i.State != seen.State || i.At != seen.At || i.Version != seen.Version {
			return nil
		}
		if i.Tally == nil {
			i.Tally = map[string]int64{}
		}
		i.LookAt = tx.Now()
		if err := do(tx, &i); err != nil {
			return err
		}
		return update(tx, i)
	})
}

// check looks at the next rows of a dry run.
func (w *Watch) check(ctx context.Context, seen Import) error {
	var list []Row
	var day workcal.Date
	if err := w.db.Read(ctx, func(q db.Q) (err error) {
		if day, err = today(q, seen.Org); err != nil {
			return err
		}
		list, err = rowsAfter(q, seen.Org, seen.ID, seen.At, checkChunk)
		return err
	}); err != nil {
		return err
	}
	candidates := make([]candidate, len(list))
	for n, r := range list {
		candidates[n] = read(seen.Columns, r.Cells, day)
	}
	return w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
		if len(list) == 0 {
			i.State, i.At, i.LookAt = Checked, 0, tx.Now().Add(keepRows)
			return nil
		}
		if i.At == 0 { // an earlier dry run had other columns
			if n, err := clearKeys(tx, i.Org, i.ID, clearChunk); err != nil || n > 0 {
				return err
			}
		}
		last := list[len(list)-1].No
		if err := plain(tx, i.Org, i.ID, i.At, last); err != nil {
			return err
		}
		if err := judge(tx, i, list, candidates); err != nil {
			return err
		}
		i.At = last
		return nil
	})
}

// judge says of rows what they are.
func judge(tx *db.Tx, i *Import, list []Row, candidates []candidate) error {
	there, err := lookUp(tx, i.Org, candidates)
	if err != nil {
		return err
	}
	var digests []string
	for _, c := range candidates {
		look, leave := c.marks()
		for _, m := range append(look, leave...) {
			digests = append(digests, m.digest)
		}
	}
	first, err := keysOf(tx, i.Org, i.ID, digests)
	if err != nil {
		return err
	}
	var fresh []keyRow
	for n, c := range candidates {
		r := list[n]
		r.Problems, r.Class = c.problems, classOf(c.problems)
		r.Reason, r.TwinRow, r.TwinID, r.Choice = "", 0, "", ""
		if r.Class != Wrong {
			twin(&r, c, there, first)
		}
		if r.Class == OK || r.Class == Twin {
			_, leave := c.marks()
			for _, m := range leave {
				if first[m.digest] == 0 {
					first[m.digest] = r.No
					fresh = append(fresh, keyRow{m.digest, r.No})
				}
			}
		}
		i.count(string(r.Group()), 1)
		for _, p := range r.Problems {
			i.count(problemKey(p.Code), 1)
		}
		if r.Class != OK || len(r.Problems) > 0 {
			if err := updateRow(tx, r); err != nil {
				return err
			}
		}
	}
	return addKeys(tx, i.Org, i.ID, fresh)
}

// twin sees whether a row is the same as a customer, or as an earlier row.
func twin(r *Row, c candidate, there known, first map[string]int64) {
	if id, why, ok := there.find(c); ok {
		r.Class, r.TwinID, r.Reason = Twin, id, why
		return
	}
	look, _ := c.marks()
	for _, m := range look {
		if no := first[m.digest]; no != 0 && no != r.No {
			r.Class, r.TwinRow, r.Reason = Twin, no, m.reason
			return
		}
	}
}

// run adds the next customers.
func (w *Watch) run(ctx context.Context, seen Import) error {
	var list []Row
	var day workcal.Date
	if err := w.db.Read(ctx, func(q db.Q) (err error) {
		if day, err = today(q, seen.Org); err != nil {
			return err
		}
		// Nearly always something happens with each row; where much is passed
		// over, more of them is looked at.
		for _, n := range []int{runChunk, scanRows} {
			if list, err = rowsAfter(q, seen.Org, seen.ID, seen.At, n); err != nil || len(list) < n {
				return err
			}
			if act, _ := chosen(seen, list); len(act) > 0 {
				return nil
			}
		}
		return nil
	}); err != nil {
		return err
	}
	act, last := chosen(seen, list)
	err := w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
		if len(list) == 0 {
			finish(tx, i, Done, fact.ImportFinished)
			return nil
		}
		i.At = last
		return do(tx, i, act, day)
	})
	if err == nil || !refusal(err) {
		return err
	}
	// One of them cannot be added: each on its own, so that the others are.
	for n := range act {
		at := last
		if n < len(act)-1 {
			at = act[n].No
		}
		if seen, err = w.single(ctx, seen, act[n], at, day); err != nil {
			return err
		}
	}
	return nil
}

// chosen gives the rows with which something happens, and the last row that
// is then done.
func chosen(i Import, list []Row) (act []Row, last int64) {
	for _, r := range list {
		if r.Outcome == "" && i.ChoiceFor(r) != Skip {
			if len(act) == runChunk {
				return act, last
			}
			act = append(act, r)
		}
		last = r.No
	}
	return act, last
}

// single does one row; what cannot be done is written down.
func (w *Watch) single(ctx context.Context, seen Import, r Row, at int64, day workcal.Date) (Import, error) {
	err := w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
		i.At = at
		return do(tx, i, []Row{r}, day)
	})
	if err != nil && refusal(err) {
		err = w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
			i.At = at
			return fail(tx, i, r, rowFailed)
		})
	}
	seen.At = at
	return seen, err
}

// refusal says whether an error is about what was to be written, and not
// about the database being away.
func refusal(err error) bool {
	switch errs.ClassOf(err) {
	case errs.Unavailable, errs.Stale:
		return false
	}
	return true
}

func fail(tx *db.Tx, i *Import, r Row, code string) error {
	r.Outcome, r.Problems = failed, append(r.Problems, Problem{-1, code})
	i.count(outcomeKey(failed), 1)
	return updateRow(tx, r)
}

// do adds or completes what rows say, as whoever confirmed them.
func do(tx *db.Tx, i *Import, list []Row, day workcal.Date) error {
	if len(list) == 0 {
		return nil
	}
	who, err := as(tx, i.Org, i.ConfirmedBy)
	if err != nil {
		return err
	}
	candidates := make([]candidate, len(list))
	for n, r := range list {
		candidates[n] = read(i.Columns, r.Cells, day)
	}
	// Since the dry run somebody may have added the same customer by hand, or
	// another list did.
	there, err := lookUp(tx, i.Org, candidates)
	if err != nil {
		return err
	}
	for n, r := range list {
		c := candidates[n]
		switch choice := i.ChoiceFor(r); {
		case choice == Complete:
			err = complete(tx, who, i, r, c)
		case choice == Add:
			if _, _, meanwhile := there.find(c); meanwhile && r.Class != Twin {
				err = fail(tx, i, r, twinMeanwhile)
			} else {
				err = add(tx, who, i, r, c)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// as is the member who confirmed an import as somebody who acts.
func as(q db.Q, orgID, member string) (actor.Actor, error) {
	m, err := org.MemberByID(q, orgID, member)
	return actor.Actor{Kind: actor.Staff, Org: orgID, Member: m.ID, Role: m.Role, Name: m.Name}, err
}

func add(tx *db.Tx, who actor.Actor, i *Import, r Row, c candidate) error {
	p, err := person.Add(tx, who, c.NewPerson)
	if err != nil {
		return err
	}
	for _, n := range c.Notes {
		if _, err := person.NoteMatter(tx, who, p.ID, n); err != nil {
			return err
		}
	}
	if err := remember(tx, p.ID, i, c); err != nil {
		return err
	}
	r.Outcome, r.Person, r.Facts = added, p.ID, int64(1+len(c.Points)+len(c.Notes))
	i.count(outcomeKey(added), 1)
	return updateRow(tx, r)
}

func remember(tx *db.Tx, personID string, i *Import, c candidate) error {
	if fold.Text(c.Number) == "" {
		return nil
	}
	return keepNumber(tx, number{i.Org, fold.Text(c.Number), c.Number, personID})
}

// complete gives the customer who is there what is missing.
func complete(tx *db.Tx, who actor.Actor, i *Import, r Row, c candidate) error {
	id := r.TwinID
	if id == "" && r.TwinRow != 0 {
		other, err := lockRow(tx, i.Org, i.ID, r.TwinRow)
		if err != nil {
			return err
		}
		if id = other.Person; id == "" {
			id = other.TwinID
		}
	}
	if id == "" { // the earlier row added nobody: then this one does
		return add(tx, who, i, r, c)
	}
	filled, err := person.Fill(tx, who, id, c.NewPerson)
	if err != nil {
		return err
	}
	card, err := person.CardOf(tx, i.Org, id)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, m := range card.Matters {
		said[m.Text] = true
	}
	for _, n := range c.Notes {
		if !said[n] {
			if _, err := person.NoteMatter(tx, who, id, n); err != nil {
				return err
			}
			filled++
		}
	}
	if err := remember(tx, id, i, c); err != nil {
		return err
	}
	r.Outcome, r.Person = completed, id
	i.count(outcomeKey(completed), 1)
	return updateRow(tx, r)
}

func finish(tx *db.Tx, i *Import, state State, kind string) {
	i.State, i.EndedAt, i.LookAt = state, tx.Now(), tx.Now().Add(keepRows)
	i.Version++
	data := map[string]any{"import": i.ID}
	for _, o := range []string{added, completed, failed, undone, kept} {
		if n := i.Tally[outcomeKey(o)]; n > 0 {
			data[o] = n
		}
	}
	tx.Emit(db.Fact{Org: i.Org, Kind: kind, By: actor.ForSystem(i.Org), Data: data})
}

// clear ends what nobody went on with, then removes what was read.
func (w *Watch) clear(ctx context.Context, seen Import) error {
	return w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
		switch i.State {
		case Reading, Mapping, Checked:
			i.State, i.EndedAt = Dropped, tx.Now()
		case Stopped:
			finish(tx, i, Done, fact.ImportFinished)
			i.LookAt = tx.Now()
		case Checking, Running, Undoing, Done, Undone, Dropped:
		}
		n, err := clearKeys(tx, i.Org, i.ID, clearChunk)
		if err != nil || n > 0 {
			return err
		}
		if n, err = clearRows(tx, i.Org, i.ID, clearChunk); err != nil || n > 0 {
			return err
		}
		for n := range i.Columns {
			i.Columns[n].Samples = nil
		}
		i.Cleared, i.LookAt = true, time.Time{}
		return nil
	})
}
