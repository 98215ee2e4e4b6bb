package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

const (
	presenceLife  = 35 * time.Second // without a sign of life somebody has left
	presenceTouch = 8 * time.Second  // signs of life closer together are not written
	typingLife    = 20 * time.Second
	maxHere       = 20
	maxAbout      = 120
)

// PresencePrefix begins the key by which open pages hear that somebody came,
// began typing or left: "presence:case:<id>".
const PresencePrefix = "presence:"

// Present notes that somebody has a page about a record open, and whether they
// are typing, and says in their own language who else has. No fact is made of
// it. All nodes see it through the database; pages on this node hear of a
// change at once, those on others a moment later, or with their next sign of
// life when that hint got lost.
func (s *Site) Present(c *Ctx, live *Stream, about string, typing bool) (text string, err error) {
	who := c.Actor
	if err := presentable(who, about); err != nil {
		return "", err
	}
	var others []Here
	changed := false
	err = s.opts.DB.Read(c.Context(), func(q db.Q) error {
		h, there, err := findHere(q, who.Org, about, who.Member)
		if err != nil {
			return err
		}
		there = there && q.Now().Sub(h.SeenAt) < presenceLife
		changed = !there || typing != typingAt(h, q.Now())
		if there && !changed && q.Now().Sub(h.SeenAt) < presenceTouch {
			others, err = othersHere(q, who.Org, about, who.Member, q.Now().Add(-presenceLife))
			return err
		}
		others = nil
		return errStale
	})
	if errors.Is(err, errStale) {
		err = s.opts.DB.Write(c.Context(), func(t *db.Tx) error {
			h := Here{Member: who.Member, Name: who.Name}
			if typing {
				h.TypingAt = t.Now()
			}
			if err := keepHere(t, who.Org, about, h); err != nil {
				return err
			}
			others, err = othersHere(t, who.Org, about, who.Member, t.Now().Add(-presenceLife))
			return err
		})
	}
	if err != nil {
		return "", err
	}
	if changed && live != nil {
		live.Tell(who.Org, PresencePrefix+about, who.Member)
	}
	return s.whoIsHere(c, others), nil
}

// Leave notes that somebody closed the page.
func (s *Site) Leave(ctx context.Context, live *Stream, who actor.Actor, about string) error {
	if err := presentable(who, about); err != nil {
		return err
	}
	err := s.opts.DB.Write(ctx, func(t *db.Tx) error { return leave(t, who.Org, about, who.Member) })
	if err == nil && live != nil {
		live.Tell(who.Org, PresencePrefix+about, who.Member)
	}
	return err
}

var errStale = errors.New("web: presence is to be written")

func presentable(who actor.Actor, about string) error {
	if err := mine(who); err != nil {
		return err
	}
	if kind, id, ok := strings.Cut(about, ":"); !ok || kind == "" || id == "" || len(about) > maxAbout || !clean(about) {
		return errs.New(errs.Malformed, "unreadable-input")
	}
	return nil
}

func typingAt(h Here, now time.Time) bool {
	return !h.TypingAt.IsZero() && now.Sub(h.TypingAt) < typingLife
}

func (s *Site) whoIsHere(c *Ctx, others []Here) string {
	var typing, looking []string
	for _, h := range others {
		if typingAt(h, c.Now()) {
			typing = append(typing, h.Name)
		} else {
			looking = append(looking, h.Name)
		}
	}
	var parts []string
	if len(typing) > 0 {
		parts = append(parts, c.P.T("web.presence.typing", "Count", len(typing), "Names", typing))
	}
	if len(looking) > 0 {
		parts = append(parts, c.P.T("web.presence.looking", "Count", len(looking), "Names", looking))
	}
	return strings.Join(parts, " ")
}

// topicLive is what nodes say to each other about open pages.
const topicLive = "live"

// Tell tells open pages of an organisation a key that no fact is behind, except
// those of one member: on this node, and as a hint on the others.
func (s *Stream) Tell(org, key, except string) {
	s.tellHere(org, key, except)
	s.db.Hub().Say(topicLive, strings.Join([]string{org, key, except}, " "))
}

// hear tells pages on this node what another node said.
func (s *Stream) hear(text string) {
	org, rest, _ := strings.Cut(text, " ")
	if i := strings.LastIndexByte(rest, ' '); i > 0 { // ids have no spaces; keys may
		s.tellHere(org, rest[:i], rest[i+1:])
	}
}

func (s *Stream) tellHere(org, key, except string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.subs {
		if sub.reader.Kind != actor.Staff || sub.reader.Org != org || sub.reader.Member == except {
			continue
		}
		select {
		case sub.out <- message{keys: []string{key}}:
		default: // too slow: it asks again by itself
		}
	}
}

// told says whether a message is news to a subscription that began at a
// position: one without a position always is.
func (m message) told(first int64) bool { return m.pos == 0 && len(m.keys) > 0 || m.pos > first }
