package signal_test

import (
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/care/org/orgtest"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/web/webtest"
)

func TestAPI(t *testing.T) {
	kittest.Databases(t, migrations, func(t *testing.T, d *kittest.DB) {
		f := fixture{orgtest.New(t, d), signal.New(signal.Deps{DB: d.DB}), signal.NewWatch(d.DB)}
		m := signal.Module(f.signals, true)
		c := webtest.Serve(t, d, m.API, *m.Lang)
		s, _ := f.raise(t, f.risk(signal.Urgent))
		c.Who = orgtest.As(f.Desk)
		_, list := c.Do("GET", "/signals?member_id="+f.Desk.ID, "", 200)
		if len(list["items"].([]any)) != 1 || len(c.Saw) != 1 || c.Saw[0].ID != "cas_1" {
			t.Error(list, c.Saw)
		}
		c.Do("GET", "/signals?cursor=x", "", 400)
		c.Do("POST", "/signals/"+s.ID+"/clear", `{"reason":"handled"}`, 409)
		_, got := c.Do("POST", "/signals/"+s.ID+"/take", "", 200)
		if got["taken_by"] != f.Desk.ID {
			t.Error(got)
		}
		c.Who = orgtest.As(f.Manager)
		_, p := c.Do("POST", "/signals/"+s.ID+"/take", "", 409)
		if p["type"] != "/problems/signal-taken" || !strings.Contains(p["detail"].(string), f.Desk.Name) {
			t.Error(p)
		}
		c.Do("POST", "/signals/"+s.ID+"/clear", `{"reason":"Said by Mrs Jansen"}`, 422)
		_, got = c.Do("POST", "/signals/"+s.ID+"/clear", `{"reason":"handled"}`, 200)
		if got["clear_reason"] != "handled" {
			t.Error(got)
		}
		c.Do("POST", "/signals/"+s.ID+"/take", "", 410)
		c.Do("POST", "/signals/sig_x/take", "", 404)
		c.Who = actor.Actor{}
		c.Do("GET", "/signals", "", 401)
	})
}
