package signal

import (
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// Emergency is the kind of signal that tells who leads that somebody opened
// what is hidden of a customer. It goes to nobody else, only who leads takes
// it, and it ends with the answer to "was this right?" and in no other way.
const Emergency = "emergency.opened"

// Alarm satisfies person.Alarm.
type Alarm struct{}

var _ person.Alarm = Alarm{}

// EmergencyOpened implements person.Alarm.
func (Alarm) EmergencyOpened(tx *db.Tx, who actor.Actor, emergency, to string) error {
	_, _, err := Raise(tx, who, Signal{Kind: Emergency, Level: Urgent, SubjectKind: "emergency", Subject: emergency, Member: to})
	return err
}

// EmergencyAnswered implements person.Alarm.
func (Alarm) EmergencyAnswered(tx *db.Tx, who actor.Actor, emergency string) error {
	_, err := Clear(tx, who, Emergency, emergency, "answered")
	return err
}

// MayTake refuses to take what is for others than whoever asks.
func (s Signal) MayTake(who actor.Actor) error {
	if s.Kind == Emergency {
		return auth.Require(who, auth.EmergencyReview)
	}
	return nil
}

// maySettle refuses to settle by hand what ends by something else.
func (s Signal) maySettle() error {
	if s.Kind == Emergency {
		return errs.New(errs.Conflict, "signal-emergency")
	}
	return nil
}
