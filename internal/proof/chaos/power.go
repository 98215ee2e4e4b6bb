package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/db"
)

// injectPower records what the program asks of its disk while it is at work,
// and builds the disk as it may be when the power goes, at many moments.
func injectPower(ctx context.Context, r *run, _ string, row *Row) error {
	h, err := r.newHouse(ctx, row, plan{})
	if err != nil {
		return err
	}
	defer h.close()
	h.pause = 25 * time.Millisecond // strace is slow, and every write is kept
	l := h.work(ctx)
	rest(ctx, 500*time.Millisecond)
	l.end()
	if err := h.stop(); err != nil {
		return err
	}
	content, err := os.ReadFile(h.address)
	if err != nil {
		return err
	}
	base := map[string][]byte{filepath.Base(h.address): content}
	dir, err := filepath.EvalSymlinks(h.dir)
	if err != nil {
		return err
	}
	rec, with, err := record(dir, filepath.Join(h.dir, "strace"), r.Plant == PlantNoSync, filepath.Base(h.address))
	if err != nil {
		return err
	}
	n := h.nodes[0]
	plainCommand := n.command
	n.command = append(with, n.command...)
	if _, err := n.start(ctx); err != nil {
		return err
	}
	l = h.work(ctx)
	rest(ctx, r.pick(2*time.Second, 8*time.Second))
	l.end()
	if err := n.kill(); err != nil {
		return err
	}
	n.command = plainCommand
	if err := rec.wait(ctx); err != nil {
		return fmt.Errorf("read the recording: %w", err)
	}
	images := r.Images
	if images == 0 {
		images = r.few(24, 400)
	}
	if err := h.cuts(ctx, rec, base, images); err != nil {
		return err
	}
	j := h.journal
	row.Acknowledged, row.CutOff, row.Refused, row.Mails = j.acknowledged.Load(), j.cutOff.Load(), j.refused.Load(), int64(len(h.sink.letters()))
	return nil
}

// cuts takes the power at so many moments. Half of them are right after a sync,
// where most has just been promised, and half anywhere.
func (h *house) cuts(ctx context.Context, rec *recording, base map[string][]byte, images int) error {
	dice := h.run.random("power")
	var syncs []int
	for i, o := range rec.ops {
		if o.kind == opSync {
			syncs = append(syncs, i+1)
		}
	}
	if len(rec.ops) < 100 || len(syncs) < 10 && h.run.Plant != PlantNoSync {
		return fmt.Errorf("too little was recorded: %d operations, %d syncs", len(rec.ops), len(syncs))
	}
	at := map[int]int{} // after so many operations → how many images
	for i := range images {
		if k := dice.IntN(len(rec.ops)) + 1; i%2 == 0 && len(syncs) > 0 {
			at[syncs[dice.IntN(len(syncs))]]++
		} else {
			at[k]++
		}
	}
	d := newDisk(base)
	unsynced, made := 0, 0
	kinds := map[survival]int{}
	for i, o := range rec.ops {
		d.do(i, o)
		for range at[i+1] {
			until := rec.ops[len(rec.ops)-1].at
			if i+1 < len(rec.ops) {
				until = rec.ops[i+1].at
			}
			s := survival(made % int(survivals))
			kinds[s]++
			unsynced += d.unsynced()
			if err := h.blackout(ctx, made, d.image(s, dice), until, fmt.Sprintf("after operation %d of %d, %s", i+1, len(rec.ops), s)); err != nil {
				return err
			}
			made++
		}
	}
	h.row.note("%d operations recorded, %d syncs; %d images (%v), with %d unsynced writes in danger", len(rec.ops), len(syncs), made, kinds, unsynced)
	return nil
}

// blackout looks at one disk after the power went: the program opens it, all
// that was acknowledged before is there, and now and then it is served again.
func (h *house) blackout(ctx context.Context, number int, image map[string][]byte, until time.Time, where string) (err error) {
	dir := filepath.Join(h.dir, "image-"+strconv.Itoa(number))
	if err := lay(dir, image); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	row := &Row{}
	defer func() {
		row.LookedUp, h.row.LookedUp = 0, h.row.LookedUp+row.LookedUp
		h.row.Looks, h.row.Facts, h.row.Checks, h.row.CheckRows = h.row.Looks+row.Looks, h.row.Facts+row.Facts, h.row.Checks+row.Checks, h.row.CheckRows+row.CheckRows
		for _, x := range []struct{ from, to *[]string }{{&row.Lost, &h.row.Lost}, {&row.Doubled, &h.row.Doubled}, {&row.Violated, &h.row.Violated}} {
			for _, s := range *x.from {
				h.row.add(x.to, "image %d, %s: %s", number, where, s)
			}
		}
	}()
	h.row.Times++
	env := append(append([]string{}, h.env...), "HOUVAST_DB_PATH="+filepath.Join(dir, "houvast.db"))
	if out, err := command(ctx, env, h.run.Program, "verify"); err != nil {
		row.wrong("houvast verify: %v: %.500s", err, out)
	}
	if err := h.lookAt(ctx, env, row, until); err != nil {
		row.wrong("it cannot be read: %v", err)
	}
	if number%12 == 5 && row.bad() == 0 {
		return h.again(ctx, env, until)
	}
	return nil
}

// lookAt opens an image in this process.
func (h *house) lookAt(ctx context.Context, env []string, row *Row, until time.Time) (err error) {
	cfg, err := settings(env)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	health, err := db.Inspect(ctx, a.DB)
	if err != nil {
		return err
	}
	if health.Damage != "" {
		row.wrong("the file is damaged: %s", health.Damage)
	}
	return h.look(ctx, a, row, until)
}

// again serves an image: it works without help, and mails nothing that was
// mailed before the power went.
func (h *house) again(ctx context.Context, env []string, until time.Time) error {
	sink, err := newSink(h.run.random("mail again"))
	if err != nil {
		return err
	}
	defer sink.close()
	b := &house{run: h.run, row: h.row, base: h.base, journal: newJournal(), tenants: h.tenants, sink: sink, probes: h.probes}
	n := &node{command: []string{h.run.Program, "serve"}, env: append(env, "HOUVAST_MAIL_PORT="+strconv.Itoa(sink.port))}
	if n.port, err = freePort(ctx); err != nil {
		return err
	}
	b.nodes = []*node{n}
	if _, err := n.start(ctx); err != nil {
		h.row.wrong("after the power was back: %v", err)
		return nil
	}
	b.recovers(ctx)
	before := map[string]bool{}
	for _, l := range h.sink.letters() {
		before[l.id] = before[l.id] || l.at.Before(until)
	}
	for _, l := range sink.letters() {
		if before[l.id] {
			h.row.doubled("message %s was mailed before the power went, and again afterwards", l.id)
		}
	}
	return n.stop()
}
