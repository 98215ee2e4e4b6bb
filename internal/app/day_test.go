package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
)

// What a day holds.
const (
	dayCalls     = 90
	dayQuestions = 35 // of the calls: each ends with a promise
	dayPromises  = 40 // with those that are made on the page of a case
	dayCustomers = 5000
	illUser      = "Jorrit Bakema"
)

// day is a practice through a real browser, from the first call to the list of
// customers that is brought in at the end.
type day struct {
	*site
	t       *testing.T
	org     string
	ids     map[string]string // of members, by name
	callers []string
	begin   time.Time
}

// A practice has a day: ninety calls, forty promises, a colleague who falls
// ill, somebody who cannot wait, two people in one case, and five thousand
// customers from another system. Half of the calls is taken by keyboard alone.
// At the end everything holds.
func TestADayInABrowser(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	d := newDay(t)
	desk := d.at(deskUser)
	cases := d.calls(desk)
	d.promises(desk, cases)
	d.part("calls and promises")
	d.urgent(desk)
	d.part("urgent")
	d.together(desk, cases[0])
	d.part("two in one case")
	manager := d.at(managerUser)
	d.ill(manager)
	d.part("illness")
	admin := d.at(adminUser)
	d.bring(admin)
	d.part("import")
	d.holds()
	for _, w := range []*window{desk, manager, admin} {
		w.quiet("the day")
	}
}

func newDay(t *testing.T) *day {
	t.Helper()
	d := &day{site: serveAt(t, true), t: t, ids: map[string]string{}, begin: clock.Machine.Now()}
	d.org = d.personWithQuestion(t).org
	d.read(func(q db.Q) (err error) {
		members, err := org.Active(q, d.org, 200)
		for _, m := range members {
			d.ids[m.Name] = m.ID
		}
		if err != nil {
			return err
		}
		d.callers, err = db.Select[string](q, `SELECT p.person_id FROM person p WHERE p.org_id = $1 AND p.birth_date < '1998' AND p.merged_into IS NULL AND p.deceased_at IS NULL
			AND EXISTS (SELECT 1 FROM contact_point c WHERE c.org_id = p.org_id AND c.person_id = p.person_id)
			AND NOT EXISTS (SELECT 1 FROM case_file f WHERE f.org_id = p.org_id AND f.asker_id = p.person_id AND f.closed_at IS NULL) ORDER BY p.person_id LIMIT 20`, d.org)
		return err
	})
	if len(d.callers) < 3 {
		t.Fatal("nobody in the demo can call:", d.callers)
	}
	return d
}

func (d *day) read(f func(q db.Q) error) {
	d.t.Helper()
	if err := d.DB.Read(d.t.Context(), f); err != nil {
		d.t.Fatal(err)
	}
}

func (d *day) count(text string, args ...any) (n int64) {
	d.t.Helper()
	d.read(func(q db.Q) (err error) { n, err = db.Get[int64](q, text, args...); return err })
	return n
}

// part says how long a part of the day took.
func (d *day) part(name string) {
	d.t.Logf("%s: %s since the beginning", name, clock.Machine.Since(d.begin).Round(time.Second))
}

// at seats somebody at a window of their own.
func (d *day) at(name string) *window {
	d.t.Helper()
	w := d.browser(d.t, in(desktop, "nl"))
	email := d.emailOf(d.t, name)
	d.speak(d.t, email, "nl")
	w.signIn(email)
	return w
}

// calls takes them all, and gives the cases in which something was promised.
func (d *day) calls(w *window) (cases []string) {
	d.t.Helper()
	before := d.count(`SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND closed_at IS NOT NULL`, d.org)
	for n := range dayCalls {
		w.open("/desk/call?person=" + d.callers[n%len(d.callers)])
		w.until(`document.activeElement.id === "subject"`)
		helped := n%dayCalls >= dayQuestions
		subject := fmt.Sprintf("Vraag %d: is het klaar?", n)
		if n%2 == 0 {
			d.byKeyboard(w, subject, helped)
		} else {
			d.byMouse(w, subject, helped)
		}
		at := eval[string](w, `location.pathname`)
		switch {
		case helped && at == "/desk":
		case !helped && strings.HasPrefix(at, "/desk/cases/"):
			cases = append(cases, at)
		default:
			d.t.Fatalf("call %d led to %s: %s", n, at, eval[string](w, `document.querySelector("main").innerText`))
		}
	}
	if n := d.count(`SELECT COUNT(*) FROM case_file WHERE org_id = $1 AND closed_at IS NOT NULL`, d.org) - before; n != dayCalls-dayQuestions {
		d.t.Errorf("%d calls were settled at once, want %d", n, dayCalls-dayQuestions)
	}
	return cases
}

// byKeyboard takes a call with keys alone: 1 or 2 says how it ends.
func (d *day) byKeyboard(w *window, subject string, helped bool) {
	d.t.Helper()
	w.keys(subject + "\t")
	if helped {
		w.keys("1")
		w.until(`document.activeElement.id === "answer"`)
		w.keys("Ja")
	} else {
		w.keys("2")
		w.until(`document.activeElement.name === "by"`)
		w.keys(" ")
	}
	if _, err := chromedp.RunResponse(w.ctx, chromedp.KeyEvent("\r", chromedp.KeyModifiers(2))); err != nil { // Ctrl
		d.t.Fatal(err)
	}
}

// byMouse takes a call; a question goes to a colleague, with a time in words.
func (d *day) byMouse(w *window, subject string, helped bool) {
	d.t.Helper()
	w.keys(subject)
	if helped {
		w.do(chromedp.Click(chromedp.CSS(`label:has(#o-now)`)), chromedp.SendKeys(chromedp.CSS("#answer"), "Ja"))
		w.press(`.e-now button[value="save"]`)
		return
	}
	w.do(chromedp.Click(chromedp.CSS(`label:has(#o-q)`)), chromedp.SendKeys(chromedp.CSS(`input[name="by_text"]`), "vandaag 16:45"))
	eval[bool](w, fmt.Sprintf(`document.querySelector("select[name=owner]").value = %q; true`, d.ids[illUser]))
	w.press(`.e-q button[value="save"]`)
}

// press clicks a button that leads to a page.
func (w *window) press(css string) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, time.Minute) // a page that does not come says so, and not only that time was up
	defer stop()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(css))); err != nil {
		w.t.Fatalf("%s at %s: %v", css, eval[string](w, `location.href`), err)
	}
}

// promises makes the others on the pages of cases.
func (d *day) promises(w *window, cases []string) {
	d.t.Helper()
	before := d.count(`SELECT COUNT(*) FROM promise WHERE org_id = $1`, d.org)
	for n := range dayPromises - dayQuestions {
		w.open(cases[n] + "?tab=promise")
		const form = `form[action$="/promises"]`
		w.until(`!!document.querySelector('` + form + ` input[name="what"]')`)
		w.do(chromedp.SendKeys(chromedp.CSS(form+` input[name="what"]`), fmt.Sprintf("Nog een antwoord %d", n)),
			chromedp.SendKeys(chromedp.CSS(form+` input[name="by_text"]`), "morgen 11:00"))
		eval[bool](w, `(() => { const told = document.querySelector('`+form+` input[name="told"]'); if (told) told.checked = true; return true })()`)
		w.press(form + ` .btn[value="save"]`)
	}
	if n := d.count(`SELECT COUNT(*) FROM promise WHERE org_id = $1`, d.org) - before; n != dayPromises-dayQuestions {
		d.t.Errorf("%d promises were made in cases, want %d: %s", n, dayPromises-dayQuestions, eval[string](w, `document.querySelector("main").innerText`))
	}
}

// urgent fetches a clinician, who sees it at once.
func (d *day) urgent(w *window) {
	d.t.Helper()
	w.open("/desk/call?person=" + d.callers[0])
	w.until(`document.activeElement.id === "subject"`)
	w.keys("Pijn op de borst, kortademig")
	w.press(`button[value="urgent"]`)
	w.until(`location.pathname.startsWith("/desk/cases/")`)
	var who string
	d.read(func(q db.Q) (err error) {
		who, _, err = db.Find[string](q, `SELECT m.name FROM signal s JOIN member m ON m.org_id = s.org_id AND m.member_id = s.member_id
			WHERE s.org_id = $1 AND s.kind = 'urgent.call' AND s.cleared_at IS NULL AND m.role = 'specialist' ORDER BY s.signal_id DESC LIMIT 1`, d.org)
		return err
	})
	if who == "" {
		d.t.Fatal("no clinician was fetched")
	}
	clinician := d.at(who)
	clinician.open("/desk/signals")
	if text := eval[string](clinician, `document.querySelector("main").innerText`); !strings.Contains(text, "Pijn op de borst") {
		d.t.Errorf("%s does not see the urgent call: %s", who, text)
	}
	clinician.quiet("the clinician")
}

// together lets two people settle one promise: who comes second is told, and
// what they typed is still there.
func (d *day) together(first *window, at string) {
	d.t.Helper()
	second := d.at("Amber Kooij")
	const keep = `main a[href*="/promises/"][href$="/keep"]`
	for _, w := range []*window{first, second} {
		w.open(at)
		w.until(`!!document.querySelector('` + keep + `')`)
		w.open(eval[string](w, `document.querySelector('`+keep+`').getAttribute("href")`))
	}
	for n, w := range []*window{first, second} {
		eval[bool](w, `(() => { for (const name of ["how", "next"]) { const o = [...document.getElementsByName(name)]; (o.find(i => i.value === "agreed" || i.value === "spoken") || o[0]).checked = true } return true })()`)
		w.do(chromedp.SendKeys(chromedp.CSS(`textarea[name="note"]`), fmt.Sprintf("Het is klaar, zei ik als %d.", n+1)))
		w.press(`main .btn[value="save"]`)
	}
	if at := eval[string](first, `location.pathname`); strings.HasSuffix(at, "/keep") {
		d.t.Errorf("the first did not get through: %s", eval[string](first, `document.querySelector("main").innerText`))
	}
	if got := eval[string](second, `document.querySelector('textarea[name="said"]')?.value || ""`); got != "Het is klaar, zei ik als 2." {
		d.t.Errorf("what the second typed is gone (%q): %s", got, eval[string](second, `document.querySelector("main").innerText`))
	}
	if text := eval[string](second, `document.querySelector("main").innerText`); !strings.Contains(text, "al geëindigd") {
		d.t.Errorf("the second is not told that somebody was first: %s", text)
	}
}

// ill passes on what a colleague promised for today.
func (d *day) ill(w *window) {
	d.t.Helper()
	const left = `SELECT COUNT(*) FROM promise WHERE org_id = $1 AND keeper_id = $2 AND state = 'open' AND kind NOT IN ('closing', 'duty') AND moving_to IS NULL AND due_at < $3`
	y, m, day := demoNow.Date()
	tonight := time.Date(y, m, day+1, 0, 0, 0, 0, demoNow.Location()).UnixMilli()
	if n := d.count(left, d.org, d.ids[illUser], tonight); n < 5 {
		d.t.Errorf("%s promised only %d things for today: it proves little", illUser, n)
	}
	w.open("/desk/absence")
	w.do(chromedp.SetValue(chromedp.CSS(`select[name="member"]`), d.ids[illUser]))
	w.press(`form[action="/desk/absence/new"] button`)
	eval[bool](w, `(() => { const s = document.querySelector('select[name="stand_in_id"]'); if (s && !s.value) s.value = [...s.options].map(o => o.value).find(v => v) || ""; return true })()`)
	w.press(`button[name="do"][value="confirm"]`)
	if at := eval[string](w, `location.pathname`); !strings.HasPrefix(at, "/desk/absence/") {
		d.t.Fatalf("confirming led to %s: %s", at, eval[string](w, `document.querySelector("main").innerText`))
	}
	w.reload(`!document.querySelector("progress, [role=progressbar], #absence-done")`)
	if n := d.count(left, d.org, d.ids[illUser], tonight); n != 0 {
		d.t.Errorf("%d promises of today are still with %s, who is ill: %s", n, illUser, eval[string](w, `document.querySelector("main").innerText`))
	}
	if n := d.count(`SELECT COUNT(*) FROM promise p LEFT JOIN member m ON m.org_id = p.org_id AND m.member_id = p.keeper_id AND m.active = 1
		WHERE p.org_id = $1 AND p.state = 'open' AND m.member_id IS NULL`, d.org); n != 0 {
		d.t.Errorf("%d promises are kept by nobody", n)
	}
}

// reload opens the page again until a script gives true.
func (w *window) reload(script string) {
	w.t.Helper()
	for range 300 {
		if eval[bool](w, script) {
			return
		}
		w.do(chromedp.Sleep(200 * time.Millisecond))
		w.open(eval[string](w, `location.pathname`))
	}
	w.t.Fatalf("never: %s\n%s", script, eval[string](w, `document.querySelector("main").innerText`))
}

// bring takes in the customers of another system.
func (d *day) bring(w *window) {
	d.t.Helper()
	var b strings.Builder
	b.WriteString("Naam;Geboortedatum;Telefoon;E-mail\n")
	for n := range dayCustomers {
		born := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n*5)
		fmt.Fprintf(&b, "Nieuw%04d van Oosterhout;%s;010 001 %02d %02d;nieuw%d@example.nl\n", n, born.Format("02-01-2006"), n/100, n%100, n)
	}
	file := filepath.Join(d.t.TempDir(), "klanten.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
	before := d.count(`SELECT COUNT(*) FROM person WHERE org_id = $1`, d.org)
	w.open("/desk/customers/import")
	w.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	w.press(`main form[enctype] button`)
	const columns = `form[action$="/columns"]`
	w.reload(`!!document.querySelector('` + columns + `')`)
	w.press(columns + ` .btn--primary`)
	const confirm = `#numbers form .btn--primary, section[aria-labelledby="numbers"] form .btn--primary`
	w.reload(`!!document.querySelector('` + confirm + `')`)
	w.press(confirm)
	w.reload(`!document.querySelector("#progress, progress")`)
	if n := d.count(`SELECT COUNT(*) FROM person WHERE org_id = $1`, d.org) - before; n != dayCustomers {
		d.t.Errorf("%d customers came in, want %d: %s", n, dayCustomers, eval[string](w, `document.querySelector("main").innerText`))
	}
	w.open("/desk/people?q=Nieuw4321")
	if !strings.Contains(eval[string](w, `document.querySelector("main").innerText`), "Nieuw4321") {
		d.t.Error("who came in is not found")
	}
}

// holds runs every check once the work of the background is done.
func (d *day) holds() {
	d.t.Helper()
	var wrong []string
	for range 100 {
		wrong = wrong[:0]
		d.read(func(q db.Q) error {
			for _, c := range d.Checks() {
				_, found, err := c.Run(q)
				if err != nil {
					return fmt.Errorf("%s: %w", c.Name, err)
				}
				for _, f := range found {
					wrong = append(wrong, c.Name+": "+f)
				}
			}
			return nil
		})
		if len(wrong) == 0 {
			return
		}
		clock.Machine.Sleep(d.t.Context(), 100*time.Millisecond)
	}
	slices.Sort(wrong)
	d.t.Errorf("%d violations: %s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
}
