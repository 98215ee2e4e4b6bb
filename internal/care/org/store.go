package org

import (
	"fmt"
	"strings"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

var (
	organisationColumns = db.Columns[Organisation]("")
	memberColumns       = db.Columns[Member]("")
	teamColumns         = db.Columns[Team]("")
)

// ByID gives an organisation.
func ByID(q db.Q, org string) (Organisation, error) {
	return db.Once(q, "organisation", org, func() (Organisation, error) {
		// Its calendar and settings are large: they are read again when they changed.
		version, ok, err := db.Find[int64](q, `SELECT version FROM organisation WHERE org_id = $1`, org)
		if err == nil && !ok {
			err = errs.New(errs.NotFound, "organisation-unknown")
		}
		if err != nil {
			return Organisation{}, err
		}
		return db.Keep(q, "organisation", org, version, func() (Organisation, error) {
			return db.Get[Organisation](q, `SELECT `+organisationColumns+` FROM organisation WHERE org_id = $1`, org)
		})
	})
}

// Calendar gives the opening hours of an organisation.
func Calendar(q db.Q, org string) (workcal.Calendar, error) {
	o, err := ByID(q, org)
	return o.Calendar, err
}

// PartnerByID gives what others may see of an organisation.
func PartnerByID(q db.Q, org string) (Partner, error) {
	p, ok, err := db.Find[Partner](q, `SELECT org_id, name, kind, phone FROM organisation WHERE org_id = $1`, org)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "organisation-unknown")
	}
	return p, err
}

// Partners gives a page of the directory of the installation, by name.
func Partners(q db.Q, name, id string, limit int) ([]Partner, error) {
	return db.Select[Partner](q, `SELECT org_id, name, kind, phone FROM organisation
		WHERE (name, org_id) > ($1, $2) ORDER BY name, org_id LIMIT $3`, name, id, limit)
}

// lock takes the organisation's row: members and teams of one organisation
// change one at a time, because their rules look at each other.
func lock(tx *db.Tx, org string) (Organisation, error) {
	o, ok, err := db.Find[Organisation](tx, `SELECT `+organisationColumns+` FROM organisation WHERE org_id = $1 FOR UPDATE`, org)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "organisation-unknown")
	}
	return o, err
}

func updateOrganisation(tx *db.Tx, o Organisation) error {
	calendar, settings, err := jsonOf(o)
	if err != nil {
		return err
	}
	return db.Changed(tx.Exec(`UPDATE organisation SET name = $2, phone = $3, zone = $4, language = $5, calendar = $6,
		settings = $7, version = version + 1 WHERE org_id = $1 AND version = $8`,
		o.ID, o.Name, db.Null(o.Phone), o.Zone, o.Language, calendar, settings, o.Version))
}

// MemberByID gives a member, active or not.
func MemberByID(q db.Q, org, id string) (Member, error) {
	m, ok, err := findMember(q, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "member-unknown")
	}
	return m, err
}

func findMember(q db.Q, org, id string) (Member, bool, error) {
	m, err := db.Once(q, "member", org+id, func() (Member, error) {
		m, _, err := db.Find[Member](q, `SELECT `+memberColumns+` FROM member WHERE org_id = $1 AND member_id = $2`, org, id)
		return m, err
	})
	return m, m.ID != "", err
}

// LockMember gives a member whose row nobody else changes until this
// transaction ends: for giving somebody work that an inactive member may not have.
func LockMember(tx *db.Tx, org, id string) (Member, error) {
	m, ok, err := db.Find[Member](tx, `SELECT `+memberColumns+` FROM member WHERE org_id = $1 AND member_id = $2 FOR UPDATE`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "member-unknown")
	}
	return m, err
}

// MembersByIDs gives members by id; ids that are not there are absent.
func MembersByIDs(q db.Q, org string, ids []string) (map[string]Member, error) {
	out := map[string]Member{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		args, marks := []any{org}, make([]string, n)
		for i, s := range ids[:n] {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", i+2)
		}
		rows, err := db.Select[Member](q, `SELECT `+memberColumns+` FROM member
			WHERE org_id = $1 AND member_id IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			out[m.ID] = m
		}
		ids = ids[n:]
	}
	return out, nil
}

// Leads gives the active managers, then the active administrators.
func Leads(q db.Q, org string) ([]Member, error) {
	return db.Select[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND active = 1 AND role IN ('manager', 'administrator')
		ORDER BY role DESC, member_id LIMIT 200`, org)
}

func anyActive(q db.Q, org string) (Member, bool, error) {
	return db.Find[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND active = 1 ORDER BY member_id LIMIT 1`, org)
}

func anyHere(q db.Q, org string) (Member, bool, error) {
	return db.Find[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND active = 1 AND (away_from IS NULL OR away_from > $2 OR away_until <= $2)
		ORDER BY member_id LIMIT 1`, org, q.Now())
}

// Duty resolves a team or a member to the member who stands for it now: the
// duty holder or the member, else the first of their deputies who is here, else
// who was chosen to stand in for this absence, else a manager or administrator who is here, else anybody who is. When all
// are away it is the one who was meant, or anybody active: never nobody.
func Duty(q db.Q, org, teamOrMember string) (string, error) {
	meant, ok, err := findMember(q, org, teamOrMember)
	if err != nil {
		return "", err
	}
	if !ok {
		t, err := TeamByID(q, org, teamOrMember)
		if err != nil {
			return "", err
		}
		if meant, err = MemberByID(q, org, t.Duty); err != nil {
			return "", err
		}
	}
	next := func(id string) (Member, bool, error) { return findMember(q, org, id) }
	m, ok, err := StandIn(meant, q.Now(), next)
	if err != nil || ok {
		return m.ID, err
	}
	if meant.StandIn != "" { // chosen for this absence, because no deputy is there
		chosen, found, err := next(meant.StandIn)
		if err != nil {
			return "", err
		}
		if found {
			if m, ok, err = StandIn(chosen, q.Now(), next); err != nil || ok {
				return m.ID, err
			}
		}
	}
	leads, err := Leads(q, org)
	if err != nil {
		return "", err
	}
	for _, l := range leads {
		if l.Here(q.Now()) {
			return l.ID, nil
		}
	}
	if m, ok, err = anyHere(q, org); err != nil || ok {
		return m.ID, err
	}
	if meant.Active {
		return meant.ID, nil
	}
	if len(leads) > 0 {
		return leads[0].ID, nil
	}
	if m, ok, err = anyActive(q, org); err != nil || ok {
		return m.ID, err
	}
	return "", errs.New(errs.Conflict, "nobody-active")
}

func membersAfter(q db.Q, org string, f MemberFilter, name, id string, limit int) ([]Member, error) {
	text, args := `SELECT `+memberColumns+` FROM member WHERE org_id = $1 AND (name, member_id) > ($2, $3)`, []any{org, name, id, limit}
	if !f.Inactive {
		text += ` AND active = 1`
	}
	if f.Role != "" {
		text, args = text+` AND role = $5`, append(args, string(f.Role))
	}
	return db.Select[Member](q, text+` ORDER BY name, member_id LIMIT $4`, args...)
}

func updateMember(tx *db.Tx, m Member) error {
	return db.Changed(tx.Exec(`UPDATE member SET name = $3, role = $4, title = $5, email = $6, phone = $7, active = $8,
		deputy_id = $9, deputy_agreed = $10, away_from = $11, away_until = $12, stand_in_id = $14, version = version + 1
		WHERE org_id = $1 AND member_id = $2 AND version = $13`,
		m.Org, m.ID, m.Name, string(m.Role), db.Null(m.Title), db.Null(m.Email), db.Null(m.Phone), m.Active,
		db.Null(m.Deputy), m.DeputyAgreed, m.AwayFrom, m.AwayUntil, m.Version, db.Null(m.StandIn)))
}

func linkAccount(tx *db.Tx, org, member, account string) error {
	return db.Changed(tx.Exec(`UPDATE member SET account_id = $3, version = version + 1 WHERE org_id = $1 AND member_id = $2`,
		org, member, db.Null(account)))
}

func otherActive(q db.Q, org, except string, role actor.Role) (int64, error) {
	if role == "" {
		return db.Get[int64](q, `SELECT COUNT(*) FROM member WHERE org_id = $1 AND active = 1 AND member_id <> $2`, org, except)
	}
	return db.Get[int64](q, `SELECT COUNT(*) FROM member WHERE org_id = $1 AND active = 1 AND member_id <> $2 AND role = $3`, org, except, string(role))
}

func dutiesOf(q db.Q, org, member string) ([]string, error) {
	return db.Select[string](q, `SELECT name FROM team WHERE org_id = $1 AND duty_member_id = $2 AND active = 1 ORDER BY name LIMIT 20`, org, member)
}

// TeamByID gives a team, active or not.
func TeamByID(q db.Q, org, id string) (Team, error) {
	t, ok, err := db.Find[Team](q, `SELECT `+teamColumns+` FROM team WHERE org_id = $1 AND team_id = $2`, org, id)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "team-unknown")
	}
	return t, err
}

func teamsAfter(q db.Q, org, name string, limit int) ([]Team, error) {
	return db.Select[Team](q, `SELECT `+teamColumns+` FROM team WHERE org_id = $1 AND name > $2 ORDER BY name LIMIT $3`, org, name, limit)
}

func updateTeam(tx *db.Tx, t Team) error {
	return db.Changed(tx.Exec(`UPDATE team SET name = $3, duty_member_id = $4, active = $5, auto_accept = $6, version = version + 1
		WHERE org_id = $1 AND team_id = $2 AND version = $7`, t.Org, t.ID, t.Name, t.Duty, t.Active, t.AutoAccept, t.Version))
}

type membership struct {
	Org      string     `db:"org_id"`
	OrgName  string     `db:"org_name"`
	Language string     `db:"language"`
	Member   string     `db:"member_id"`
	Account  string     `db:"account_id"`
	Name     string     `db:"name"`
	Role     actor.Role `db:"role"`
}

func (m membership) actor() actor.Actor {
	return actor.Actor{Kind: actor.Staff, Org: m.Org, Member: m.Member, Account: m.Account, Role: m.Role, Name: m.Name, Language: m.Language}
}

const membershipQuery = `SELECT m.org_id, o.name AS org_name, o.language, m.member_id, m.account_id, m.name, m.role
	FROM member m JOIN organisation o ON o.org_id = m.org_id WHERE m.active = 1`

// Membership gives who an account is in an organisation; false when it is no
// active member there. The language is the organisation's.
func Membership(q db.Q, account, org string) (actor.Actor, bool, error) {
	m, ok, err := db.Find[membership](q, membershipQuery+` AND m.org_id = $1 AND m.account_id = $2`, org, account)
	if err != nil || !ok {
		return actor.Actor{}, false, err
	}
	return m.actor(), true, nil
}

// ActorOf gives an active member as somebody who acts, for API keys.
func ActorOf(q db.Q, org, member string) (actor.Actor, bool, error) {
	m, ok, err := db.Find[membership](q, membershipQuery+` AND m.org_id = $1 AND m.member_id = $2`, org, member)
	if err != nil || !ok {
		return actor.Actor{}, false, err
	}
	return m.actor(), true, nil
}

// Of gives the places where an account is an active member, by name.
func Of(q db.Q, account string) ([]auth.Membership, error) {
	rows, err := db.Select[membership](q, membershipQuery+` AND m.account_id = $1 ORDER BY o.name, m.org_id LIMIT 200`, account)
	out := make([]auth.Membership, len(rows))
	for i, m := range rows {
		out[i] = auth.Membership{Org: m.Org, OrgName: m.OrgName, Member: m.Member, Role: m.Role}
	}
	return out, err
}

// Members satisfies auth.Members.
type Members struct{}

// Membership implements auth.Members.
func (Members) Membership(q db.Q, account, org string) (actor.Actor, bool, error) {
	return Membership(q, account, org)
}

// Of implements auth.Members.
func (Members) Of(q db.Q, account string) ([]auth.Membership, error) { return Of(q, account) }

// Member implements auth.Members.
func (Members) Member(q db.Q, org, member string) (actor.Actor, bool, error) {
	return ActorOf(q, org, member)
}

// CheckDuty looks for teams whose duty holder is not active: for replay.
func CheckDuty(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM team WHERE active = 1`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT team_id FROM team t WHERE t.active = 1 AND NOT EXISTS (SELECT 1 FROM member m
		WHERE m.org_id = t.org_id AND m.member_id = t.duty_member_id AND m.active = 1) ORDER BY team_id LIMIT 20`)
	return rows, wrong, err
}

// CheckAdministrators looks for organisations without an active administrator.
func CheckAdministrators(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM organisation`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `SELECT org_id FROM organisation o WHERE NOT EXISTS (SELECT 1 FROM member m
		WHERE m.org_id = o.org_id AND m.role = 'administrator' AND m.active = 1) ORDER BY org_id LIMIT 20`)
	return rows, wrong, err
}

// CheckDeputies looks for members who end up standing in for themselves
// within ten steps.
func CheckDeputies(q db.Q) (rows int64, wrong []string, err error) {
	if rows, err = db.Get[int64](q, `SELECT COUNT(*) FROM member WHERE deputy_id IS NOT NULL`); err != nil {
		return 0, nil, err
	}
	wrong, err = db.Select[string](q, `WITH RECURSIVE chain (org_id, start, at, depth) AS (
			SELECT org_id, member_id, deputy_id, 1 FROM member WHERE deputy_id IS NOT NULL
			UNION ALL
			SELECT c.org_id, c.start, m.deputy_id, c.depth + 1 FROM chain c
			JOIN member m ON m.org_id = c.org_id AND m.member_id = c.at
			WHERE m.deputy_id IS NOT NULL AND c.at <> c.start AND c.depth < 10)
		SELECT start FROM chain WHERE at = start ORDER BY start LIMIT 20`)
	return rows, wrong, err
}

// Accounts gives the members of an organisation who can sign in, by name.
func Accounts(q db.Q, org string) ([]Member, error) {
	return db.Select[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND account_id IS NOT NULL ORDER BY name, member_id LIMIT 1000`, org)
}

// Active gives the active members of an organisation, by name.
func Active(q db.Q, org string, limit int) ([]Member, error) {
	return membersAfter(q, org, MemberFilter{}, "", "", limit)
}

var changeColumns = db.Columns[Change]("")

// changesBefore gives what was changed before an entry, newest first.
func changesBefore(q db.Q, org, area, before string, limit int) ([]Change, error) {
	text, args := `SELECT `+changeColumns+` FROM org_change WHERE org_id = $1 AND change_id < $2`, []any{org, before, limit}
	if area != "" {
		text, args = text+` AND area = $4`, append(args, area)
	}
	return db.Select[Change](q, text+` ORDER BY change_id DESC LIMIT $3`, args...)
}

func teamsOf(q db.Q, org, member string) ([]Team, error) {
	return db.Select[Team](q, `SELECT `+teamColumns+` FROM team t WHERE t.org_id = $1 AND t.active = 1 AND (t.duty_member_id = $2
		OR EXISTS (SELECT 1 FROM team_member x WHERE x.org_id = t.org_id AND x.team_id = t.team_id AND x.member_id = $2))
		ORDER BY t.name LIMIT 100`, org, member)
}

func teamMembersOf(q db.Q, org string, teams []Team) (map[string][]string, error) {
	out := map[string][]string{}
	if len(teams) == 0 {
		return out, nil
	}
	args, marks := []any{org}, make([]string, len(teams))
	for i, t := range teams {
		args = append(args, t.ID)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	list := strings.Join(marks, ", ")
	rows, err := db.Select[struct {
		Team   string `db:"team_id"`
		Member string `db:"member_id"`
	}](q, `SELECT x.team_id, m.member_id FROM team_member x JOIN member m ON m.org_id = x.org_id AND m.member_id = x.member_id AND m.active = 1
		WHERE x.org_id = $1 AND x.team_id IN (`+list+`)
		UNION SELECT t.team_id, m.member_id FROM team t JOIN member m ON m.org_id = t.org_id AND m.member_id = t.duty_member_id AND m.active = 1
		WHERE t.org_id = $1 AND t.team_id IN (`+list+`) ORDER BY 1, 2`, args...)
	for _, r := range rows {
		out[r.Team] = append(out[r.Team], r.Member)
	}
	return out, err
}

func teamMembers(q db.Q, org, team string) ([]Member, error) {
	return db.Select[Member](q, `SELECT `+memberColumns+` FROM member m WHERE m.org_id = $1 AND m.active = 1 AND (
		EXISTS (SELECT 1 FROM team_member x WHERE x.org_id = m.org_id AND x.team_id = $2 AND x.member_id = m.member_id)
		OR EXISTS (SELECT 1 FROM team t WHERE t.org_id = m.org_id AND t.team_id = $2 AND t.duty_member_id = m.member_id))
		ORDER BY m.name, m.member_id LIMIT 500`, org, team)
}

func clearTeam(tx *db.Tx, t Team) error {
	_, err := tx.Exec(`DELETE FROM team_member WHERE org_id = $1 AND team_id = $2`, t.Org, t.ID)
	return err
}

func joinTeam(tx *db.Tx, t Team, member string) error {
	_, err := tx.Exec(`INSERT INTO team_member (org_id, team_id, member_id, since) VALUES ($1, $2, $3, $4)`, t.Org, t.ID, member, tx.Now())
	return err
}

// standsInFor gives the active members whose deputy somebody is, by name.
func standsInFor(q db.Q, org, member string) ([]Member, error) {
	return db.Select[Member](q, `SELECT `+memberColumns+` FROM member
		WHERE org_id = $1 AND deputy_id = $2 AND active = 1 ORDER BY name, member_id LIMIT 20`, org, member)
}

func memberOfAccount(q db.Q, org, account string) (Member, bool, error) {
	return db.Find[Member](q, `SELECT `+memberColumns+` FROM member WHERE org_id = $1 AND account_id = $2`, org, account)
}

// elsewhere says whether an account belongs to another organisation too.
func elsewhere(q db.Q, org, account string) (bool, error) {
	n, err := db.Get[int64](q, `SELECT COUNT(*) FROM member WHERE account_id = $1 AND org_id <> $2`, account, org)
	return n > 0, err
}
