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

func (d *deadlines) SetReadDeadline(time.Time) error  { d.read++; return nil }
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
