package message

import (
	"time"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
)

// stuckAfter is how long something may be overdue before a check minds.
const stuckAfter = 10 * time.Minute

// checks look at the store for messages that break an invariant.
var checks = []module.Check{
	{Invariant: 8, Name: "nothing is said twice", Run: CheckOnce},
	{Invariant: 8, Name: "no message is stuck on its way", Run: func(q db.Q) (int64, []string, error) { return CheckStuck(q, stuckAfter) }},
	{Invariant: 8, Name: "what failed or is uncertain has somebody who knows", Run: CheckLost},
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "message",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Jobs:       s.Kinds(),
		Followers:  []ledger.Follower{s.Follower()},
		Workers:    []job.Worker{NewWatch(s)},
		API:        s.api,
		Desk:       s.desk,
		Nav:        s.nav(),
		Panels:     s.panels(),
		Checks:     checks,
	}
}
