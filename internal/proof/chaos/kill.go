package chaos

import (
	"context"
	"time"
)

// injectKills kills the only node at random moments and starts it again.
func injectKills(ctx context.Context, r *run, base string, row *Row) error {
	kills := r.Kills
	if kills == 0 {
		kills = r.few(16, 1000)
	}
	kills = max(1, kills/len(r.Bases))
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	l, dice := h.work(ctx), r.random("kill", base)
	defer l.end()
	n := h.nodes[0]
	for i := range kills {
		// Most moments are under full load; some come while it still starts up
		// its work.
		wait := time.Duration(60+dice.IntN(440)) * time.Millisecond
		if dice.IntN(8) == 0 {
			wait = time.Duration(dice.IntN(30)) * time.Millisecond
		}
		rest(ctx, wait)
		if err := n.kill(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := n.start(ctx); err != nil {
			row.wrong("after kill %d: %v", i+1, err)
			return nil
		}
		row.Times++
		if row.Times%10 == 0 || row.Times == kills {
			h.glance(ctx)
		}
		if row.Times%50 == 0 {
			h.recovers(ctx)
			r.say("kill on %s: %d of %d, %d acknowledged, %d mails", base, row.Times, kills, h.journal.acknowledged.Load(), len(h.sink.letters()))
		}
	}
	h.recovers(ctx)
	l.end()
	return h.verify(ctx)
}
