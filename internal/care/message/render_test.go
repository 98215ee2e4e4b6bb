package message

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/kit/lang"
)

// templates lists the templates of the catalogue.
func templates(b *lang.Bundle) (out []string) {
	for _, k := range b.Keys() {
		if name, ok := strings.CutPrefix(k, "message."); ok && strings.HasSuffix(name, ".title") {
			out = append(out, strings.TrimSuffix(name, ".title"))
		}
	}
	return out
}

func bundle(t *testing.T) *lang.Bundle {
	t.Helper()
	b, err := lang.Load(lang.Source{FS: Words, Dir: "lang"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTemplates(t *testing.T) {
	b := bundle(t)
	list := templates(b)
	for _, want := range []string{"promise-made", "promise-moved", "promise-kept", "promise-early", "promise-broken", "promise-broken-again", "appointment-made",
		"closing-ask", "waiting-customer", "waiting-other", "question-merged", "referral-offered", "referral-accepted", "referral-forwarded", "referral-declined-told", "handoff-accepted",
		"document-requested", "door-open"} {
		if !slices.Contains(list, want) {
			t.Errorf("no template %s", want)
		}
	}
	now := time.Date(2026, 11, 12, 9, 42, 0, 0, time.UTC)
	day := now.Add(26 * time.Hour).UnixMilli()
	const secret = "hoofdpijnpoli"
	full := func(kind string) map[string]any {
		return map[string]any{"what": secret, "due": day, "new_due": day, "from": day - 3_600_000, "kind": kind, "note": "Het is goed.", "until": day,
			"when": "het erger wordt", "whom": "Ziekenhuis Oost", "await": secret, "from_ref": "H-11-K", "to_name": "Ziekenhuis Oost", "of_name": "Ziekenhuis Oost", "explanation": "Vol.", "next": "Wij zoeken verder.",
			"Organisation": "De Linde", "Phone": "020 555 0100", "Ref": "H-12-N", "Keeper": "Ria", "Name": "Els", "About": "Anna", "Link": ""}
	}
	bare := func(kind string) map[string]any {
		m := full(kind)
		for _, k := range []string{"from", "note", "until", "when", "to_name", "of_name", "explanation", "next"} {
			delete(m, k)
		}
		for _, k := range []string{"Phone", "Keeper", "Ref", "About"} {
			m[k] = ""
		}
		return m
	}
	for _, language := range lang.Languages() {
		p := b.Printer(language, time.UTC, now)
		for _, name := range list {
			for _, kind := range []string{"answer", "decision", "update", "callback", "document", "visit"} {
				for i, vars := range []map[string]any{full(kind), bare(kind)} {
					if i == 1 && !strings.HasPrefix(name, "promise-") && !strings.HasPrefix(name, "waiting-") && name != "appointment-made" && name != "closing-ask" {
						delete(vars, "due")
					}
					got, err := write(p, name, Email, vars, true)
					if err != nil {
						t.Fatal(err)
					}
					all := got.Subject + "\n" + got.Body
					for _, bad := range []string{"⟦", "<no value>", "  ", "..", " \n", "\n\n\n", "asap", "zo snel mogelijk", "as soon as possible"} {
						if strings.Contains(all, bad) {
							t.Errorf("%s %s %s: %q in\n%s", language, name, kind, bad, all)
						}
					}
					// A subject stands on the screen of a locked phone.
					if strings.Contains(got.Subject, secret) || strings.Contains(got.Subject, "\n") {
						t.Errorf("%s %s: subject %q", language, name, got.Subject)
					}
					if language == lang.Dutch {
						for _, w := range strings.FieldsFunc(all, func(r rune) bool { return r < 'a' && r != '-' }) {
							if w == "je" || w == "jij" || w == "jouw" {
								t.Errorf("%s says %q to a customer", name, w)
							}
						}
					}
					if strings.Contains(withLink(got.Body, ""), linkMark) || !strings.Contains(got.Body, linkMark) {
						t.Errorf("%s %s: the link", language, name)
					}
				}
			}
		}
	}
	if _, err := write(b.Printer("nl", time.UTC, now), "no-such", Email, full("answer"), false); err == nil {
		t.Error("a template that does not exist")
	}
}

func TestEveryCodeAndStateHasWords(t *testing.T) {
	p := bundle(t).Printer("nl", nil, time.Time{})
	for _, c := range []string{CodeNobody, CodeDeceased, CodeTooLate, CodeNotSent, CodePointGone, CodeNoAnswer, CodeNotPhoned, CodeLost, CodeBounced,
		CodeUnseen, CodeBroken, CodeNotArrived} {
		if !p.Has("message.reason." + c) {
			t.Errorf("no words for %s", c)
		}
	}
	for _, s := range States {
		if !p.Has("message.state." + string(s)) {
			t.Errorf("no words for %s", s)
		}
	}
}

func TestHTMLEscapes(t *testing.T) {
	got := htmlPage("nl", "a<b", "Beste <script>,\n\nHier:\n"+linkMark, `https://x.example/?a=1&b="2"`, "Naar uw pagina")
	for _, want := range []string{"&lt;script&gt;", "<title>a&lt;b</title>", `href="https://x.example/?a=1&amp;b=&#34;2&#34;"`, "Hier:<br><a "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if got = htmlPage("nl", "s", "een\n\ntwee "+linkMark, "", "x"); strings.Contains(got, "twee") || strings.Contains(got, "<a ") {
		t.Errorf("a link that is not there: %s", got)
	}
}
