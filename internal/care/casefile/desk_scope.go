package casefile

import (
	"slices"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// The scopes of Today that are no team.
const (
	scopeMine = "me"
	scopeAll  = "all"
	// teamsShown is how many teams of somebody stand on Today.
	teamsShown = 8
)

// scope is whose day is shown: one's own, that of a team, or everybody's.
type scope struct {
	code    string // me, all or the id of a team
	kept    string // the one that was remembered
	keepers []string
	teams   []org.Team
	due     map[string]int // what falls due today, by team
	team    org.Team       // the one that is shown
	duty    org.Member     // who has its duty now
}

func (s scope) mine() bool { return s.code == scopeMine }

// words is which sentences suit: to whoever looks, or about others.
func (s scope) words() string {
	if s.mine() {
		return "me"
	}
	return "all"
}

// scopeOf reads whose day is asked for, else the one looked at last. A team
// one does not work in, or no longer, is one's own day.
func scopeOf(q db.Q, c *web.Ctx, asked string) (s scope, err error) {
	who := c.Actor
	if s.kept, err = keptScope(q, who.Org, who.Member); err != nil {
		return s, err
	}
	if s.code = asked; s.code == "" {
		s.code = s.kept
	}
	if s.teams, err = org.TeamsOf(q, who.Org, who.Member); err != nil {
		return s, err
	}
	at := slices.IndexFunc(s.teams, func(t org.Team) bool { return t.ID == s.code })
	if at >= teamsShown { // the one that is shown is always among them
		s.teams[teamsShown-1], at = s.teams[at], teamsShown-1
	}
	s.teams = s.teams[:min(len(s.teams), teamsShown)]
	members, err := org.TeamMembersOf(q, who.Org, s.teams)
	if err != nil {
		return s, err
	}
	if err := s.count(q, c, members); err != nil {
		return s, err
	}
	switch {
	case s.code == scopeAll:
	case at >= 0:
		s.team, s.keepers = s.teams[at], members[s.code]
		duty, err := org.Duty(q, who.Org, s.code)
		if err != nil {
			return s, err
		}
		s.duty, err = org.MemberByID(q, who.Org, duty)
		return s, err
	default:
		s.code, s.keepers = scopeMine, []string{who.Member}
	}
	return s, nil
}

// count adds up what falls due today in each team.
func (s *scope) count(q db.Q, c *web.Ctx, members map[string][]string) error {
	var all []string
	for _, list := range members {
		all = append(all, list...)
	}
	slices.Sort(all)
	_, tomorrow := midnights(c.Now(), c.P.Loc())
	due, err := promise.DueBy(q, c.Actor.Org, slices.Compact(all), tomorrow)
	s.due = map[string]int{}
	for team, list := range members {
		for _, m := range list {
			s.due[team] += due[m]
		}
	}
	return err
}

// keep remembers what was chosen: like a preferred look, it is a matter of who
// looks and of nobody else.
func (s *Service) keep(c *web.Ctx, x scope, asked string) error {
	if asked == "" || x.code == x.kept || x.kept == "" && x.mine() || c.Actor.Member == "" {
		return nil
	}
	return s.DB.Write(c.Context(), func(t *db.Tx) error { return keepScope(t, c.Actor.Org, c.Actor.Member, x.code) })
}

// href is the address of the day, with more behind it.
func (s scope) href(more string) string {
	if more != "" {
		more = "&" + more
	}
	return "/desk?who=" + s.code + more
}

// segments are whose day can be shown.
func (s scope) segments(c *web.Ctx) []ui.Segment {
	out := []ui.Segment{{Label: c.P.T("desk.today.mine"), Href: "/desk?who=" + scopeMine, Current: s.mine()}}
	for _, t := range s.teams {
		out = append(out, ui.Segment{Label: c.P.T("desk.today.team", "Team", t.Name, "Count", s.due[t.ID]), Href: "/desk?who=" + t.ID, Current: s.code == t.ID})
	}
	return append(out, ui.Segment{Label: c.P.T("desk.today.everyone"), Href: "/desk?who=" + scopeAll, Current: s.code == scopeAll})
}

// eyebrow is the day, and of a team who has its duty.
func (s scope) eyebrow(c *web.Ctx, now time.Time) string {
	if s.team.ID != "" {
		return c.P.T("desk.today.duty", "Now", now, "Team", s.team.Name, "Who", s.duty.Name)
	}
	return c.P.T("desk.today.eyebrow", "Now", now)
}
