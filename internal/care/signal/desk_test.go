package signal_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/person/persontest"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func (f fixture) desk(t *testing.T, language string) *persontest.Desk {
	t.Helper()
	b, err := lang.Load(append(web.Languages(), auth.Lang, lang.Source{FS: org.Words, Dir: "lang"}, lang.Source{FS: signal.Words, Dir: "lang"})...)
	if err != nil {
		t.Fatal(err)
	}
	return persontest.Pages(t, f.DB, orgtest.As(f.Desk), f.Org.Calendar.Location(), language, b, signal.Module(f.signals, false).Desk)
}

func TestDeskSettles(t *testing.T) {
	databases(t, func(t *testing.T, f fixture) {
		d := f.desk(t, "en")
		d.Shows(t, "/desk/signals", "Nothing was noticed.")
		urgent := f.risk(signal.Urgent)
		urgent, _ = f.raise(t, urgent)
		notice := f.risk(signal.Notice)
		notice.Kind, notice.Subject = "customer.said", "per_2"
		notice, _ = f.raise(t, notice)
		page := d.Shows(t, "/desk/signals", "2 things were noticed.", "/desk/signals/"+urgent.ID+"/take", "/desk/signals/"+notice.ID+"/settle")
		if strings.Contains(page, urgent.ID+"/settle") {
			t.Error("an urgent signal can be settled before somebody took it")
		}
		d.Again(t, "/desk/signals/"+urgent.ID+"/settle", 409, []string{"first"}, "reason", "handled")
		d.Again(t, "/desk/signals/"+notice.ID+"/settle", 422, []string{"Say why"}, "reason", "because")
		d.Goes(t, "/desk/signals/"+notice.ID+"/settle", "reason", "handled")
		if page = d.Shows(t, "/desk/signals", "One thing was noticed."); strings.Contains(page, notice.ID) {
			t.Error("a settled signal is still there")
		}
		if _, err := f.signals.Take(t.Context(), d.Who, urgent.ID); err != nil {
			t.Fatal(err)
		}
		d.Shows(t, "/desk/signals?who=me", f.Desk.Name+" took this up")
		d.Goes(t, "/desk/signals/"+urgent.ID+"/settle", "reason", "known")
		d.Shows(t, "/desk/signals", "Nothing was noticed.")
	})
}

func TestDeskPages(t *testing.T) {
	for _, language := range []string{"en", "nl"} {
		d := kittest.SQLite(t, migrations...)
		f := fixture{orgtest.New(t, d), signal.New(signal.Deps{DB: d.DB}), signal.NewWatch(d.DB)}
		desk := f.desk(t, language)
		persontest.Golden(t, "empty."+language, desk.Shows(t, "/desk/signals"), *update)
		f.raise(t, f.risk(signal.Urgent))
		other := f.risk(signal.Warning)
		other.Kind, other.Subject = "message.untold", "msg_1"
		f.raise(t, other)
		page := desk.Shows(t, "/desk/signals")
		persontest.Golden(t, "list."+language, page, *update)
	}
}
