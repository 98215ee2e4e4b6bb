package chaos

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

func secret() string { return rand.Text() }

// injectRestart restarts PostgreSQL under a house at work.
func injectRestart(ctx context.Context, r *run, _ string, row *Row) error {
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	c := r.cluster
	for i := range r.times(2, 12) {
		rest(ctx, r.pick(500*time.Millisecond, time.Second))
		if err := c.stop(ctx, []string{"fast", "immediate"}[i%2]); err != nil {
			return err
		}
		row.Times++
		if i%3 != 0 {
			h.feels(ctx, "PostgreSQL away")
		}
		if err := c.start(ctx); err != nil {
			return err
		}
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}

// injectFailover loses the primary and promotes its standby, again and again.
// The primary acknowledges nothing that its standby does not have.
func injectFailover(ctx context.Context, r *run, _ string, row *Row) (err error) {
	const together = "synchronous_standby_names=*"
	primary, err := newCluster(ctx, r.dir, "")
	if err != nil {
		return err
	}
	standby, err := newCluster(ctx, r.dir, primary.password())
	if err != nil {
		return err
	}
	defer func() {
		for _, c := range []*cluster{primary, standby} {
			if e := c.remove(); e != nil && err == nil {
				err = e
			}
		}
	}()
	if err := primary.start(ctx); err != nil {
		return err
	}
	if _, err := primary.newDatabase(ctx); err != nil {
		return err
	}
	pair := func() error {
		if err := standby.follow(ctx, primary); err != nil {
			return err
		}
		if err := primary.stop(ctx, "fast"); err != nil {
			return err
		}
		return primary.start(ctx, together)
	}
	if err := pair(); err != nil {
		return err
	}
	address := primary.address("house1", primary.port, standby.port)
	h, err := r.newHouse(ctx, row, plan{address: address})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	for i := range r.times(1, 6) {
		rest(ctx, r.pick(time.Second, 2*time.Second))
		if err := primary.stop(ctx, "immediate"); err != nil {
			return err
		}
		if err := standby.promote(ctx); err != nil {
			return err
		}
		row.Times++
		h.recovers(ctx)
		primary, standby = standby, primary
		if i+1 < r.few(1, 6) {
			rest(ctx, time.Second)
			if err := pair(); err != nil { // which restarts the new primary once more
				return err
			}
			h.recovers(ctx)
		}
	}
	l.end()
	return h.verify(ctx)
}

// injectCut puts a proxy between the house and PostgreSQL.
func injectCut(ctx context.Context, r *run, _ string, row *Row) error {
	address, err := r.newDatabase(ctx)
	if err != nil {
		return err
	}
	p, err := newProxy(ctx, r.cluster.port)
	if err != nil {
		return err
	}
	defer p.close()
	h, err := r.newHouse(ctx, row, plan{address: address, node: []string{p.instead(address, r.cluster.port)}})
	if err != nil {
		return err
	}
	defer h.close()
	l := h.work(ctx)
	defer l.end()
	for i := range r.times(3, 18) {
		rest(ctx, r.pick(400*time.Millisecond, time.Second))
		m := []passing{refused, hanging, deaf}[i%3]
		p.set(m)
		row.Times++
		rest(ctx, r.pick(700*time.Millisecond, 2*time.Second))
		p.set(through)
		h.recovers(ctx)
	}
	l.end()
	return h.verify(ctx)
}

// injectNodes lets several nodes work on one database, and takes one away at a
// time: cut off, frozen, deaf or killed, while it holds what it holds.
func injectNodes(ctx context.Context, r *run, _ string, row *Row) error {
	for _, count := range []int{2, 3} {
		if err := severalNodes(ctx, r, row, count); err != nil {
			return fmt.Errorf("%d nodes: %w", count, err)
		}
	}
	return nil
}

func severalNodes(ctx context.Context, r *run, row *Row, count int) error {
	address, err := r.newDatabase(ctx)
	if err != nil {
		return err
	}
	var proxies []*proxy
	var addresses []string
	for range count {
		p, err := newProxy(ctx, r.cluster.port)
		if err != nil {
			return err
		}
		defer p.close()
		proxies, addresses = append(proxies, p), append(addresses, p.instead(address, r.cluster.port))
	}
	h, err := r.newHouse(ctx, row, plan{address: address, node: addresses})
	if err != nil {
		return err
	}
	defer h.close()
	l, dice := h.work(ctx), r.random("nodes", count)
	defer l.end()
	ways := []away{frozen, cutOff, hung, killed, struckDeaf}
	for i := range r.times(len(ways), 4*len(ways)) {
		rest(ctx, r.pick(300*time.Millisecond, 700*time.Millisecond))
		victim := dice.IntN(count)
		way := ways[i%len(ways)]
		back, err := h.takeAway(ctx, way, h.nodes[victim], proxies[victim])
		if err != nil {
			return err
		}
		row.Times++
		// The others go on meanwhile, whatever the victim held.
		others := append(append([]*node{}, h.nodes[:victim]...), h.nodes[victim+1:]...)
		h.recoversOn(ctx, others, fmt.Sprintf("while another is %s", way))
		rest(ctx, r.pick(500*time.Millisecond, time.Duration(1+dice.IntN(4))*time.Second))
		if err := back(); err != nil {
			row.wrong("a node that was %s does not come back: %v", way, err)
			return nil
		}
		h.recoversOn(ctx, h.nodes, fmt.Sprintf("after one was %s", way))
	}
	l.end()
	return h.verify(ctx)
}
