package message

import (
	"github.com/houvast/houvast/internal/kit/db"
)

// PassCalls gives at most so many of the calls that a member was to make to
// who stands in, and says how many.
func (s *Service) PassCalls(t *db.Tx, orgID, from, to string, most int) (int64, error) {
	n, err := passCalls(t, orgID, from, to, most)
	if n > 0 {
		t.Wake(Topic)
	}
	return n, err
}
