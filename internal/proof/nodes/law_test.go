package nodes

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/kittest"
)

// The law of the schema: every table, key, unique constraint and index is led
// by the organisation, so that the rows of one organisation can live on a
// server of their own. Nothing below is an oversight; each has its reason.

// ofTheInstallation are the tables that hold nothing of one organisation. On a
// sharded database they stay on one server, or are copied to all.
var ofTheInstallation = map[string]string{
	"account":        "one person may be a member of several organisations (decision 15)",
	"account_token":  "of an account",
	"session":        "of an account, which chooses its organisation after signing in",
	"sign_in_guard":  "counts attempts by address, before anybody knows of which organisation",
	"lease":          "who does what one node does at a time",
	"ledger_feed":    "the one position of the feed",
	"follower":       "how far each follower has read the feed",
	"follower_dead":  "of the feed; for the administrator of the installation",
	"question_party": "which organisations share a question: asked before it is known which",
	"schema_version": "which migrations have run",
	"schema_floor":   "which version of the schema a program must know",
}

// acrossOrganisations are the indexes of tables of organisations that are led
// by something else. They speed up looks over all organisations, are not
// unique, and stay with their rows on a sharded database.
var acrossOrganisations = map[string]string{
	"absence_look":          "a watch: what is due at any organisation",
	"customer_import_look":  "a watch",
	"document_request_look": "a watch",
	"handoff_look":          "a watch",
	"message_look":          "a watch",
	"message_sending":       "a watch",
	"promise_look":          "a watch",
	"referral_look":         "a watch",
	"signal_look":           "a watch",
	"job_due":               "the queue: what is due at any organisation",
	"fact_feed":             "the feed of the installation, by position",
	"member_of_account":     "of which organisations somebody is a member, at signing in",
	"organisation_name":     "the list of organisations, by name",
}

// catalogue is what a database says of its schema.
type catalogue struct {
	Tables   []string
	Tenant   map[string]bool // tables with a column org_id
	Keys     []lead          // primary keys, unique constraints and indexes
	Foreign  []foreign
	Triggers []string
	Defaults []string // of columns, as "table.column = expression"
	Numbers  []string // sequences and identity columns
}

type lead struct {
	Table string `db:"tab"`
	Name  string `db:"name"`
	Kind  string `db:"kind"`
	First string `db:"first"`
}

type foreign struct {
	Table  string `db:"tab"`
	Other  string `db:"other"`
	First  string `db:"first"` // its own leading column
	Theirs string `db:"theirs"`
	Delete string `db:"del"`
	Update string `db:"upd"`
}

func read(t *testing.T, d *db.DB) (c catalogue) {
	t.Helper()
	look := sqliteCatalogue
	if d.Dialect() == db.Postgres {
		look = postgresCatalogue
	}
	if err := d.Read(ctx, func(q db.Q) (err error) { c, err = look(q); return err }); err != nil {
		t.Fatal(err)
	}
	return c
}

func sqliteCatalogue(q db.Q) (c catalogue, err error) {
	type sets struct {
		into *[]string
		text string
	}
	if c.Keys, err = db.Select[lead](q, `SELECT t.name AS tab, i.name AS name, CASE i.origin WHEN 'pk' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE CASE i."unique" WHEN 1 THEN 'unique' ELSE 'index' END END AS kind,
		COALESCE(x.name, '(expression)') AS first
		FROM sqlite_master AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS x WHERE t.type = 'table' AND x.seqno = 0 ORDER BY 1, 2`); err != nil {
		return c, err
	}
	if c.Foreign, err = db.Select[foreign](q, `SELECT t.name AS tab, f."table" AS other, f."from" AS first, COALESCE(f."to", '') AS theirs, f.on_delete AS del, f.on_update AS upd
		FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table' AND f.seq = 0 ORDER BY 1, 2`); err != nil {
		return c, err
	}
	var tenant []string
	for _, s := range []sets{
		{&c.Tables, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`},
		{&tenant, `SELECT t.name FROM sqlite_master AS t, pragma_table_info(t.name) AS x WHERE t.type = 'table' AND x.name = 'org_id' ORDER BY 1`},
		{&c.Triggers, `SELECT tbl_name || '.' || name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1`},
		{&c.Defaults, `SELECT t.name || '.' || x.name || ' = ' || x.dflt_value FROM sqlite_master AS t, pragma_table_info(t.name) AS x WHERE t.type = 'table' AND x.dflt_value IS NOT NULL ORDER BY 1`},
		{&c.Numbers, `SELECT name FROM sqlite_master WHERE type = 'table' AND UPPER(sql) LIKE '%AUTOINCREMENT%' ORDER BY 1`},
	} {
		if *s.into, err = db.Select[string](q, s.text); err != nil {
			return c, err
		}
	}
	c.Tenant = set(tenant)
	return c, nil
}

func postgresCatalogue(q db.Q) (c catalogue, err error) {
	const here = ` WHERE c.relnamespace = current_schema()::regnamespace`
	if c.Keys, err = db.Select[lead](q, `SELECT c.relname AS tab, i.relname AS name,
		CASE WHEN indisprimary THEN 'primary key' WHEN indisunique THEN 'unique' ELSE 'index' END AS kind, COALESCE(a.attname, '(expression)') AS first
		FROM pg_index AS x JOIN pg_class AS c ON c.oid = indrelid JOIN pg_class AS i ON i.oid = indexrelid
		LEFT JOIN pg_attribute AS a ON a.attrelid = indrelid AND a.attnum = indkey[0]`+here+` ORDER BY 1, 2`); err != nil {
		return c, err
	}
	if c.Foreign, err = db.Select[foreign](q, `SELECT c.relname AS tab, o.relname AS other, a.attname AS first, b.attname AS theirs,
		CASE confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS del,
		CASE confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS upd
		FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = conrelid JOIN pg_class AS o ON o.oid = confrelid
		JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = conkey[1] JOIN pg_attribute AS b ON b.attrelid = confrelid AND b.attnum = confkey[1]`+
		here+` AND contype = 'f' ORDER BY 1, 2`); err != nil {
		return c, err
	}
	var tenant []string
	for _, s := range []struct {
		into *[]string
		text string
	}{
		{&c.Tables, `SELECT c.relname FROM pg_class AS c` + here + ` AND relkind IN ('r', 'p') ORDER BY 1`},
		{&tenant, `SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid` + here + ` AND relkind IN ('r', 'p') AND attname = 'org_id' AND NOT attisdropped ORDER BY 1`},
		{&c.Triggers, `SELECT c.relname || '.' || tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid` + here + ` AND NOT tgisinternal ORDER BY 1`},
		{&c.Defaults, `SELECT c.relname || '.' || attname || ' = ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef AS d JOIN pg_class AS c ON c.oid = adrelid
			JOIN pg_attribute AS a ON a.attrelid = adrelid AND a.attnum = adnum` + here + ` ORDER BY 1`},
		{&c.Numbers, `SELECT c.relname FROM pg_class AS c` + here + ` AND relkind = 'S'
			UNION SELECT c.relname || '.' || attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid` + here + ` AND attidentity <> '' ORDER BY 1`},
	} {
		if *s.into, err = db.Select[string](q, s.text); err != nil {
			return c, err
		}
	}
	c.Tenant = set(tenant)
	return c, nil
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

// constant is a default that is the same on every server.
var constant = regexp.MustCompile(`^\S+ = (\(?-?[0-9]+\)?|'[^']*')(::[a-z ]+)?( COLLATE "C")?$`)

// broken says where a schema breaks the law, and which exceptions it needed.
func broken(c catalogue) (wrong []string, used map[string]bool) {
	used = map[string]bool{}
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	keyed := map[string]bool{}
	for _, name := range c.Tables {
		if c.Tenant[name] || ofTheInstallation[name] != "" {
			continue
		}
		say("table %s has no org_id", name)
	}
	for _, k := range c.Keys {
		keyed[k.Table] = keyed[k.Table] || k.Kind == "primary key"
		switch {
		case k.First == "org_id":
		case ofTheInstallation[k.Table] != "":
			used[k.Table] = true
		case k.Kind == "index" && acrossOrganisations[k.Name] != "":
			used[k.Name] = true
		default:
			say("%s %s of %s is led by %s", k.Kind, k.Name, k.Table, k.First)
		}
	}
	for _, name := range c.Tables {
		if !keyed[name] && ofTheInstallation[name] == "" {
			say("table %s has no primary key", name)
		}
	}
	for _, f := range c.Foreign {
		if (f.First != "org_id" || f.Theirs != "org_id" && f.Theirs != "") && !(ofTheInstallation[f.Table] != "" && ofTheInstallation[f.Other] != "") {
			say("foreign key of %s on %s is led by %s and %s", f.Table, f.Other, f.First, f.Theirs)
		}
		if f.Delete != "NO ACTION" || f.Update != "NO ACTION" {
			say("foreign key of %s on %s: ON DELETE %s ON UPDATE %s", f.Table, f.Other, f.Delete, f.Update)
		}
	}
	for _, name := range c.Triggers {
		say("trigger %s", name)
	}
	for _, d := range c.Defaults {
		if table, _, _ := strings.Cut(d, "."); !constant.MatchString(d) && table != "schema_version" {
			say("default %s", d)
		}
	}
	for _, name := range c.Numbers {
		if !strings.HasPrefix(name, "schema_version") { // the migration tool's own
			say("the database numbers rows itself: %s", name)
		}
	}
	slices.Sort(wrong)
	return wrong, used
}

// TestTheSchemaCouldBeSharded looks at the catalogues of both databases, as
// the migrations really left them.
func TestTheSchemaCouldBeSharded(t *testing.T) {
	places(t, func(t *testing.T, p place) {
		a := node(t, p, kittest.NewClock(), nil)
		c := read(t, a.DB)
		if len(c.Tables) < 60 || len(c.Keys) < 120 || len(c.Foreign) < 30 || len(c.Defaults) < 10 {
			t.Fatalf("only %d tables, %d keys, %d foreign keys, %d defaults: the test looks in the wrong place", len(c.Tables), len(c.Keys), len(c.Foreign), len(c.Defaults))
		}
		wrong, used := broken(c)
		for _, w := range wrong {
			t.Error(w)
		}
		exceptions := maps.Clone(acrossOrganisations)
		maps.Copy(exceptions, ofTheInstallation)
		for name := range exceptions {
			if !used[name] && !slices.Contains(c.Tables, name) {
				t.Errorf("the exception %s is not needed any more", name)
			}
		}
		t.Logf("%d tables, %d keys and indexes, %d foreign keys; %d exceptions", len(c.Tables), len(c.Keys), len(c.Foreign), len(exceptions))
		bites(t, a.DB, p)
	})
}

// bites plants one table that breaks every rule and looks whether each is noticed.
func bites(t *testing.T, d *db.DB, p place) {
	t.Helper()
	now, serial, trigger := `(unixepoch())`, `INTEGER PRIMARY KEY AUTOINCREMENT`, []string{
		`CREATE TRIGGER planted_now AFTER INSERT ON planted BEGIN UPDATE planted SET made = 1; END`}
	if p.dsn != "" {
		now, serial = `(extract(epoch from now()))`, `BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
		trigger = []string{`CREATE FUNCTION planted_now() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
			`CREATE TRIGGER planted_now AFTER INSERT ON planted FOR EACH ROW EXECUTE FUNCTION planted_now()`}
	}
	for _, text := range append([]string{
		`CREATE TABLE unplanted (id ` + serial + `)`,
		`CREATE TABLE planted (id TEXT PRIMARY KEY, org_id TEXT NOT NULL, number TEXT UNIQUE, made INTEGER DEFAULT ` + now + `,
			other TEXT REFERENCES account (id) ON DELETE SET NULL)`,
		`CREATE INDEX planted_made ON planted (made, org_id)`}, trigger...) {
		if _, err := d.Pool().ExecContext(context.Background(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	wrong, _ := broken(read(t, d))
	all := strings.Join(wrong, "\n")
	for _, want := range []string{"table unplanted has no org_id", "of planted is led by id", "of planted is led by number", "planted_made of planted is led by made",
		"foreign key of planted on account is led by other", "ON DELETE SET NULL", "trigger planted.planted_now", "default planted.made", "numbers rows itself: unplanted"} {
		if !strings.Contains(all, want) {
			t.Errorf("a schema that breaks the law passes: %q is not among\n%s", want, all)
		}
	}
}
