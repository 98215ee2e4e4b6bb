package absence

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// ArrangeJob is the work of arranging, and of giving back.
const ArrangeJob = "absence.arrange"

// chunk is how much is read at once, and how many rows one transaction passes
// on. Each case is a transaction of its own.
const chunk = 50

type payload struct {
	Absence string `json:"absence"`
}

// goOn leaves the work on an absence to the job.
func (s *Service) goOn(t *db.Tx, a Absence) {
	if a.State != Ended {
		t.Enqueue(db.Job{Org: a.Org, Kind: ArrangeJob, Key: a.ID, Payload: payload{a.ID}})
	}
	t.Wake(Topic)
}

// Job does the work. Cut off at any point it is done again from what is left:
// it looks for what the member still holds.
func (s *Service) Job() job.Kind {
	return job.Kind{Name: ArrangeJob, Lease: 5 * time.Minute, Handle: s.arrange}
}

func (s *Service) arrange(ctx context.Context, j job.Job) error {
	var in payload
	if err := j.Payload(&in); err != nil {
		return err
	}
	a, err := s.read(ctx, j.Org, in.Absence)
	if err != nil {
		return err
	}
	if a.State == Returning {
		return s.backAgain(ctx, a)
	}
	if a.State == Ended {
		return nil
	}
	if err := s.eachCase(ctx, a, s.withPromises); err != nil {
		return err
	}
	if !a.State.Begun() {
		return nil // the rest when it begins
	}
	if a.AllCases {
		if err := s.eachCase(ctx, a, s.owned); err != nil {
			return err
		}
	}
	if err := s.passRest(ctx, a); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(t *db.Tx) error { return s.arranged(t, a.Org, a.ID) })
}

func (s *Service) read(ctx context.Context, orgID, id string) (a Absence, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error { a, err = ByID(q, orgID, id); return err })
	return a, err
}

// place is where a list goes on.
type place struct {
	at time.Time
	id string
}

// eachCase arranges the cases of a list, a chunk at a time. One case that
// cannot be arranged does not hold up the others: somebody is told of it.
func (s *Service) eachCase(ctx context.Context, a Absence, list func(q db.Q, a Absence, after place) ([]string, place, error)) error {
	var after place
	for {
		var cases []string
		var next place
		if err := s.DB.Read(ctx, func(q db.Q) (err error) { cases, next, err = list(q, a, after); return err }); err != nil {
			return err
		}
		for _, id := range cases {
			err := s.DB.Write(ctx, func(t *db.Tx) error { return s.arrangeCase(t, a, id) })
			if err == nil {
				continue
			}
			if c := errs.ClassOf(err); c == errs.Unavailable || ctx.Err() != nil {
				return err
			}
			s.Log.Error("a case could not be arranged", "absence", a.ID, "case", id, "org", a.Org, "err", err)
			if err := s.DB.Write(ctx, func(t *db.Tx) error { return s.tellLead(t, a, id, "absence-case-failed") }); err != nil {
				return err
			}
		}
		if next.id == "" {
			return nil
		}
		after = next
	}
}

// withPromises gives the cases in which the member still keeps something that
// is not arranged yet.
func (s *Service) withPromises(q db.Q, a Absence, after place) (cases []string, next place, err error) {
	list, err := promise.Due(q, a.Org, a.Member, time.Time{}, time.Time{}, after.at, after.id, chunk)
	if err != nil || len(list) == 0 {
		return nil, next, err
	}
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	known, err := itemsOf(q, a.Org, a.ID, ids)
	if err != nil {
		return nil, next, err
	}
	seen := map[string]bool{}
	for _, p := range list {
		i := known[p.ID]
		todo := i.State == "" || i.State == Wanted || i.State == Failed
		if todo && Decide(a, p, i, q.Now()) != Stay && !seen[p.Case] {
			seen[p.Case] = true
			cases = append(cases, p.Case)
		}
	}
	if len(list) == chunk {
		last := list[len(list)-1]
		next = place{last.Due, last.ID}
	}
	return cases, next, nil
}

// owned gives the cases that the member still answers for.
func (s *Service) owned(q db.Q, a Absence, after place) (cases []string, next place, err error) {
	list, err := casefile.List(q, a.Org, casefile.Filter{Owner: a.Member}, after.at, after.id, chunk)
	for _, c := range list {
		cases = append(cases, c.ID)
	}
	if err == nil && len(list) == chunk {
		last := list[len(list)-1]
		next = place{last.NextDue, last.ID}
	}
	return cases, next, err
}

// arrangeCase does what was decided about one case, in one transaction: the
// promises the member keeps in it, the case itself, and one message.
func (s *Service) arrangeCase(t *db.Tx, a Absence, caseID string) error {
	c, err := s.Cases.Lock(t, a.Org, caseID) // the case first, as every command
	if err != nil || c.Closed() {
		return err
	}
	if a, err = ByID(t, a.Org, a.ID); err != nil || a.State != Waiting && a.State != Arranging {
		return err // ended meanwhile
	}
	m, err := org.MemberByID(t, a.Org, a.Member)
	if err != nil {
		return err
	}
	m.StandIn = a.StandIn
	chain, err := org.Chain(t, m)
	if err != nil {
		return err
	}
	all, err := promise.OfCase(t, a.Org, c.ID)
	if err != nil {
		return err
	}
	w := work{s: s, t: t, a: a, c: c, m: m, chain: chain, who: s.maker(t, a)}
	var mine []promise.Promise
	var ids []string
	for _, p := range all {
		if p.State == promise.Open && p.Keeper == m.ID {
			mine, ids = append(mine, p), append(ids, p.ID)
		}
	}
	known, err := itemsOf(t, a.Org, a.ID, ids)
	if err != nil {
		return err
	}
	var hand []promise.Promise
	for _, p := range mine {
		switch Decide(a, p, known[p.ID], t.Now()) {
		case Move:
			moved, err := w.move(p, known[p.ID])
			if err != nil {
				return err
			}
			if p, err = promise.ByID(t, a.Org, p.ID); err != nil {
				return err
			}
			// The old one stays open until the new time was told: it passes too.
			if p.State == promise.Open && (!moved || a.State.Begun()) {
				hand = append(hand, p)
			}
		case Hand:
			hand = append(hand, p)
		case Stay:
		}
	}
	if !a.State.Begun() {
		return nil
	}
	return w.hand(hand)
}

// maker is who arranged it, as an actor; the system when they left.
func (s *Service) maker(q db.Q, a Absence) actor.Actor {
	who, ok, err := org.ActorOf(q, a.Org, a.MadeBy)
	if err != nil || !ok {
		return actor.ForSystem(a.Org)
	}
	return who
}

// work is the arranging of one case.
type work struct {
	s     *Service
	t     *db.Tx
	a     Absence
	c     casefile.Case
	m     org.Member
	chain []org.Member
	who   actor.Actor
	moved map[string]bool
}

func (w *work) item(p promise.Promise) Item {
	return Item{Org: w.a.Org, Absence: w.a.ID, ID: p.ID, Kind: ofPromise, Case: p.Case, Due: p.Due, At: w.t.Now()}
}

// move gives a promise the time that was chosen for it. False: that is no
// longer possible, so that it is handed on instead.
func (w *work) move(p promise.Promise, i Item) (bool, error) {
	move := promise.Move{From: i.NewFrom, Due: i.NewDue}
	if !w.a.Covers(i.NewDue) {
		move.Keeper = w.m.ID // back by then
	}
	subj, err := casefile.Rows{}.Hold(w.t, w.c.Org, w.c.ID)
	if err != nil {
		return false, err
	}
	next, err := w.s.Promises.RenegotiateIn(w.t, w.who, subj, p, move)
	if c := errs.ClassOf(err); c == errs.Conflict || c == errs.Invalid {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if w.moved == nil {
		w.moved = map[string]bool{}
	}
	w.moved[p.ID] = true
	i.State, i.New, i.To, i.At = Done, next.ID, next.Keeper, w.t.Now()
	i.Told, i.PhoneNow = next.Told != promise.Untold, PhoneNow(p, w.t.Now())
	if err := save(w.t, i); err != nil || !i.PhoneNow {
		return err == nil, err
	}
	return true, w.phoneNow(p, next.Keeper)
}

// hand passes promises, and the case where the member answers for it.
func (w *work) hand(list []promise.Promise) error {
	own := w.c.Owner == w.m.ID && (w.a.AllCases || len(list) > len(w.moved))
	if len(list) == 0 && !own {
		return nil
	}
	var first time.Time
	if len(list) > 0 {
		first = list[0].Due
		for _, p := range list {
			if p.Due.Before(first) {
				first = p.Due
			}
		}
	}
	to, ok := StandIn(w.chain, w.m.ID, w.t.Now(), first)
	if !ok {
		return w.nobody(list)
	}
	// Locked, so that nobody leaves while getting work.
	if to, err := org.LockMember(w.t, w.a.Org, to.ID); err != nil || !to.Active {
		return orElse(err, errs.New(errs.Unavailable, "absence-stand-in-left"))
	}
	told := false
	for _, p := range list {
		if _, err := promise.Pass(w.t, w.who, p, to.ID, w.a.ID); err != nil {
			return err
		}
		if w.moved[p.ID] {
			continue // the customer hears the new time
		}
		i := w.item(p)
		i.Action, i.State, i.To, i.PhoneNow = Hand, Done, to.ID, PhoneNow(p, w.t.Now())
		if !silent(p) {
			i.Told, told = true, true
		}
		if err := save(w.t, i); err != nil {
			return err
		}
		if i.PhoneNow {
			if err := w.phoneNow(p, to.ID); err != nil {
				return err
			}
		}
	}
	if own {
		c, err := w.s.Handing.StandIn(w.t, w.who, w.c, to.ID)
		if err != nil {
			return err
		}
		w.c = c
		if err := save(w.t, Item{Org: w.a.Org, Absence: w.a.ID, ID: w.c.ID, Kind: ofCase, Case: w.c.ID, Action: Hand, State: Done, To: to.ID,
			Due: w.c.NextDue, Told: true, At: w.t.Now()}); err != nil {
			return err
		}
		told = true
	}
	if err := w.standsIn(to.ID); err != nil || !told {
		return err
	}
	_, err := w.s.Teller.Tell(w.t, w.who, telling(w.a, w.c, w.m, list, to.ID))
	return err
}

// telling is what a customer hears: who has their question, and what holds.
func telling(a Absence, c casefile.Case, m org.Member, list []promise.Promise, to string) promise.Telling {
	params := map[string]any{"keeper": to, "away_name": m.Name}
	var next promise.Promise
	for _, p := range list {
		if !silent(p) && (next.ID == "" || p.Due.Before(next.Due)) {
			next = p
		}
	}
	if next.ID != "" {
		params["what"], params["due"], params["kind"] = next.What, next.Due.UnixMilli(), string(next.Kind)
		if !next.From.IsZero() {
			params["from"] = next.From.UnixMilli()
		}
	}
	person := c.Asker
	if next.To != "" {
		person = next.To
	}
	return promise.Telling{Org: c.Org, Case: c.ID, Question: c.Question, Person: person, Keeper: to, Template: "absence-handed",
		Intent: "absence-handed:" + a.ID + ":" + c.ID + ":" + to, Params: params}
}

// nobody: there is nobody to take it over. Who leads is told.
func (w *work) nobody(list []promise.Promise) error {
	for _, p := range list {
		if w.moved[p.ID] {
			continue
		}
		i := w.item(p)
		i.Action, i.State, i.Code = Hand, Failed, "nobody"
		if err := save(w.t, i); err != nil {
			return err
		}
	}
	return w.s.tellLead(w.t, w.a, w.c.ID, "nobody")
}

// tellLead tells whoever leads that a case needs a person.
func (s *Service) tellLead(t *db.Tx, a Absence, caseID, code string) error {
	to, err := org.Duty(t, a.Org, a.Member)
	if err != nil {
		return err
	}
	_, _, err = signal.Raise(t, actor.ForSystem(a.Org), signal.Signal{Kind: SignalNobody, Level: signal.Urgent, SubjectKind: "case", Subject: caseID,
		Case: caseID, Member: to, Data: map[string]any{"absence": a.ID, "code": code}})
	return err
}

// phoneNow asks who stands in to phone: no message can be counted on any more.
func (w *work) phoneNow(p promise.Promise, to string) error {
	to, err := org.Duty(w.t, w.a.Org, to)
	if err != nil {
		return err
	}
	_, _, err = signal.Raise(w.t, actor.ForSystem(w.a.Org), signal.Signal{Kind: SignalPhoneNow, Level: signal.Urgent, SubjectKind: "promise",
		Subject: p.ID, Case: p.Case, Member: to, Data: map[string]any{"absence": w.a.ID, "due": p.Due.UnixMilli()}})
	return err
}

// standsIn tells who stands in that they do, once per absence and person.
func (w *work) standsIn(to string) error {
	_, _, err := signal.Raise(w.t, actor.ForSystem(w.a.Org), signal.Signal{Kind: SignalStandingIn, Level: signal.Notice, SubjectKind: "absence",
		Subject: w.a.ID + ":" + to, Member: to, Data: map[string]any{"absence": w.a.ID, "member": w.m.ID}})
	return err
}

// passRest gives what else waits for the member to who stands in: offers to
// answer, calls to make, signals. Each part is small.
func (s *Service) passRest(ctx context.Context, a Absence) error {
	system := actor.ForSystem(a.Org)
	for {
		n := 0
		err := s.DB.Write(ctx, func(t *db.Tx) error {
			n = 0
			to, err := org.Duty(t, a.Org, a.Member)
			if err != nil || to == a.Member {
				return err // everybody is away
			}
			calls, err := s.Calls.PassCalls(t, a.Org, a.Member, to, chunk)
			if err != nil {
				return err
			}
			signals, err := signal.PassSome(t, system, a.Member, to, chunk)
			n = int(calls) + signals
			return err
		})
		if err != nil {
			return fmt.Errorf("calls and signals: %w", err)
		}
		if n == 0 {
			break
		}
	}
	return s.DB.Write(ctx, func(t *db.Tx) error { return s.Handing.PassHeld(t, a.Org, a.Member) })
}

// arranged notes that everything was done.
func (s *Service) arranged(t *db.Tx, orgID, id string) error {
	a, err := lock(t, orgID, id)
	if err != nil || a.State != Arranging {
		return err
	}
	a.State, a.ArrangedAt = Arranged, t.Now()
	if err := update(t, a); err != nil {
		return err
	}
	n, err := tally(t, orgID, id)
	if err != nil {
		return err
	}
	a.emit(t, actor.ForSystem(orgID), fact.AbsenceArranged, map[string]any{"handed": n.Promises, "moved": n.Moved, "cases": n.Cases, "open": n.Failed})
	return nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func moveField(i int) string { return "moves." + strconv.Itoa(i) + ".due_at" }
