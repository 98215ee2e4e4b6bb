package promise

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
)

// Subject is the case a promise belongs to, as far as promises need it.
type Subject struct {
	Org, ID, Question, Ref string
	Owner                  string // the member who answers for it
	Person, Asker          string // whom it is about, and who asked
	OpenPromises           int
	BreaksInRow            int
	Closed                 bool
}

// Cases is what promises need of cases; casefile satisfies it.
type Cases interface {
	// Hold locks the case for the transaction and gives it. Every command
	// does this before anything else.
	Hold(t *db.Tx, org, caseID string) (Subject, error)
	// Counted adds to the number of open promises and refreshes the next due time.
	Counted(t *db.Tx, org, caseID string, delta int) error
	// Broke records how many promises broke in a row; 0 after one was kept.
	Broke(t *db.Tx, org, caseID string, inARow int) error
	// End closes the case instead of a next promise; its last promise ends with it.
	End(t *db.Tx, who actor.Actor, s Subject, reason string) error
}

// Telling is something to say to a customer.
type Telling struct {
	Org, Case, Question, Person string
	Keeper                      string // who phones, when it goes by phone
	Template                    string // "promise-made"
	Intent                      string // said once per intent
	Promise                     string
	Channel                     string         // empty: as the customer prefers
	Params                      map[string]any // moments, codes and words for the template
	Before                      time.Time      // when it is no use any more
}

// Teller says things to customers in the transaction that decides them; the
// message capability satisfies it.
type Teller interface {
	Tell(t *db.Tx, who actor.Actor, m Telling) (messageID string, err error)
}

// Deps are what the service needs.
type Deps struct {
	DB     *db.DB
	Cases  Cases
	Teller Teller
	Lang   *lang.Bundle
	// Unfilled gives the fields of a template that still stand in a text for a
	// customer; nil: there are no templates.
	Unfilled func(text string) []string
}

// Service is the promise desk.
type Service struct {
	Deps
	lately lately
}

// New makes the service.
func New(d Deps) *Service { return &Service{Deps: d} }

// Make is a promise to be made.
type Make struct {
	Kind    Kind
	What    string
	To      string // person; default: who asked
	Keeper  string // member or team; default: who promises, else the owner
	From    time.Time
	Due     time.Time
	Channel string // how it will be kept or told; default: as the customer prefers
	Spoken  bool   // the customer heard it just now
	// Untold leaves telling to the caller, who says it in a message of its own.
	Untold bool
	// Template words the message otherwise than the kind of promise would; Extra
	// are parameters of its own.
	Template string
	Extra    map[string]any
	// Odds is the share, in thousandths, that was managed within this time when
	// it was promised; 0 asks the record, which may not say.
	Odds int
	// Counted says that the row of the case has it already: as its first promise,
	// of this kind and with this due time.
	Counted bool
	// Rule says that kind and time follow from the organisation's settings: the
	// question whether a case may close. Nobody else makes a closing.
	Rule bool

	predecessor *Promise
	appointed   bool // the keeper is meant, whoever stands in now
	link        link
}

// link is the place of a promise in a series.
type link struct {
	series   string
	step     int
	standsIn bool
	recurs   bool
}

// Next is what comes after the last open promise of a case: a promise, or the
// end of the case with its reason.
type Next struct {
	Promise *Make
	Close   string
}

// Make makes a promise in a case.
func (s *Service) Make(ctx context.Context, who actor.Actor, caseID string, in Make) (p Promise, err error) {
	if err := auth.Require(who, auth.CaseWrite); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(t *db.Tx) error {
		subj, err := s.hold(t, who.Org, caseID)
		if err != nil {
			return err
		}
		p, err = s.MakeIn(t, who, subj, in)
		return err
	})
	return p, err
}

// MakeIn makes a promise inside the transaction of another use case that
// holds the case already.
func (s *Service) MakeIn(t *db.Tx, who actor.Actor, subj Subject, in Make) (Promise, error) {
	p, err := s.draft(t, who, subj, in)
	if err != nil {
		return p, err
	}
	if !in.Untold && p.Told == Untold {
		template := "promise-made"
		switch {
		case p.Kind == Visit:
			template = "appointment-made"
		case p.Kind == Closing:
			template = "closing-ask"
		case in.predecessor != nil:
			template = "promise-moved"
		}
		if in.Template != "" {
			template = in.Template
		}
		if p.Message, err = s.Teller.Tell(t, who, s.telling(p, template, in.Extra)); err != nil {
			return p, err
		}
		if p.Message != "" {
			p.Told = Sent
		}
	}
	if in.Counted {
		return p, s.record(t, who, p)
	}
	return p, s.insert(t, who, p)
}

// Telling is what is said to the customer about a promise.
func (s *Service) telling(p Promise, template string, extra map[string]any) Telling {
	params := map[string]any{"what": p.What, "due": p.Due.UnixMilli(), "keeper": p.Keeper, "kind": string(p.Kind)}
	if !p.From.IsZero() {
		params["from"] = p.From.UnixMilli()
	}
	for k, v := range extra {
		params[k] = v
	}
	return Telling{Org: p.Org, Case: p.Case, Question: p.Question, Person: p.To, Keeper: p.Keeper,
		Template: template, Intent: template + ":" + p.ID, Promise: p.ID, Params: params, Before: p.Due}
}

// draft checks what was asked and fills in the rest.
func (s *Service) draft(t *db.Tx, who actor.Actor, subj Subject, in Make) (Promise, error) {
	o, err := org.ByID(t, subj.Org)
	if err != nil {
		return Promise{}, err
	}
	if subj.Closed {
		return Promise{}, errs.New(errs.Conflict, "case-closed")
	}
	var c errs.Checks
	in.What = strings.TrimSpace(in.What)
	c.Must(in.What != "", "what", "what-missing")
	c.Must(len(in.What) <= 500, "what", "text-too-long")
	if wording, vague := lang.Vague(in.What); vague {
		c.Add(errs.Field{Path: "what", Type: "vague-time", Params: errs.Params{"Wording": wording, "Suggestion": Suggest(o.Calendar, t.Now())}})
	}
	if in.Kind == "" {
		in.Kind = Answer
	}
	c.Must(in.Kind.valid() && (in.Kind != Closing || in.Rule) && (in.Kind != Duty || who.Kind == actor.System), "kind", "unknown-kind")
	c.Must(in.Channel == "" || slices.Contains(channels, in.Channel), "channel", "unknown-channel")
	c.Must(in.Kind != Visit || !in.From.IsZero(), "from_at", "window-missing")
	c.Must(in.Odds >= 0 && in.Odds <= 1000, "odds", "unknown-odds")
	if err := c.Err(); err != nil {
		return Promise{}, err
	}
	// The system's own promises and closings fall at the organisation's clock
	// time by construction; people's must be times at which somebody is there.
	if who.Kind != actor.System && !in.Rule {
		if err := CheckDue(o.Calendar, t.Now(), in.From, in.Due); err != nil {
			return Promise{}, err
		}
	}
	keeper := in.Keeper
	if keeper == "" {
		if keeper = who.Member; keeper == "" {
			keeper = subj.Owner
		}
	}
	if !in.appointed {
		if keeper, err = org.Duty(t, subj.Org, keeper); err != nil {
			return Promise{}, err
		}
	}
	if in.To != "" {
		if err := mayHear(t, subj, in.To); err != nil {
			return Promise{}, err
		}
	}
	p := Promise{
		Org: subj.Org, ID: t.NewID("prm"), Case: subj.ID, Question: subj.Question, Kind: in.Kind, What: in.What,
		To: in.To, Keeper: keeper, MadeBy: who.ID(), MadeAt: t.Now(), From: in.From, Due: in.Due,
		FirstDue: in.Due, AskedAt: t.Now(), Channel: in.Channel, Told: Untold, State: Open, Odds: in.Odds, Version: 1,
		Series: in.link.series, Step: in.link.step, StandsIn: in.link.standsIn, Recurs: in.link.recurs,
	}
	if old := in.predecessor; old != nil {
		p.Series, p.Step, p.StandsIn, p.Recurs = old.Series, old.Step, old.StandsIn, old.Recurs
	}
	if p.To == "" {
		p.To = subj.Asker
	}
	if p.Channel == "" {
		p.Channel = "preferred"
	}
	if p.Odds == 0 && in.predecessor == nil && !in.Rule && who.Kind != actor.System && learns(p) {
		// At whatever time it was promised, and by whichever way: the record says
		// how often that is managed. Of a moved one it says nothing, which is half done.
		team, err := teamOf(t, p.Org, p.Keeper)
		if err != nil {
			return Promise{}, err
		}
		g, err := s.lately.groups(t, o, p.Kind, team)
		if err != nil {
			return Promise{}, err
		}
		p.Odds = g.odds(p.Due)
	}
	p.Internal, p.Others = Warnings(o.Calendar, o.Settings, p.Kind, p.MadeAt, p.Due)
	if old := in.predecessor; old != nil {
		p.Predecessor, p.FirstDue, p.AskedAt = old.ID, old.FirstDue, old.AskedAt
	}
	if in.Spoken {
		p.Told, p.ToldAt = Spoken, t.Now()
	}
	p.LookAt = Look(p, t.Now()).Look
	return p, nil
}

// channels by which a promise is kept; empty is as the customer prefers.
var channels = []string{"preferred", "phone", "desk", "email", "page", "video", "post", "sms"}

// mayHear refuses a promise to somebody who has nothing to do with the case:
// what is promised is personal.
func mayHear(q db.Q, subj Subject, to string) error {
	if to == subj.Asker || to == subj.Person {
		return nil
	}
	may, err := person.MaySpeak(q, subj.Org, subj.Person, to)
	if err != nil || may {
		return err
	}
	if by, err := person.Survivor(q, subj.Org, to); err != nil {
		return err
	} else if asker, err := person.Survivor(q, subj.Org, subj.Asker); err != nil || by == asker {
		return err
	}
	return errs.New(errs.Invalid, "may-not-speak").Field("to_person_id", "may-not-speak")
}

func (s *Service) insert(t *db.Tx, who actor.Actor, p Promise) error {
	if err := s.record(t, who, p); err != nil {
		return err
	}
	return s.Cases.Counted(t, p.Org, p.Case, 1)
}

// record is insert without counting what is open in the case after it.
func (s *Service) record(t *db.Tx, who actor.Actor, p Promise) error {
	if err := db.Insert(t, "promise", p); err != nil {
		return err
	}
	if err := begins(t, p); err != nil {
		return err
	}
	t.Emit(p.fact(fact.PromiseMade, who, map[string]any{"told": string(p.Told), "channel": p.Channel,
		"internal": p.Internal.UnixMilli(), "predecessor": p.Predecessor, "to": p.To, "series": p.Series}, p.What))
	t.Wake(Topic)
	return nil
}

// fact is something that happened to a promise. What was promised is personal
// text; the rest is codes.
func (p Promise) fact(kind string, who actor.Actor, extra map[string]any, what string) db.Fact {
	data := map[string]any{"promise": p.ID, "kind": string(p.Kind), "due": p.Due.UnixMilli(), "keeper": p.Keeper}
	if !p.From.IsZero() {
		data["from"] = p.From.UnixMilli()
	}
	for k, v := range extra {
		if v != "" {
			data[k] = v
		}
	}
	f := db.Fact{Org: p.Org, Kind: kind, Case: p.Case, Question: p.Question, Person: p.To, By: who, Data: data}
	if what != "" {
		f.Text = map[string]string{"what": what}
	}
	return f
}

func (s *Service) hold(t *db.Tx, org, caseID string) (Subject, error) {
	subj, err := s.Cases.Hold(t, org, caseID)
	if err == nil && subj.Closed {
		err = errs.New(errs.Conflict, "case-closed")
	}
	return subj, err
}

// load gives an open promise and holds its case, in the order that every
// command uses: the case first.
func (s *Service) load(t *db.Tx, org, id string, version int) (Subject, Promise, error) {
	p, err := byID(t, org, id)
	if err != nil {
		return Subject{}, p, err
	}
	subj, err := s.hold(t, org, p.Case)
	if err != nil {
		return subj, p, err
	}
	if p, err = byID(t, org, id); err != nil { // again, now that nobody else can change it
		return subj, p, err
	}
	if p.State != Open {
		return subj, p, errs.New(errs.Conflict, "promise-ended").With("State", string(p.State))
	}
	if version != 0 && version != p.Version {
		return subj, p, errs.New(errs.Stale, "changed-meanwhile")
	}
	return subj, p, nil
}

func (k Kind) valid() bool {
	switch k {
	case Answer, Decision, Update, Callback, Document, Visit, Closing, Duty:
		return true
	}
	return false
}
