package app

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/houvast/houvast/internal/care/casefile"
	"github.com/houvast/houvast/internal/kit/db"
)

// keys presses what is written, one key after the other.
func (w *window) keys(text string, opts ...chromedp.KeyOption) {
	w.t.Helper()
	w.do(chromedp.KeyEvent(text, opts...))
}

// until waits until a script gives true.
func (w *window) until(script string) {
	w.t.Helper()
	for range 100 {
		if eval[bool](w, script) {
			return
		}
		w.do(chromedp.Sleep(50 * time.Millisecond))
	}
	w.t.Fatalf("never: %s\n%s", script, eval[string](w, `document.querySelector("main").innerText`))
}

// A call is taken by keyboard alone: the caller is known, the question is
// typed, 1 says how it ends, and two keys save it. What helps while typing
// comes by itself, in all looks.
func TestTakingACallByKeyboard(t *testing.T) {
	needBrowser(t)
	for _, l := range []look{desktop, in(night, "nl"), in(phone, "nl"), {name: "narrow", width: 320, height: 700, phone: true, lang: "nl"}} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			s := serveAt(t, true) // with no draft of another run
			person := s.personWithQuestion(t)
			email := s.emailOf(t, deskUser)
			w := s.browser(t, l)
			s.speak(t, email, l.lang)
			w.signIn(email)
			w.open("/desk/call")
			w.checkAccess("call, nobody yet")
			w.picture("call-empty." + l.lang + "." + l.name)
			w.until(`document.activeElement.name === "q"`)
			w.keys("van")
			w.until(`document.querySelectorAll('#found button[name="pick"]').length > 0`)
			w.do(chromedp.Focus(chromedp.CSS("#subject")))
			w.keys("Hij heeft pijn op de borst")
			w.until(`!!document.querySelector('#flags input[value="chest-pain"]')`)
			w.checkAccess("call, with a red flag")
			w.picture("call-flag." + l.lang + "." + l.name)

			w.open("/desk/call?person=" + person.id)
			w.checkAccess("call, somebody known")
			w.picture("call-known." + l.lang + "." + l.name)
			w.until(`document.activeElement.id === "subject"`)
			question := "Zijn jullie vrijdag open? " + l.name
			w.keys(question)
			w.do(chromedp.Blur(chromedp.CSS("#subject")))
			w.keys("1")
			w.until(`document.activeElement.id === "answer"`)
			w.keys("Ja, van acht tot vijf.")
			if _, err := chromedp.RunResponse(w.ctx, chromedp.KeyEvent("\r", chromedp.KeyModifiers(2))); err != nil { // Ctrl
				t.Fatal(err)
			}
			if at := eval[string](w, `location.pathname`); at != "/desk" {
				t.Fatalf("saving led to %s: %s", at, eval[string](w, `document.querySelector("main").innerText`))
			}
			if err := s.DB.Read(t.Context(), func(q db.Q) error {
				list, err := casefile.List(q, person.org, casefile.Filter{Person: person.id, Closed: true}, time.Time{}, "", 1)
				if len(list) == 0 || list[0].Subject != question || list[0].CloseReason != casefile.Agreed {
					t.Errorf("what was saved: %+v", list)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
			// Esc keeps what was typed as a draft and leaves.
			w.open("/desk/call?person=" + person.id)
			w.until(`document.activeElement.id === "subject"`)
			w.keys("Nog iets over de uitslag")
			if _, err := chromedp.RunResponse(w.ctx, chromedp.KeyEvent("\x1b")); err != nil {
				t.Fatal(err)
			}
			if at := eval[string](w, `location.pathname`); at != "/desk" {
				t.Errorf("Esc led to %s", at)
			}
			w.open("/desk/call?person=" + person.id)
			w.until(`document.querySelector("#subject").value === "Nog iets over de uitslag"`)
		})
	}
}
