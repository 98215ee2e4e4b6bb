package chaos

import (
	"context"
	"time"
)

// injectMail lets the mail server be everything a mail server can be.
func injectMail(ctx context.Context, r *run, _ string, row *Row) error {
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	l, dice := h.work(ctx), r.random("manners")
	defer l.end()
	n := h.nodes[0]
	for round := range r.few(1, 2) {
		// Refusing comes last: who is refused is not mailed again.
		for _, m := range []manners{slow, busy, twice, lying, forgetful, silent, moody, refusing} {
			if r.stopped() {
				break
			}
			rest(ctx, r.pick(200*time.Millisecond, 500*time.Millisecond))
			h.sink.behave(m)
			row.Times++
			rest(ctx, r.pick(500*time.Millisecond, 3*time.Second))
			if dice.IntN(3) == 0 || m == silent && round == 0 { // and the program dies with it
				if err := n.kill(); err != nil {
					return err
				}
				h.sink.behave(kind)
				if _, err := n.start(ctx); err != nil {
					row.wrong("after the mail server was %s: %v", m, err)
					return nil
				}
			}
			h.sink.behave(kind)
			h.recovers(ctx)
		}
		h.sink.down()
		row.Times++
		rest(ctx, r.pick(500*time.Millisecond, 5*time.Second))
		if err := h.sink.up(); err != nil {
			return err
		}
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}
