package chaos

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/db"
)

// older is how many of the writes that were looked up before are looked up
// again after each kill; asked is how many are asked for by the API.
const older, asked = 50, 3

// lookUp looks for what was acknowledged since the last time, and for some of
// what was acknowledged before, while the house runs: in the store, and a few
// by the API, as its users would.
func (h *house) lookUp(ctx context.Context, dice *rand.Rand) (err error) {
	fresh, before := h.journal.fresh(dice, older)
	// Opened anew each time: whoever has the file open while the program dies
	// would spare the next one its recovery.
	cfg, err := settings(h.env)
	if err != nil {
		return err
	}
	d, err := app.OpenDB(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := h.findAll(ctx, d, append(before, fresh...)); err != nil {
		return err
	}
	dice.Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
	h.glance(ctx, fresh, asked)
	return nil
}

// findAll looks for acknowledged writes in a store that is in use.
func (h *house) findAll(ctx context.Context, d *db.DB, list []entry) error {
	for _, x := range h.tenants {
		var mine []entry
		for _, e := range list {
			if e.org == x.id {
				mine = append(mine, e)
			}
		}
		var have held
		if err := d.Read(ctx, func(q db.Q) (err error) {
			have, err = some(q, x.id, mine)
			return err
		}); err != nil {
			return err
		}
		for _, e := range mine {
			h.row.LookedUp++
			have.find(e, h.row)
		}
	}
	return nil
}

// inspect looks at everything while the house runs: all that was acknowledged,
// every invariant, and the chains. What was mailed can only be compared with a
// store at rest.
func (h *house) inspect(ctx context.Context) (err error) {
	cfg, err := settings(h.env)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if _, err := h.compare(ctx, a, h.row, time.Time{}); err != nil {
		return err
	}
	return examine(ctx, a, h.row)
}

// glance asks the API for so many of the writes.
func (h *house) glance(ctx context.Context, list []entry, most int) {
	c := &http.Client{Timeout: 10 * time.Second}
	defer c.CloseIdleConnections()
	byID := map[string]*tenant{}
	for _, x := range h.tenants {
		byID[x.id] = x
	}
	for _, e := range list {
		path := map[what]string{aCase: "/cases/", aPromise: "/promises/", aHandoff: "/handoffs/"}[e.what]
		if path == "" {
			continue // has no address of its own
		}
		if most--; most < 0 {
			return
		}
		for try := 0; ; try++ {
			a, err := send(ctx, c, h.nodes[0].base(), request{method: http.MethodGet, path: path + e.id, token: byID[e.org].keys["manager"]})
			if err == nil && a.ok() {
				h.row.LookedUp++
				break
			}
			if err == nil && a.status == http.StatusNotFound {
				h.row.lost("%s %s was acknowledged at %s and is not found after the kill", e.what, e.id, stamp(e.at))
				break
			}
			if ctx.Err() != nil {
				return
			}
			if try == 200 {
				h.row.wrong("GET %s…: %d %.200s %v", path, a.status, a.body, err)
				break
			}
			rest(ctx, 20*time.Millisecond)
		}
	}
}
