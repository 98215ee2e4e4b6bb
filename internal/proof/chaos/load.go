package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// load is staff and customers at work.
type load struct {
	stop  context.CancelFunc
	wait  sync.WaitGroup
	house *house
}

// visitors is how many work at once.
const visitors = 6

// work lets them work until end is called.
func (h *house) work(ctx context.Context) *load {
	ctx, stop := context.WithCancel(ctx)
	l := &load{stop: stop, house: h}
	h.loads++
	for i := range visitors {
		v := &visitor{h: h, rand: h.run.random("visitor", h.name, h.loads, i), name: fmt.Sprintf("%s-%d-%d", h.name, h.loads, i),
			http: &http.Client{Timeout: 8 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true}}}
		l.wait.Go(func() { v.run(ctx) })
	}
	return l
}

// end stops them, each after the answer it waits for.
func (l *load) end() {
	l.stop()
	l.wait.Wait()
}

// known is a question the visitors work on.
type known struct {
	mu       sync.Mutex // one visitor at a time
	org      *tenant
	id       string
	promises map[string]bool
	handoff  string // an open offer
}

// visitor is one of them: somebody at the desk, or a customer with a link.
type visitor struct {
	h    *house
	http *http.Client
	rand *rand.Rand
	name string
	nth  int
}

func (v *visitor) run(ctx context.Context) {
	defer v.http.CloseIdleConnections()
	for ctx.Err() == nil {
		rest(ctx, time.Duration(v.rand.IntN(int(v.h.pause)+1)))
		if v.rand.IntN(12) == 0 && v.customer(ctx) {
			continue
		}
		k := v.h.pick(v.rand)
		if k == nil || v.rand.IntN(4) == 0 {
			v.open(ctx)
			continue
		}
		k.mu.Lock()
		switch n := v.rand.IntN(12); {
		case n < 2:
			v.promise(ctx, k)
		case n < 5:
			v.keep(ctx, k)
		case n < 8:
			v.contact(ctx, k)
		case n < 10:
			v.hand(ctx, k)
		default:
			v.read(ctx, k)
		}
		k.mu.Unlock()
	}
}

// words are said by nobody else.
func (v *visitor) words(w what, begin string) string {
	v.nth++
	s := fmt.Sprintf("%s %s-%d", begin, v.name, v.nth)
	v.h.journal.ask(s, w)
	return s
}

// do asks for something. With an Idempotency-Key it asks again until somebody
// answers, and it must not be done twice; without one a lost answer is where
// it ends, and nobody knows what became of it.
func (v *visitor) do(ctx context.Context, r request) (a answer, ok bool) {
	v.nth++
	if r.method == "" {
		r.method = http.MethodPost
	}
	if v.rand.IntN(3) > 0 {
		r.key = fmt.Sprintf("key-%s-%d", v.name, v.nth)
	}
	j, lost := v.h.journal, false
	for {
		// What is under way when the load ends is waited for.
		a, err := send(context.WithoutCancel(ctx), v.http, v.h.someNode(v.rand).base(), r)
		var again time.Duration
		switch {
		case err != nil && r.key == "":
			j.cutOff.Add(1)
			rest(ctx, 5*time.Millisecond)
			return answer{}, false
		case err != nil:
			lost, again = true, 10*time.Millisecond
		case a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests:
			j.refuse(a)
			again = 30 * time.Millisecond
		case strings.HasPrefix(a.problem(), "idempotency-"):
			j.cutOff.Add(1)
			return answer{}, false
		case a.ok():
			j.acknowledged.Add(1)
			return a, true
		case a.status >= 500:
			v.h.row.wrong("%s %s was answered with %d: %.300s\n%s", r.method, r.path, a.status, a.body, v.h.saidOf(a))
			return a, false
		default:
			j.refuse(a)
			return a, false
		}
		if ctx.Err() != nil || r.key == "" {
			if lost {
				j.cutOff.Add(1)
			}
			return answer{}, false
		}
		rest(ctx, again)
	}
}

// later is mostly well ahead, and sometimes so near that the promise breaks.
func (v *visitor) later() string {
	d := 2 * time.Hour
	if v.rand.IntN(6) == 0 {
		d = time.Duration(300+v.rand.IntN(2000)) * time.Millisecond
	}
	return v.h.now().Add(d).Format(time.RFC3339Nano)
}

func (v *visitor) promised() map[string]any {
	v.nth++
	return map[string]any{"what": fmt.Sprintf("Antwoord %s-%d", v.name, v.nth), "due_at": v.later(), "spoken": v.rand.IntN(3) == 0}
}

type promiseSeen struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Version int    `json:"version"`
}

func (v *visitor) acknowledge(k *known, p promiseSeen) {
	if p.ID == "" {
		return
	}
	v.h.journal.acknowledge(entry{org: k.org.id, what: aPromise, id: p.ID, version: p.Version, ended: p.State != "open"})
	if p.State == "open" {
		k.promises[p.ID] = true
	} else {
		delete(k.promises, p.ID)
	}
}

func (v *visitor) open(ctx context.Context) {
	x := v.h.tenants[v.rand.IntN(len(v.h.tenants))]
	k := &known{org: x, promises: map[string]bool{}}
	subject := v.words(aCase, "Vraag")
	a, ok := v.do(ctx, request{path: "/cases", token: x.key(v.rand), body: map[string]any{"person_id": x.people[v.rand.IntN(len(x.people)-1)],
		"subject": subject, "channel": "phone", "promise": v.promised()}})
	if !ok {
		return
	}
	var got struct {
		ID      string      `json:"id"`
		Promise promiseSeen `json:"next_promise"`
	}
	if err := a.into(&got); err != nil || got.ID == "" {
		v.h.row.wrong("a question was opened, and the answer is %.200s", a.body)
		return
	}
	k.id = got.ID
	v.h.journal.acknowledge(entry{org: x.id, what: aCase, id: got.ID, state: subject})
	v.acknowledge(k, got.Promise)
	v.h.know(k)
}

func (v *visitor) promise(ctx context.Context, k *known) {
	var p promiseSeen
	if a, ok := v.do(ctx, request{path: "/cases/" + k.id + "/promises", token: k.org.key(v.rand), body: v.promised()}); ok && a.into(&p) == nil {
		v.acknowledge(k, p)
	}
}

func (v *visitor) keep(ctx context.Context, k *known) {
	for id := range k.promises {
		a, ok := v.do(ctx, request{path: "/promises/" + id + "/keep", token: k.org.key(v.rand), body: map[string]any{"note": "Het is gelukt",
			"spoken": v.rand.IntN(2) == 0, "next": map[string]any{"promise": v.promised()}}})
		var p promiseSeen
		if ok && a.into(&p) == nil {
			v.acknowledge(k, p)
		}
		delete(k.promises, id) // kept, or the watch was first, or nobody knows
		return
	}
}

func (v *visitor) contact(ctx context.Context, k *known) {
	said := v.words(aContact, "Ik bel nog eens")
	if _, ok := v.do(ctx, request{path: "/cases/" + k.id + "/contacts", token: k.org.key(v.rand),
		body: map[string]any{"direction": "in", "channel": "phone", "said": said}}); ok {
		v.h.journal.acknowledge(entry{org: k.org.id, what: aContact, id: said})
	}
}

func (v *visitor) hand(ctx context.Context, k *known) {
	var h struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
	r := request{path: "/handoffs/" + k.handoff + "/accept", token: k.org.keys["manager"], body: map[string]any{}}
	if k.handoff == "" {
		r = request{path: "/handoffs", token: k.org.key(v.rand), body: map[string]any{"case_id": k.id, "to": k.org.members[[]string{"desk", "specialist", "manager"}[v.rand.IntN(3)]], "note": "Wil jij dit doen?"}}
	}
	k.handoff = ""
	if a, ok := v.do(ctx, r); ok && a.into(&h) == nil {
		v.h.journal.acknowledge(entry{org: k.org.id, what: aHandoff, id: h.ID, state: h.State})
		if h.State == "offered" {
			k.handoff = h.ID
		}
	}
}

func (v *visitor) read(ctx context.Context, k *known) {
	a, err := send(context.WithoutCancel(ctx), v.http, v.h.someNode(v.rand).base(), request{method: http.MethodGet, path: "/cases/" + k.id, token: k.org.key(v.rand)})
	switch {
	case err != nil, a.ok(), a.status == http.StatusServiceUnavailable, a.status == http.StatusTooManyRequests:
	case a.status == http.StatusNotFound:
		v.h.row.lost("case %s was acknowledged, and is not found while working", k.id)
	default:
		v.h.row.wrong("GET /cases/… was answered with %d: %.300s\n%s", a.status, a.body, v.h.saidOf(a))
	}
}

// customer opens the link of a message, says who they are, reads, and adds
// something. It says whether there was a link to open.
func (v *visitor) customer(ctx context.Context) bool {
	l, ok := v.h.sink.newest()
	if !ok {
		return false
	}
	x := v.h.tenantOf(l.to)
	if x == nil {
		return false
	}
	from := fmt.Sprintf("10.%d.%d.%d", v.rand.IntN(256), v.rand.IntN(256), 1+v.rand.IntN(254))
	var session struct {
		Token string `json:"token"`
	}
	a, ok := v.do(ctx, request{path: "/links/open", from: from, body: map[string]any{"token": l.link}})
	if !ok || a.into(&session) != nil {
		return true
	}
	a, ok = v.do(ctx, request{path: "/links/confirm", from: from, token: "Bearer " + session.Token, body: map[string]any{"kind": "birth-date", "value": birthDate}})
	if !ok || a.into(&session) != nil {
		return true
	}
	said := v.words(aContact, "De klant schrijft")
	if _, ok := v.do(ctx, request{path: "/question/messages", from: from, token: "Bearer " + session.Token, body: map[string]any{"said": said}}); ok {
		v.h.journal.acknowledge(entry{org: x.id, what: aContact, id: said})
		v.h.customers.Add(1)
	}
	return true
}

// nightWords promises for the hour that is there twice, or not at all. Whether
// it is refused or taken is for the house to say; an error of its own is not.
func (h *house) nightWords(ctx context.Context) {
	v := &visitor{h: h, rand: h.run.random("night", h.name), name: fmt.Sprintf("%s-night-%d", h.name, h.loads), http: &http.Client{Timeout: 8 * time.Second}}
	defer v.http.CloseIdleConnections()
	h.loads++
	x := h.tenants[0]
	for _, due := range []string{"02:30", "vandaag 02:30", "vandaag 02:59", "vandaag 03:00", "morgen 02:30", "vannacht 02:30", "zondag 02:30"} {
		subject := v.words(aCase, "Vraag in de nacht")
		a, ok := v.do(ctx, request{path: "/cases", token: x.keys["desk"], body: map[string]any{"person_id": x.people[0], "subject": subject,
			"channel": "phone", "promise": map[string]any{"what": "Antwoord in de nacht", "due_at": due, "spoken": true}}})
		var got struct {
			ID      string      `json:"id"`
			Promise promiseSeen `json:"next_promise"`
		}
		if ok && a.into(&got) == nil {
			h.journal.acknowledge(entry{org: x.id, what: aCase, id: got.ID, state: subject})
			h.journal.acknowledge(entry{org: x.id, what: aPromise, id: got.Promise.ID, version: got.Promise.Version})
		}
	}
}
