package ui

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func TestFragment(t *testing.T) {
	got := render(t, t.Context(), Fragment(words(t, "nl"), State(AtRisk, "")))
	for _, want := range []string{"In gevaar", `href="#i-risk"`, `<symbol id="i-risk"`, "data-sprite"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, "i-kept") {
		t.Error("an icon that is not used")
	}
	if got := render(t, t.Context(), Fragment(words(t, "nl"), Rich("geen icoon"))); strings.Contains(got, "<svg") {
		t.Errorf("a sprite for nothing: %s", got)
	}
}

func TestWhen(t *testing.T) {
	w := words(t, "en")
	ctx := With(t.Context(), w)
	for _, c := range []struct {
		at       time.Duration
		past     bool
		abs, rel string
		ticks    bool
	}{
		{78 * time.Minute, false, "12:00", "in 1 h 18 min", true},
		{-18 * time.Minute, false, "10:24", "18 min late", true},
		{-18 * time.Minute, true, "10:24", "18 min ago", true},
		{95 * time.Hour, false, "Mon 16 Nov 09:42", "in 4 days", false},
	} {
		comp := When(w.Now().Add(c.at))
		if c.past {
			comp = WhenPast(w.Now().Add(c.at))
		}
		got := render(t, ctx, comp)
		if !strings.Contains(got, "<b>"+c.abs+"</b> <span>"+c.rel+"</span>") || strings.Contains(got, "data-tick") != c.ticks {
			t.Errorf("%v: %s", c.at, got)
		}
	}
}

func TestTimeLeft(t *testing.T) {
	for _, c := range []struct {
		left   time.Duration
		nl, en string
	}{
		{78 * time.Minute, "nog 1 uur en 18 minuten", "1 hour and 18 minutes from now"},
		{time.Minute, "nog 1 minuut", "1 minute from now"},
		{5*time.Hour + 20*time.Minute, "nog 5 uur", "5 hours from now"},
		{-time.Minute, "", ""},
		{26 * time.Hour, "", ""},
	} {
		for language, want := range map[string]string{"nl": c.nl, "en": c.en} {
			w := words(t, language)
			if got := TimeLeft(With(t.Context(), w), w.Now().Add(c.left)); got != want {
				t.Errorf("%v in %s: %q, want %q", c.left, language, got, want)
			}
		}
	}
}

func TestRich(t *testing.T) {
	for in, want := range map[string]string{
		"**Nadia** phoned":      "<b>Nadia</b> phoned",
		"Sanne said <b>no</b>":  "Sanne said &lt;b&gt;no&lt;/b&gt;",
		"2 ** 3":                "2 ** 3",
		"**a** and **b":         "<b>a</b> and **b",
		"before **x**, and on.": "before <b>x</b>, and on.",
	} {
		if got := render(t, t.Context(), Rich(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPerson(t *testing.T) {
	for name, want := range map[string]string{"Nadia Bouzid": "NB", "Sanne de Wit": "SW", "Éva": "É", "": "?", "zeynep aydın": "ZA"} {
		if got := (Person{Name: name}).initials(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if (Person{ID: "a"}).tint() != (Person{ID: "a", Name: "x"}).tint() {
		t.Error("the tint changes with the name")
	}
}

func TestErrorsOf(t *testing.T) {
	w := words(t, "en")
	err := errs.New(errs.Invalid, "invalid-input").Field("by", "invalid-input")
	got := ErrorsOf(w, err)
	if len(got) != 1 || got.For("by") == "" || got.For("what") != "" {
		t.Errorf("%v", got)
	}
	if got := ErrorsOf(w, io.EOF); got != nil {
		t.Errorf("an internal error names fields: %v", got)
	}
}

func TestLook(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/look", strings.NewReader("theme=dark&density=enormous"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", "http://example.com/desk?who=all")
	w := httptest.NewRecorder()
	LookHandler(w, r)
	res := w.Result()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/desk?who=all" {
		t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	next := httptest.NewRequest(http.MethodGet, "/desk", nil)
	for _, c := range res.Cookies() {
		if c.MaxAge > 0 {
			next.AddCookie(c)
		}
	}
	if got, want := LookOf(next), (Look{Theme: "dark"}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	for _, elsewhere := range []string{"https://other.example/desk", "//other.example", "", "http://example.com//other.example"} {
		r.Header.Set("Referer", elsewhere)
		w := httptest.NewRecorder()
		LookHandler(w, r)
		if to := w.Result().Header.Get("Location"); to != "/" {
			t.Errorf("from %q to %q", elsewhere, to)
		}
	}
}

func TestRails(t *testing.T) {
	loc := amsterdam(t)
	w := words(t, "en")
	ctx := With(t.Context(), w)
	if err := DayRail(DayRailView{From: w.Now(), To: w.Now()}).Render(ctx, io.Discard); err == nil {
		t.Error("a day without hours was drawn")
	}
	for _, days := range []int{0, 1, 2, 10, 40, 400, 4000} {
		from := w.Now().AddDate(0, 0, -days).Add(-time.Hour)
		if n := len(railTicks(from, w.Now(), loc)); n < 1 || n > 11 {
			t.Errorf("%d days have %d ticks", days, n)
		}
	}
	nobody := render(t, ctx, OwnerRail(OwnerRailView{Label: "l", Spans: []OwnerSpan{{Kind: Nobody, From: w.Now().Add(-time.Hour)}}}))
	if !strings.Contains(nobody, "r-nobody") || !strings.Contains(nobody, ">nobody</text>") {
		t.Errorf("nobody is not drawn: %s", nobody)
	}
	if got := render(t, ctx, OwnerRail(OwnerRailView{Label: `"><script>`, Spans: []OwnerSpan{{Kind: Held, Name: "<i>", From: w.Now()}}})); strings.Contains(got, "<script>") || strings.Contains(got, "<i>") {
		t.Errorf("not escaped: %s", got)
	}
	// The night the clock goes back has 25 hours; every full hour is drawn once.
	from := time.Date(2026, 10, 25, 0, 0, 0, 0, loc)
	if n := strings.Count(dayRail(w, DayRailView{From: from, To: from.AddDate(0, 0, 1)}), "<text"); n != 26 {
		t.Errorf("%d hours", n)
	}
}
