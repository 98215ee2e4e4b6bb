package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Verdict is what whoever leads says of an emergency afterwards.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"   // it should not have been opened
	Unclear Verdict = "unclear" // more must be asked first, elsewhere
)

// Verdicts lists them.
var Verdicts = []Verdict{Right, Wrong, Unclear}

// Emergency is that somebody opened what is hidden of a customer without the
// right to see it, for a reason and for a while (decision 16).
type Emergency struct {
	Org        string    `db:"org_id" json:"-"`
	ID         string    `db:"emergency_id" json:"id"`
	Person     string    `db:"person_id" json:"person_id"`
	Member     string    `db:"member_id" json:"member_id"`
	Why        string    `db:"why" json:"why"`
	OpenedAt   time.Time `db:"opened_at" json:"opened_at"`
	Until      time.Time `db:"until_at" json:"until"`
	EndedAt    time.Time `db:"ended_at" json:"ended_at,omitzero" doc:"It was closed before its time"`
	EndedBy    string    `db:"ended_by" json:"ended_by,omitempty"`
	Answer     Verdict   `db:"answer" json:"answer,omitempty" enum:"right,wrong,unclear"`
	Note       string    `db:"note" json:"note,omitempty"`
	AnsweredBy string    `db:"answered_by" json:"answered_by,omitempty"`
	AnsweredAt time.Time `db:"answered_at" json:"answered_at,omitzero"`
	Version    int64     `db:"version" json:"version"`
}

// Holds says whether it still opens anything at a moment.
func (e Emergency) Holds(at time.Time) bool {
	return e.EndedAt.IsZero() && !at.Before(e.OpenedAt) && at.Before(e.Until)
}

// Alarm tells who leads at once, in the transaction that opens, and stops
// asking when it was answered; signal satisfies it. Without one nothing opens.
type Alarm interface {
	EmergencyOpened(tx *db.Tx, who actor.Actor, emergency, to string) error
	EmergencyAnswered(tx *db.Tx, who actor.Actor, emergency string) error
}

// The limits of what is typed.
const (
	shortestWhy = 10
	longestWhy  = 500
	// emergencyDay is the time in which not too many may be opened.
	emergencyDay = 24 * time.Hour
)

// OpenInEmergency lets somebody who may not see what is hidden of a customer
// see it for a while. Whoever leads is told in the same transaction. Opening
// what is open already gives that and changes nothing.
func (s *Service) OpenInEmergency(ctx context.Context, who actor.Actor, person, why string) (e Emergency, err error) {
	if err := auth.Require(who, auth.EmergencyOpen); err != nil {
		return e, err
	}
	if who.Kind != actor.Staff || s.Alarm == nil {
		return e, errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.EmergencyOpen))
	}
	if why = MaskBSN(clean(why)); len([]rune(why)) < shortestWhy || len([]rune(why)) > longestWhy {
		return e, errs.New(errs.Invalid, "emergency-why").Field("why", "emergency-why")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// One at a time: two at once count each other, and nobody leaves meanwhile.
		m, err := org.LockMember(tx, who.Org, who.Member)
		if err != nil {
			return err
		}
		if !m.Active || !auth.RoleMay(m.Role, auth.EmergencyOpen) {
			return errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.EmergencyOpen))
		}
		p, err := lock(tx, who.Org, person)
		if err != nil {
			return err
		}
		same, err := Same(tx, who.Org, p.ID)
		if err != nil {
			return err
		}
		var held bool
		if e, held, err = holdingEmergency(tx, who.Org, who.Member, same); err != nil || held {
			return err
		}
		o, err := org.ByID(tx, who.Org)
		if err != nil {
			return err
		}
		done, err := emergenciesSince(tx, who.Org, who.Member, tx.Now().Add(-emergencyDay))
		if err != nil {
			return err
		}
		if done >= int64(o.Settings.EmergencyDay) {
			return errs.New(errs.TooMany, "emergency-too-often").With("Count", done)
		}
		to, err := whoLeads(tx, who)
		if err != nil {
			return err
		}
		e = Emergency{Org: who.Org, ID: tx.NewID("emg"), Person: p.ID, Member: who.Member, Why: why, OpenedAt: tx.Now(),
			Until: tx.Now().Add(time.Duration(o.Settings.EmergencyMinutes) * time.Minute), Version: 1}
		if err := db.Insert(tx, "emergency", e); err != nil {
			return err
		}
		tx.Emit(db.Fact{Org: e.Org, Kind: fact.EmergencyOpened, Person: e.Person, By: who,
			Data: map[string]any{"emergency": e.ID, "until": e.Until.UnixMilli(), "member": to}, Text: map[string]string{"why": e.Why}})
		return s.Alarm.EmergencyOpened(tx, who, e.ID, to)
	})
	return e, err
}

// whoLeads is whom an emergency is told: a manager, else an administrator, of
// those who are here before those who are not; never who opened it.
func whoLeads(q db.Q, who actor.Actor) (string, error) {
	leads, err := org.Leads(q, who.Org)
	if err != nil {
		return "", err
	}
	leads = slices.DeleteFunc(leads, func(m org.Member) bool {
		return m.ID == who.Member || !auth.RoleMay(m.Role, auth.EmergencyReview)
	})
	if len(leads) == 0 {
		return "", errs.New(errs.Conflict, "emergency-nobody")
	}
	for _, role := range []actor.Role{actor.Manager, actor.Administrator} {
		for _, m := range leads {
			if m.Role == role && m.Here(q.Now()) {
				return m.ID, nil
			}
		}
	}
	return leads[0].ID, nil
}

// EndEmergency closes what is open before its time: whoever opened it, or
// whoever leads. What is over already stays as it is.
func (s *Service) EndEmergency(ctx context.Context, who actor.Actor, id string) (e Emergency, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return e, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if e, err = lockEmergency(tx, who.Org, id); err != nil {
			return err
		}
		if e.Member != who.Member && !auth.May(who, auth.EmergencyReview) {
			return errs.New(errs.NotFound, "emergency-unknown")
		}
		if !e.Holds(tx.Now()) {
			return nil
		}
		e.end(tx, who)
		return updateEmergency(tx, &e)
	})
	return e, err
}

// end closes it now.
func (e *Emergency) end(tx *db.Tx, who actor.Actor) {
	e.EndedAt, e.EndedBy = tx.Now(), who.ID()
	tx.Emit(db.Fact{Org: e.Org, Kind: fact.EmergencyEnded, Person: e.Person, By: who, Data: map[string]any{"emergency": e.ID, "member": e.Member}})
}

// AnswerEmergency says what whoever leads thinks of an emergency: once, and
// never of one's own. What should not have been opened is closed at once.
type AnswerEmergency struct {
	Answer Verdict `json:"answer" enum:"right,wrong,unclear" doc:"Was it right to open this?"`
	Note   string  `json:"note,omitempty" maxLength:"500" doc:"Needed unless it was right"`
}

// ReviewEmergency records the answer to "was this right?".
func (s *Service) ReviewEmergency(ctx context.Context, who actor.Actor, id string, in AnswerEmergency) (e Emergency, err error) {
	if err := auth.Require(who, auth.EmergencyReview); err != nil {
		return e, err
	}
	var c errs.Checks
	note := MaskBSN(clean(in.Note))
	c.Must(slices.Contains(Verdicts, in.Answer), "answer", "emergency-answer")
	c.Must(len([]rune(note)) <= longestWhy && (note != "" || in.Answer == Right || !slices.Contains(Verdicts, in.Answer)), "note", "emergency-note")
	if err := c.Err(); err != nil {
		return e, err
	}
	if who.Kind != actor.Staff || s.Alarm == nil {
		return e, errs.New(errs.Forbidden, "not-allowed").With("Action", string(auth.EmergencyReview))
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if e, err = lockEmergency(tx, who.Org, id); err != nil {
			return err
		}
		switch {
		case e.Member == who.Member:
			return errs.New(errs.Forbidden, "emergency-own")
		case e.Answer != "":
			return errs.New(errs.Conflict, "emergency-answered")
		}
		if in.Answer == Wrong && e.Holds(tx.Now()) {
			e.end(tx, who)
		}
		e.Answer, e.Note, e.AnsweredBy, e.AnsweredAt = in.Answer, note, who.Member, tx.Now()
		if err := updateEmergency(tx, &e); err != nil {
			return err
		}
		f := db.Fact{Org: e.Org, Kind: fact.EmergencyAnswered, Person: e.Person, By: who, Data: map[string]any{"emergency": e.ID, "member": e.Member, "answer": string(e.Answer)}}
		if note != "" {
			f.Text = map[string]string{"why": note}
		}
		tx.Emit(f)
		return s.Alarm.EmergencyAnswered(tx, who, e.ID)
	})
	return e, err
}

// Emergencies gives a page of what was opened, the newest first; with open
// only what still waits for an answer.
func (s *Service) Emergencies(ctx context.Context, who actor.Actor, open bool, cursor string, limit int) (p page.Page[Emergency], err error) {
	if err := auth.Require(who, auth.EmergencyReview); err != nil {
		return p, err
	}
	key, err := page.Parse(cursor, 1)
	if err != nil {
		return p, err
	}
	before := "~" // sorts after every id
	if key != nil {
		before = key[0]
	}
	limit = page.Size(limit)
	err = s.DB.Read(ctx, func(q db.Q) error {
		rows, err := emergenciesBefore(q, who.Org, open, before, limit+1)
		p = page.Of(rows, limit, func(e Emergency) []string { return []string{e.ID} })
		return err
	})
	return p, err
}

// Emergency gives one: to who leads, and to whoever opened it.
func (s *Service) Emergency(ctx context.Context, who actor.Actor, id string) (e Emergency, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return e, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		if e, err = emergencyByID(q, who.Org, id); err != nil {
			return err
		}
		if e.Member != who.Member && !auth.May(who, auth.EmergencyReview) {
			return errs.New(errs.NotFound, "emergency-unknown")
		}
		return nil
	})
	return e, err
}

// sees says whether somebody may see what is hidden of a customer, of whom
// same are all rows: by role, or by an emergency of their own that still
// holds, which it gives then. Nothing else opens it.
func sees(q db.Q, who actor.Actor, same []string) (all bool, by Emergency, err error) {
	if auth.May(who, auth.PersonShield) {
		return true, by, nil
	}
	if who.Kind != actor.Staff || !auth.May(who, auth.EmergencyOpen) {
		return false, by, nil
	}
	by, all, err = holdingEmergency(q, who.Org, who.Member, same)
	return all, by, err
}
