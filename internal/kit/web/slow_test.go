package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// deadlines notes how often somebody was given time.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write int
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	if !at.IsZero() { // lifted
		d.read++
	}
	return nil
}
func (d *deadlines) SetWriteDeadline(time.Time) error { d.write++; return nil }

// Who goes on sending, or goes on reading, has time anew for each part; who
// does neither has not.
func TestTimeIsGivenToWhatFlows(t *testing.T) {
	const large = 1 << 20
	h := lite(t, func(o *Options) { o.Reading, o.Writing, o.BodyLimit = time.Hour, time.Hour, 64<<10 })
	h.mux.Upload("/file", 4*large, func(c *Ctx) error {
		n, err := io.Copy(io.Discard, c.Request().Body)
		if err != nil || n != large {
			t.Error(n, err)
		}
		return c.NoContent()
	})
	h.mux.Post("/form", func(c *Ctx) error {
		_, err := io.Copy(io.Discard, c.Request().Body)
		if err != nil {
			return err
		}
		return c.NoContent()
	})
	h.mux.Get("/list", func(c *Ctx) error {
		for range 64 {
			if _, err := c.ResponseWriter().Write(make([]byte, large/64)); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	h.mux.Get("/page", func(c *Ctx) error { return c.NoContent() })
	handler := h.site.Handler()
	for _, x := range []struct {
		method, path string
		size, status int
		read, write  int
	}{
		{http.MethodPost, "/file", large, http.StatusNoContent, large / flowIn, 0},
		{http.MethodPost, "/form", 1000, http.StatusNoContent, 0, 0},
		{http.MethodPost, "/form", large, http.StatusRequestEntityTooLarge, 0, 0},
		{http.MethodGet, "/list", 0, http.StatusOK, 0, large / flowOut},
		{http.MethodGet, "/page", 0, http.StatusNoContent, 0, 0},
	} {
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		handler.ServeHTTP(w, httptest.NewRequest(x.method, x.path, strings.NewReader(strings.Repeat("x", x.size))))
		if w.Code != x.status || w.write != x.write || w.read > x.read || x.read > 0 && w.read < x.read/2 {
			t.Errorf("%s %s with %d bytes: %d, read %d and write %d times given time; want %d, %d, %d", x.method, x.path, x.size, w.Code, w.read, w.write, x.status, x.read, x.write)
		}
	}
}

// A request may be worked on for longer than it may take to come in, also when
// whoever read it had a deadline of their own: its context goes on, and so does
// that of the next request on the same connection.
func TestWorkMayTakeLongerThanSending(t *testing.T) {
	const sending = 50 * time.Millisecond
	h := lite(t, func(*Options) {})
	work := func(c *Ctx) error {
		_ = http.NewResponseController(c.ResponseWriter()).SetReadDeadline(time.Now().Add(sending))
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		select {
		case <-c.Context().Done():
			t.Errorf("%s: %v", c.Request().Method, c.Context().Err())
		case <-time.After(4 * sending):
		}
		return c.NoContent()
	}
	h.mux.Post("/work", work)
	h.mux.Get("/work", work)
	srv := httptest.NewUnstartedServer(h.site.Handler())
	srv.Config.ReadTimeout = sending
	srv.Start()
	defer srv.Close()
	for _, body := range []string{"a=b", "", "c=d"} {
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/work", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if req.Header.Set("Content-Type", "application/x-www-form-urlencoded"); body == "" {
			req.Method, req.Body = http.MethodGet, nil
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNoContent {
			t.Errorf("%s was answered with %d", req.Method, res.StatusCode)
		}
	}
}
