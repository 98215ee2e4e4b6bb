package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
)

// withForm gives the house a form whose effect can be counted.
func (h *house) withForm(effect func(c *Ctx) error) *atomic.Int64 {
	var n atomic.Int64
	h.mux.Post("/make", func(c *Ctx) error {
		var in struct {
			What string `form:"what"`
		}
		if err := c.Decode(&in); err != nil {
			return err
		}
		if effect != nil {
			if err := effect(c); err != nil {
				return err
			}
		}
		switch in.What {
		case "":
			return c.Page(Page{Failed: true, Body: text("fill in what")})
		case "look":
			return c.Page(Page{Body: text("this is what it will be")})
		}
		n.Add(1)
		return c.Redirect("/made/" + in.What)
	})
	return &n
}

// A double click, without a script to prevent it: one effect, and both lead to
// what came of it.
func TestOnceRace(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		begun := make(chan struct{})
		n := h.withForm(func(*Ctx) error { <-begun; return nil })
		handler := h.site.Handler()
		var wg sync.WaitGroup
		answers := make([]*httptest.ResponseRecorder, 12)
		for i := range answers {
			wg.Go(func() {
				if i == len(answers)-1 {
					close(begun)
				}
				answers[i] = serve(handler, "POST", "/make", "what=a&once=req_1.1", "X-Who", "org_1 mem_1")
			})
		}
		wg.Wait()
		if n.Load() != 1 {
			t.Errorf("%d effects", n.Load())
		}
		for i, w := range answers {
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/made/a" {
				t.Errorf("%d: %d to %q", i, w.Code, w.Header().Get("Location"))
			}
		}
	})
}

func TestOnce(t *testing.T) {
	houses(t, func(t *testing.T, h *house) {
		var fail error
		n := h.withForm(func(*Ctx) error {
			if fail != nil && fail.Error() == "panic" {
				panic("half-way")
			}
			return fail
		})
		var shown *Resend
		h.site.opts.Problem = func(_ *Ctx, v ProblemView) templ.Component {
			shown = v.Resend
			return text(v.Type)
		}
		post := func(name, body, who string, status int, effects int64, want string) {
			t.Helper()
			shown = nil
			w := h.do("POST", "/make", body, "X-Who", who)
			if got := w.Header().Get("Location") + w.Body.String(); w.Code != status || n.Load() != effects || !strings.Contains(got, want) {
				t.Errorf("%s: %d %s, %d effects", name, w.Code, got, n.Load())
			}
		}
		const me = "org_1 mem_1"
		post("not accepted", "once=t", me, 422, 0, "fill in")
		post("mended", "what=a&once=t", me, 303, 1, "/made/a")
		post("sent again", "what=a&once=t", me, 303, 1, "/made/a")
		post("sent again with other contents", "what=b&once=t", me, 409, 1, "once-changed")
		if shown == nil || shown.Result != "/made/a" || len(shown.Fields) != 1 || shown.Fields[0] != (ResendField{"what", "b"}) {
			t.Errorf("nothing to go on with: %+v", shown)
		}
		post("somebody else", "what=a&once=t", "org_1 mem_2", 303, 2, "/made/a")
		post("elsewhere", "what=a&once=t", "org_2 mem_1", 303, 3, "/made/a")
		post("only looked at", "what=look&once=u", me, 200, 3, "will be")
		post("then made", "what=c&once=u", me, 303, 4, "/made/c")
		post("another form", "what=a&once=v", me, 303, 5, "/made/a")
		post("without a token", "what=a", me, 303, 6, "/made/a")
		post("nor the second time", "what=a", me, 303, 7, "/made/a")
		post("a token nobody made", "what=a&once="+strings.Repeat("x", 300), me, 400, 7, "unreadable-input")

		fail = errs.New(errs.Unavailable, "disk-full")
		post("a failure", "what=d&once=f", me, 503, 7, "disk-full")
		fail = nil
		post("after it", "what=d&once=f", me, 303, 8, "/made/d")

		fail = errs.New(errs.Unavailable, "database-gone") // perhaps during the commit
		post("connection lost", "what=e&once=g", me, 503, 8, "database-gone")
		fail = nil
		post("after it", "what=e&once=g", me, 409, 8, "once-unknown")
		if shown == nil || shown.Result != "" || shown.Action != "/make" {
			t.Errorf("nothing to go on with: %+v", shown)
		}

		fail = panics{}
		post("a panic", "what=e&once=p", me, 500, 8, "internal")
		fail = nil
		post("after it", "what=e&once=p", me, 409, 8, "once-unknown")

		// A process stopped after it claimed: nobody holds on to the claim.
		h.must(h.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE idempotency SET status = NULL, header = NULL WHERE ikey = 'once f'`)
			return err
		}))
		h.Clock.Advance(claimLease)
		post("left behind", "what=d&once=f", me, 409, 8, "once-unknown")

		if w := h.do("POST", "/make", "what=a&once=t", "X-Who", me, "HX-Request", "true"); w.Code != 204 || w.Header().Get("HX-Redirect") != "/made/a" {
			t.Errorf("again by a script: %d %v", w.Code, w.Header())
		}
	})
}

type panics struct{}

func (panics) Error() string { return "panic" }

// The token of a form with files stands in its address, so that nothing is
// read before the handler wants it.
func TestOnceWithFiles(t *testing.T) {
	h := lite(t)
	var n atomic.Int64
	h.mux.Upload("/file", 1<<20, func(c *Ctx) error {
		if _, err := c.Request().MultipartReader(); err != nil {
			return err
		}
		n.Add(1)
		return c.Redirect("/papers")
	})
	send := func(body string) *httptest.ResponseRecorder {
		return h.do("POST", "/file?once=req_1.1", body, "X-Who", "org_1 mem_1", "Content-Type", "multipart/form-data; boundary=x")
	}
	for range 2 {
		if w := send("--x--"); w.Code != 303 || w.Header().Get("Location") != "/papers" || n.Load() != 1 {
			t.Errorf("%d %s, %d effects", w.Code, w.Body, n.Load())
		}
	}
	if w := send("--x\r\n--x--"); w.Code != 409 || n.Load() != 1 {
		t.Errorf("another file: %d, %d effects", w.Code, n.Load())
	}
}
