package person

import (
	"context"
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/fact"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// TieWord is what somebody is to a customer at home.
type TieWord string

// The words.
const (
	TiePartner   TieWord = "partner"
	TieChild     TieWord = "child"
	TieParent    TieWord = "parent"
	TieLivesWith TieWord = "lives-with"
)

// TieWords lists them.
var TieWords = []TieWord{TiePartner, TieChild, TieParent, TieLivesWith}

// back is the same tie seen from the other side.
func (w TieWord) back() TieWord {
	switch w {
	case TieChild:
		return TieParent
	case TieParent:
		return TieChild
	case TiePartner, TieLivesWith:
	}
	return w
}

// TieState says what was decided of two customers.
type TieState string

// The states of a tie. Without a row nobody said anything yet.
const (
	TieConfirmed TieState = "confirmed"
	TieDismissed TieState = "dismissed"
	TieHidden    TieState = "hidden"
)

// Tie is what was decided of two customers at home, as it is kept: the smaller
// id first, the word is what Other is to Person.
type Tie struct {
	Org       string    `db:"org_id"`
	ID        string    `db:"tie_id"`
	Person    string    `db:"person_id"`
	Other     string    `db:"other_id"`
	Word      TieWord   `db:"word"`
	State     TieState  `db:"state"`
	Since     time.Time `db:"since"`
	ByMember  string    `db:"by_member"`
	CreatedAt time.Time `db:"created_at"`
}

// Housemate is somebody of a customer's household.
type Housemate struct {
	Tie    string    `json:"id"`
	Person Person    `json:"person"`
	Word   TieWord   `json:"word,omitempty" doc:"What this person is to the customer"`
	Since  time.Time `json:"since"`
	By     string    `json:"by_member,omitempty"`
	Hidden bool      `json:"hidden,omitempty" doc:"For safety; only shown to who may see it"`
}

// Neighbour is somebody who shares a phone number, an e-mail address or an
// address with a customer. It only suggests a household (decision 13).
type Neighbour struct {
	Person Person   `json:"person"`
	Why    []string `json:"why" doc:"phone, email, address"`
}

// Household is who lives with a customer, and who perhaps does.
type Household struct {
	Members   []Housemate `json:"members"`
	Suggested []Neighbour `json:"suggested"`
	Emergency string      `json:"emergency_id,omitempty" doc:"What is hidden is in it because you opened it in an emergency"`
}

// Household gives a customer's household. What was hidden for safety is only
// in it for who may see that, or opened it in an emergency.
func (s *Service) Household(ctx context.Context, who actor.Actor, id string) (h Household, err error) {
	if err := auth.Require(who, auth.PersonRead); err != nil {
		return h, err
	}
	err = s.DB.Read(ctx, func(q db.Q) error {
		same, err := Same(q, who.Org, id)
		if err != nil {
			return err
		}
		all, by, err := sees(q, who, same)
		if err != nil {
			return err
		}
		h, err = householdOf(q, who.Org, id, all)
		h.Emergency = by.ID
		return err
	})
	return h, err
}

func householdOf(q db.Q, org, id string, all bool) (h Household, err error) {
	if h.Members, err = housemates(q, org, id, all); err != nil {
		return h, err
	}
	h.Suggested, err = neighbours(q, org, id)
	return h, err
}

// HouseholdOf gives the confirmed household of a customer, without what was
// hidden. Never show it to a customer: one adult never sees another's matters.
func HouseholdOf(q db.Q, org, id string) ([]Housemate, error) { return housemates(q, org, id, false) }

// housemates reads the ties of everybody who is this customer. Of two ties
// with the same person the hidden one counts: it is about safety.
func housemates(q db.Q, org, id string, all bool) ([]Housemate, error) {
	out := []Housemate{}
	same, err := Same(q, org, id)
	if err != nil {
		return nil, err
	}
	ties, err := tiesOf(q, org, same)
	if err != nil || len(ties) == 0 {
		return out, err
	}
	others := make([]string, len(ties))
	for i, t := range ties {
		if others[i] = t.Other; slices.Contains(same, t.Other) {
			others[i], ties[i].Word = t.Person, t.Word.back()
		}
	}
	people, err := survivors(q, org, others)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, t := range ties {
		p, ok := people[others[i]]
		if !ok || p.ID == same[0] || t.State == TieDismissed {
			continue
		}
		mate := Housemate{Tie: t.ID, Person: p, Word: t.Word, Since: t.Since, By: t.ByMember, Hidden: t.State == TieHidden}
		if at, ok := place[p.ID]; !ok {
			place[p.ID] = len(out)
			out = append(out, mate)
		} else if mate.Hidden {
			out[at] = mate
		}
	}
	if !all {
		out = slices.DeleteFunc(out, func(m Housemate) bool { return m.Hidden })
	}
	return out, nil
}

// At most so many people share a number or address for it to say that they
// live together: more is a care home, a firm, or "unknown@".
const mostNeighbours = 8

// neighbours are those who share something with a customer and of whom nobody
// said anything yet.
func neighbours(q db.Q, org, id string) ([]Neighbour, error) {
	out := []Neighbour{}
	same, err := Same(q, org, id)
	if err != nil {
		return nil, err
	}
	me, err := ByID(q, org, same[0])
	if err != nil || me.Kind == Company || !me.DeceasedAt.IsZero() {
		return out, err
	}
	points, err := Points(q, org, me.ID)
	if err != nil {
		return nil, err
	}
	why := map[string][]string{}
	var ids []string
	for _, k := range sharedTerms(points) {
		with, err := havingTerm(q, org, k.term, mostNeighbours+2)
		if err != nil {
			return nil, err
		}
		if len(with) > mostNeighbours+1 {
			continue
		}
		for _, other := range with {
			if slices.Contains(same, other) || slices.Contains(why[other], k.why) {
				continue
			}
			if why[other] == nil {
				ids = append(ids, other)
			}
			why[other] = append(why[other], k.why)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	decided, err := pairedWith(q, org, same)
	if err != nil {
		return nil, err
	}
	people, err := ByIDs(q, org, ids)
	if err != nil {
		return nil, err
	}
	for _, other := range ids {
		if p := people[other]; p.ID != "" && p.Kind == Human && p.MergedInto == "" && p.DeceasedAt.IsZero() && !decided[other] {
			out = append(out, Neighbour{Person: p, Why: why[other]})
		}
	}
	return out, nil
}

// SayTie is what somebody says of two customers.
type SayTie struct {
	Other string  `json:"other_person_id" maxLength:"60"`
	Word  TieWord `json:"word" enum:"partner,child,parent,lives-with" doc:"What the other is to the customer"`
}

// ConfirmTie records that somebody lives with a customer, and as what.
func (s *Service) ConfirmTie(ctx context.Context, who actor.Actor, person string, in SayTie) (t Tie, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return t, err
	}
	if !slices.Contains(TieWords, in.Word) {
		return t, errs.New(errs.Invalid, "tie-word").Field("word", "tie-word")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err = decide(tx, who, person, in.Other, TieConfirmed, in.Word, "")
		return err
	})
	return t, err
}

// DismissTie records that two customers have no household in common, or no
// longer; it is not suggested again.
func (s *Service) DismissTie(ctx context.Context, who actor.Actor, person, other string) (t Tie, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return t, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err = decide(tx, who, person, other, TieDismissed, "", "")
		return err
	})
	return t, err
}

// HideTie hides for safety that two customers have to do with each other:
// staff without need do not see it and it is never suggested. Why is part of
// the record.
func (s *Service) HideTie(ctx context.Context, who actor.Actor, person, other, why string) (t Tie, err error) {
	if err := auth.Require(who, auth.PersonWrite); err != nil {
		return t, err
	}
	if why = MaskBSN(clean(why)); why == "" || len([]rune(why)) > 500 {
		return t, errs.New(errs.Invalid, "hide-why").Field("why", "hide-why")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err = decide(tx, who, person, other, TieHidden, "", why)
		return err
	})
	return t, err
}

// ShowTie takes the hiding away; the tie is as it was confirmed, or dismissed
// when it never was.
func (s *Service) ShowTie(ctx context.Context, who actor.Actor, person, other string) (t Tie, err error) {
	if err := auth.Require(who, auth.PersonShield); err != nil {
		return t, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		state, word := TieDismissed, TieWord("")
		mates, err := housemates(tx, who.Org, person, true)
		if err != nil {
			return err
		}
		theirs, err := Survivor(tx, who.Org, other)
		if err != nil {
			return err
		}
		for _, m := range mates {
			if m.Person.ID == theirs && m.Word != "" {
				state, word = TieConfirmed, m.Word
			}
		}
		t, err = decide(tx, who, person, other, state, word, "")
		return err
	})
	return t, err
}

var tieFacts = map[TieState]string{TieConfirmed: fact.HouseholdConfirmed, TieDismissed: fact.HouseholdDismissed, TieHidden: fact.HouseholdHidden}

// decide writes what is said of two customers, over what was said before. What
// is hidden is only changed by who may see it.
func decide(tx *db.Tx, who actor.Actor, person, other string, state TieState, word TieWord, why string) (t Tie, err error) {
	a, b, err := lockTwo(tx, who.Org, person, other)
	if err != nil {
		return t, err
	}
	switch {
	case a.ID == b.ID:
		return t, errs.New(errs.Invalid, "tie-oneself").Field("other_person_id", "tie-oneself")
	case a.Kind == Company || b.Kind == Company:
		return t, errs.New(errs.Invalid, "tie-company").Field("other_person_id", "tie-company")
	}
	kept, err := tiesBetween(tx, who.Org, a.ID, b.ID)
	if err != nil {
		return t, err
	}
	for _, k := range kept {
		if k.State == TieHidden && !auth.May(who, auth.PersonShield) {
			return k, errs.New(errs.Forbidden, "tie-not-here")
		}
	}
	first, second := a.ID, b.ID
	if first > second {
		first, second, word = second, first, word.back()
	}
	t = Tie{Org: who.Org, Person: first, Other: second, State: state, Word: word, Since: tx.Now(), ByMember: who.Member, CreatedAt: tx.Now()}
	changed := false
	for i := range kept { // also those of rows that were merged
		k := kept[i]
		if state == TieHidden {
			k.State, k.Since, k.ByMember = state, t.Since, t.ByMember
		} else if k.Person == first && k.Other == second {
			k.State, k.Word, k.Since, k.ByMember = state, word, t.Since, t.ByMember
		} else {
			k.State = TieDismissed // said anew of the rows that are left
		}
		if k.State == kept[i].State && k.Word == kept[i].Word {
			if k.Person == first && k.Other == second {
				t = kept[i]
			}
			continue
		}
		changed = true
		if err := updateTie(tx, k); err != nil {
			return t, err
		}
		if k.Person == first && k.Other == second {
			t = k
		}
	}
	if t.ID == "" {
		t.ID, changed = tx.NewID("tie"), true
		if err := db.Insert(tx, "household_tie", t); err != nil {
			return t, err
		}
	}
	if !changed {
		return t, nil
	}
	for _, side := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}} {
		f := db.Fact{Org: who.Org, Kind: tieFacts[state], Person: side[0], By: who, Data: map[string]any{"tie": t.ID, "with": side[1]}}
		if word != "" {
			f.Data["word"] = string(wordFrom(t, side[0]))
		}
		if why != "" {
			f.Text = map[string]string{"why": why}
		}
		tx.Emit(f)
	}
	if state == TieDismissed {
		return t, nil
	}
	return t, dropLikeness(tx, who.Org, first, second)
}

// wordFrom is what the other is to one of the two.
func wordFrom(t Tie, person string) TieWord {
	if t.Person == person {
		return t.Word
	}
	return t.Word.back()
}
