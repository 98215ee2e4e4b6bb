package org

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Areas of the record of changes that are no group of settings.
const (
	AreaOrganisation = "organisation"
	AreaHours        = "hours"
)

// Change is one value of the organisation that somebody changed. Was and
// Became are JSON.
type Change struct {
	Org    string     `db:"org_id" json:"-"`
	ID     string     `db:"change_id" json:"id"`
	Area   string     `db:"area" json:"area" doc:"A group of settings, organisation or hours"`
	Path   string     `db:"path" json:"path"`
	Was    string     `db:"was" json:"was" doc:"JSON"`
	Became string     `db:"became" json:"became" doc:"JSON"`
	ByKind actor.Kind `db:"by_kind" json:"by_kind"`
	By     string     `db:"by_id" json:"by_id"`
	At     time.Time  `db:"at" json:"at"`
}

// diff lists what differs between an organisation before and after. Pure.
func diff(was, became Organisation) (list []Change) {
	add := func(area, path string, a, b any) {
		if x, y := encoded(a), encoded(b); x != y {
			list = append(list, Change{Area: area, Path: path, Was: x, Became: y})
		}
	}
	add(AreaOrganisation, "name", was.Name, became.Name)
	add(AreaOrganisation, "phone", was.Phone, became.Phone)
	add(AreaOrganisation, "language", was.Language, became.Language)
	add(AreaHours, "zone", was.Calendar.Zone, became.Calendar.Zone)
	for _, d := range week {
		add(AreaHours, fmt.Sprintf("day.%d", d), workcal.FormatHours(was.Calendar.Week[d]), workcal.FormatHours(became.Calendar.Week[d]))
	}
	add(AreaHours, "holidays", sorted(was.Calendar.Holidays), sorted(became.Calendar.Holidays))
	add(AreaHours, "closures", closures(was.Calendar), closures(became.Calendar))
	a, b := was.Settings.values(), became.Settings.values()
	for _, f := range SettingFields() {
		add(f.Group, f.Path, a[f.Path], b[f.Path])
	}
	return list
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	if out == nil {
		out = []string{}
	}
	return out
}

// closures are the days on which the organisation is closed, without the note:
// that may name somebody.
func closures(c workcal.Calendar) []string {
	out := []string{}
	for _, x := range c.Closures {
		out = append(out, x.From.String()+"/"+x.To.String())
	}
	slices.Sort(out)
	return out
}

// record writes down what was changed, in the transaction that changes it.
func record(tx *db.Tx, who actor.Actor, was, became Organisation) error {
	for _, c := range diff(was, became) {
		c.Org, c.ID, c.At, c.ByKind, c.By = became.ID, tx.NewID("chg"), tx.Now(), who.Kind, who.ID()
		if err := db.Insert(tx, "org_change", c); err != nil {
			return err
		}
	}
	return nil
}

// Changes gives a page of what was changed, newest first: in one area, or
// everywhere when area is empty.
func (s *Service) Changes(ctx context.Context, who actor.Actor, area, cursor string, limit int) (p page.Page[Change], err error) {
	if err := auth.Require(who, auth.OrgAudit); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	if key == nil {
		key = []string{"~"} // after every id
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := changesBefore(q, who.Org, area, key[0], limit+1)
		p = page.Of(rows, limit, func(c Change) []string { return []string{c.ID} })
		return err
	})
	return p, err
}

// ChangeSettings changes some settings, by path, when the organisation is
// still at version.
func (s *Service) ChangeSettings(ctx context.Context, who actor.Actor, version int64, values map[string]any) (Organisation, error) {
	o, err := s.Get(ctx, who)
	if err != nil {
		return o, err
	}
	// A value of the wrong kind is told beside its input, not as broken JSON.
	if err := checkValues(values); err != nil {
		return o, err
	}
	next, err := o.Settings.with(values)
	if err != nil {
		return o, err
	}
	return s.Update(ctx, who, version, ChangeOrganisation{Settings: &next})
}
