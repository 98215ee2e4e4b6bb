package exchange

import (
	"context"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// undo takes back the next customers.
func (w *Watch) undo(ctx context.Context, seen Import) error {
	var list []Row
	if err := w.db.Read(ctx, func(q db.Q) (err error) {
		list, err = rowsOfOutcome(q, seen.Org, seen.ID, added, seen.At, runChunk)
		return err
	}); err != nil {
		return err
	}
	back := func(tx *db.Tx, i *Import, rows []Row) error {
		who, err := as(tx, i.Org, i.UndoneBy)
		if err != nil {
			return err
		}
		for _, r := range rows {
			i.At = r.No
			if err := takeBack(tx, who, i, r); err != nil {
				return err
			}
		}
		return nil
	}
	err := w.step(ctx, seen, func(tx *db.Tx, i *Import) error {
		if len(list) == 0 {
			finish(tx, i, Undone, fact.ImportUndone)
			return nil
		}
		return back(tx, i, list)
	})
	if err == nil || !refusal(err) {
		return err
	}
	// Something of the house names one of them.
	for _, r := range list {
		if err = w.step(ctx, seen, func(tx *db.Tx, i *Import) error { return back(tx, i, []Row{r}) }); err != nil {
			if !refusal(err) {
				return err
			}
			if err = w.step(ctx, seen, func(tx *db.Tx, i *Import) error { i.At = r.No; return keepRow(tx, i, r) }); err != nil {
				return err
			}
		}
		seen.At = r.No
	}
	return nil
}

// takeBack removes who was added, unless somebody used them.
func takeBack(tx *db.Tx, who actor.Actor, i *Import, r Row) error {
	number, err := numbersOf(tx, i.Org, []string{r.Person})
	if err != nil {
		return err
	}
	if err := dropNumbers(tx, i.Org, r.Person); err != nil { // it names them
		return err
	}
	err = person.Remove(tx, who, r.Person, r.Facts, map[string]any{"person": r.Person, "import": i.ID})
	if errs.TypeOf(err) == "person-used" {
		if n := number[r.Person]; n != "" {
			if err := remember(tx, r.Person, i, candidate{Number: n}); err != nil {
				return err
			}
		}
		return keepRow(tx, i, r)
	}
	if err != nil {
		return err
	}
	r.Outcome = undone
	i.count(outcomeKey(added), -1)
	i.count(outcomeKey(undone), 1)
	return updateRow(tx, r)
}

func keepRow(tx *db.Tx, i *Import, r Row) error {
	r.Outcome = kept
	i.count(outcomeKey(added), -1)
	i.count(outcomeKey(kept), 1)
	return updateRow(tx, r)
}
