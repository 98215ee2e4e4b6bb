package chaos

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs are built once for all tests of the harness.
func programs(t *testing.T) Options {
	t.Helper()
	if testing.Short() {
		t.Skip("starts and kills real servers: not with -short")
	}
	o := Options{Quick: true, Program: os.Getenv("HOUVAST_TEST_PROGRAM"), Self: "-"} // no movable clock here
	if o.Program == "" {
		o.Program = filepath.Join(t.TempDir(), "houvast")
		if out, err := exec.Command("go", "build", "-o", o.Program, "github.com/houvast/houvast/cmd/houvast").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	return o
}

func (o Options) on(t *testing.T, seed uint64, bases ...string) Report {
	t.Helper()
	o.Seed, o.Bases = seed, bases
	rep, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := rep.Print(&b); err != nil {
		t.Error(err)
	}
	t.Log("\n" + b.String())
	return rep
}

// Real servers under load, killed and started again a few times on each
// database, and the power taken from one: nothing acknowledged is lost, nothing
// is said twice, every invariant holds and the record verifies. Then faults are
// planted, and each of them is found.
func TestChaos(t *testing.T) {
	o := programs(t)
	t.Run("killed", func(t *testing.T) {
		bases := []string{sqlite}
		if _, err := serverBin(); err == nil && os.Getenv("HOUVAST_TEST_POSTGRES") != "" {
			bases = append(bases, postgres)
		} else {
			t.Log("without PostgreSQL: set HOUVAST_TEST_POSTGRES")
		}
		o := o
		o.Only, o.Kills = []string{"kill"}, 5*len(bases)
		if rep := o.on(t, 0, bases...); !rep.OK() {
			t.Error("see above")
		}
	})
	t.Run("power", func(t *testing.T) {
		if _, err := exec.LookPath("strace"); err != nil {
			t.Skip("needs strace")
		}
		o := o
		o.Only, o.Images = []string{"power"}, 8 // of which one is served
		if rep := o.on(t, 0, sqlite); !rep.OK() {
			t.Error("see above")
		}
		o.Plant = PlantNoSync
		if rep := o.on(t, 0, sqlite); len(rep.Rows) != 1 || len(rep.Rows[0].Lost) == 0 {
			t.Error("a program whose syncs do nothing loses nothing when the power goes: the simulation finds nothing")
		}
	})
	for plant, found := range map[Plant]func(*Row) []string{
		PlantLostRow:     func(w *Row) []string { return w.Lost },
		PlantDoubleMail:  func(w *Row) []string { return w.Doubled },
		PlantBrokenChain: func(w *Row) []string { return w.Violated },
	} {
		t.Run(string(plant), func(t *testing.T) {
			o := o
			o.Only, o.Kills, o.Plant = []string{"kill"}, 1, plant
			rep := o.on(t, 0, sqlite)
			if rep.OK() || len(rep.Rows) != 1 || len(found(rep.Rows[0])) == 0 {
				t.Errorf("a planted %s is not found", plant)
			}
		})
	}
}

// Who asks for what does not exist hears so, and an empty check is a failure.
func TestNothingIsVacuous(t *testing.T) {
	for _, o := range []Options{{Only: []string{"earthquake"}}, {Plant: "nothing"}} {
		if _, err := Run(context.Background(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	full := Row{Times: 1, Acknowledged: 1, LookedUp: 1, Mails: 1, Facts: 1, CheckRows: 1, Recoveries: 1}
	full.vacuous()
	if full.bad() != 0 {
		t.Errorf("%v", full.Violated)
	}
	empty := &Row{Times: 1}
	empty.vacuous()
	if len(empty.Violated) != 6 {
		t.Errorf("%v", empty.Violated)
	}
	if (Report{}).OK() || (Report{Rows: []*Row{empty}}).OK() {
		t.Error("a report without a check is not good")
	}
	if slices.Contains(Names(), "") || len(Names()) != 12 {
		t.Errorf("%v", Names())
	}
}
