package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/houvast/houvast/internal/kernel/actor"
)

// Marks stand in what is played for what differs from case to case.
const (
	markSubject = "zvraagz"
	markName    = "Zklantz"
)

// sample is a customer with one question, as it was played.
type sample struct {
	person, subject, name, phone, email string
	caseID                              string
}

// part is what happens with a question; most end.
type part struct {
	share int           // of a hundred, among those that end or among those that are open
	tell  bool          // the customer is told by message, not by voice
	lead  time.Duration // from asking to the promised time
	end   string        // keep, late, open
}

// parts are the questions of a practice. The shares of those that end and of
// those that are open each make a hundred.
var parts = []part{
	{share: 30, lead: 3 * time.Hour, end: "keep"},
	{share: 25, lead: 26 * time.Hour, end: "keep"},
	{share: 25, lead: 5 * time.Hour, tell: true, end: "keep"},
	{share: 12, lead: 50 * time.Hour, tell: true, end: "keep"},
	{share: 8, lead: 4 * time.Hour, tell: true, end: "late"},
	{share: 25, lead: 30 * time.Hour, tell: true, end: "open"},
	{share: 20, lead: 70 * time.Hour, end: "open"},
	{share: 25, lead: 130 * time.Hour, tell: true, end: "open"},
	{share: 30, lead: 20 * 24 * time.Hour, tell: true, end: "open"},
}

// played is everything a play left behind.
type played struct {
	parts   []part
	samples []sample
	from    practice
	patterns
}

// play plays each part on a database of its own, and reads what it left there.
func play(ctx context.Context) (out *played, err error) {
	dir, err := os.MkdirTemp("", "houvast-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := openHouse(ctx, filepath.Join(dir, "play.db"), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	defer func() { err = h.close(err) }()
	p, err := h.found(ctx, "Spel", nil)
	if err != nil {
		return nil, err
	}
	key, err := h.key(ctx, p, p.Members[actor.Desk][0])
	if err != nil {
		return nil, err
	}
	out = &played{parts: parts, from: p}
	for i, x := range parts {
		s, err := h.perform(ctx, key, i, x)
		if err != nil {
			return nil, fmt.Errorf("play %d: %w", i, err)
		}
		out.samples = append(out.samples, s)
	}
	out.patterns, err = readPatterns(ctx, h.DB, p, out.samples)
	return out, err
}

type promised struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// perform plays one question with a customer of its own.
func (h *house) perform(ctx context.Context, key string, i int, x part) (s sample, err error) {
	s = sample{subject: fmt.Sprintf("%s%d", markSubject, i), name: fmt.Sprintf("%s%d Zbenchz", markName, i),
		phone: fmt.Sprintf("+3161234%04d", i), email: fmt.Sprintf("zklantz%d@bench.example", i)}
	var card struct {
		Person struct {
			ID string `json:"id"`
		} `json:"person"`
	}
	if err := h.call(ctx, "POST", "/people", key, map[string]any{"name": s.name, "birth_date": "1980-01-02", "contact_points": []map[string]any{
		{"kind": "email", "value": s.email, "verified": true}, {"kind": "phone", "value": s.phone}}}, &card); err != nil {
		return s, err
	}
	s.person = card.Person.ID
	var opened struct {
		ID   string   `json:"id"`
		Next promised `json:"next_promise"`
	}
	body := openBody(s.person, s.subject, h.clock.Now().Add(x.lead), !x.tell)
	if err := h.call(ctx, "POST", "/cases", key, body, &opened); err != nil {
		return s, err
	}
	s.caseID = opened.ID
	if err := h.until(ctx, h.clock.Now().Add(time.Minute)); err != nil || x.end == "open" {
		return s, err
	}
	wait := x.lead / 2
	if x.end == "late" {
		wait = x.lead + time.Minute
	}
	if err := h.until(ctx, h.clock.Now().Add(wait)); err != nil {
		return s, err
	}
	var now struct {
		Next promised `json:"next_promise"`
	}
	if err := h.call(ctx, "GET", "/cases/"+s.caseID, key, nil, &now); err != nil {
		return s, err
	}
	if err := h.call(ctx, "POST", "/promises/"+now.Next.ID+"/keep", key, map[string]any{"note": "Het is in orde: " + s.subject, "spoken": true,
		"next": map[string]any{"close": "agreed"}}, nil); err != nil {
		return s, err
	}
	return s, h.until(ctx, h.clock.Now().Add(10*time.Minute))
}

// openBody is the request that opens a case with a promise, a contact moment
// and, unless it was said by voice, a message.
func openBody(person, subject string, due time.Time, spoken bool) map[string]any {
	return map[string]any{"person_id": person, "subject": subject, "said": "Aan de telefoon gevraagd: " + subject, "channel": "phone",
		"promise": map[string]any{"kind": "answer", "what": "een antwoord op uw vraag", "due_at": due.UTC().Format(time.RFC3339), "spoken": spoken}}
}
