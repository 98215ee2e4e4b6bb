package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// houseKills is how many kills a house takes before the next one is built, so
// that looking at all of it stays cheap.
const houseKills = 100

// injectKills kills the only node of a house at random moments and starts it
// again. After each kill what is new is looked up, now and then everything, and
// everything once more when the house is at rest.
func injectKills(ctx context.Context, r *run, base string, row *Row) error {
	kills := r.Kills
	if kills == 0 {
		kills = r.few(16, 1000)
	}
	kills = max(1, kills/len(r.Bases))
	for row.Times < kills && !r.stopped() {
		if err := killHouse(ctx, r, row, min(kills, row.Times+houseKills)); err != nil {
			return err
		}
		r.say("kill on %s: %d of %d; %d acknowledged, %d mails", base, row.Times, kills, row.Acknowledged, row.Mails)
	}
	return nil
}

// killHouse builds a house and kills it until there were so many kills.
func killHouse(ctx context.Context, r *run, row *Row, until int) error {
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	l, dice := h.work(ctx), r.random("kill", h.name)
	defer l.end()
	k := &killer{house: h, dice: dice, starts: time.Second, since: clock.Machine.Now()}
	every, looked := r.few(8, 25), row.Times
	for row.Times < until && !r.stopped() {
		if err := k.kill(ctx, row.Times+1 < until); err != nil {
			return fmt.Errorf("kill %d: %w", row.Times, err)
		}
		if err := h.lookUp(ctx, dice); err != nil {
			return err
		}
		if row.Times-looked >= every && row.Times < until { // at the end it is looked at anyway
			looked = row.Times
			h.recovers(ctx)
			if err := h.inspect(ctx); err != nil {
				return err
			}
		}
	}
	h.recovers(ctx)
	l.end()
	if k.early > 0 {
		row.note("house %s: %d of its kills hit a program that was still starting", h.name, k.early)
	}
	return h.verify(ctx)
}

// killer kills one program again and again.
type killer struct {
	house  *house
	dice   *rand.Rand
	starts time.Duration // how long the last start took
	since  time.Time     // when it answered
	before int64         // writes that were acknowledged until then
	early  int           // kills of a program that was starting
}

// kill kills the program, perhaps the next one while it starts, and starts it
// again.
func (k *killer) kill(ctx context.Context, more bool) error {
	n := k.house.nodes[0]
	if k.dice.IntN(8) == 0 { // while it begins its work
		rest(ctx, time.Duration(k.dice.IntN(30))*time.Millisecond)
	} else {
		k.moment(ctx)
	}
	if err := errors.Join(n.kill(), ctx.Err()); err != nil {
		return err
	}
	k.house.row.Times++
	if more && k.dice.IntN(10) == 0 {
		if _, err := n.launch(ctx); err != nil {
			return err
		}
		rest(ctx, time.Duration(k.dice.Int64N(int64(k.starts))))
		if err := errors.Join(n.kill(), ctx.Err()); err != nil {
			return err
		}
		k.early++
		k.house.row.Times++
	}
	took, err := n.start(ctx)
	k.starts, k.since, k.before = max(took, time.Millisecond), clock.Machine.Now(), k.house.journal.acknowledged.Load()
	return err
}

// moment waits until so many writes were acknowledged since the last start as
// the dice say, and a little longer. A busy machine acknowledges less in the
// time there is, but always something.
func (k *killer) moment(ctx context.Context) {
	want, enough := int64(8+k.dice.IntN(100)), time.Duration(100+k.dice.IntN(500))*time.Millisecond
	for ctx.Err() == nil {
		got, since := k.house.journal.acknowledged.Load()-k.before, clock.Machine.Since(k.since)
		if got >= want || got >= 8 && since >= enough || since > 5*time.Second {
			break
		}
		rest(ctx, time.Millisecond)
	}
	rest(ctx, time.Duration(k.dice.IntN(5000))*time.Microsecond)
}
