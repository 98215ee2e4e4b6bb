package promise

import (
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Warnings are when the keeper of a promise is warned, and when others are:
// after the shares of the promised working time that the organisation chose for
// its kind. Others is zero where it chose none, or where it would not come
// after the keeper's: then it follows from the keeper's.
func Warnings(cal workcal.Calendar, s org.Settings, kind Kind, made, due time.Time) (keeper, others time.Time) {
	of, rest := s.Risk(string(kind))
	keeper = InternalTarget(cal, made, due, of)
	if rest > 0 {
		if others = InternalTarget(cal, made, due, rest); !others.After(keeper) || !others.Before(due) {
			others = time.Time{}
		}
	}
	return keeper, others
}
