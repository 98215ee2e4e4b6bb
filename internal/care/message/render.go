package message

import (
	"fmt"
	"html"
	"strings"

	"github.com/houvast/houvast/internal/kit/lang"
)

// linkMark stands for the personal link in a text that is kept. The link
// itself is a secret of the customer: it is put in when the message is sent.
const linkMark = "\uE000"

// text is what a message says.
type text struct{ Subject, Body string }

// write writes a message out in the language of the printer. vars are the
// template's parameters; a written message gets a greeting and an end, what is
// phoned is only what to say.
func write(p lang.Printer, template string, c Channel, vars map[string]any, link bool) (text, error) {
	key := "message." + template
	if !p.Has(key + ".body") {
		return text{}, fmt.Errorf("message: no template %q", template)
	}
	if link {
		vars["Link"] = linkMark
	}
	parts := []string{p.T(key+".body", vars)}
	if vars["About"] != "" {
		parts = append([]string{p.T("message.about", vars)}, parts...)
	}
	if c != Phone && c != None {
		parts = append([]string{p.T("message.greeting", vars)}, parts...)
		if link {
			parts = append(parts, p.T("message.link", vars))
		}
		if vars["Phone"] != "" || vars["Ref"] != "" {
			parts = append(parts, p.T("message.call", vars))
		}
		parts = append(parts, p.T("message.end", vars))
	}
	return text{Subject: line(p.T(key+".subject", vars)), Body: strings.Join(parts, "\n\n")}, nil
}

// line makes one line that may stand in a header.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// plain takes our own mark out of what people wrote.
func plain(s string) string { return strings.ReplaceAll(s, linkMark, "") }

// withLink puts the personal link into a body; without one the paragraph that
// speaks of it goes.
func withLink(body, url string) string {
	if url != "" {
		return strings.ReplaceAll(body, linkMark, url)
	}
	var kept []string
	for part := range strings.SplitSeq(body, "\n\n") {
		if !strings.Contains(part, linkMark) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "\n\n")
}

// htmlPage makes the same text as HTML: a heading, paragraphs and one link, which
// every mail program and screen reader can show.
func htmlPage(language, subject, body, url, linkText string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title></head>`,
		html.EscapeString(language), html.EscapeString(subject))
	b.WriteString(`<body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font:17px/1.5 Arial,Helvetica,sans-serif"><main style="max-width:36em">`)
	for part := range strings.SplitSeq(body, "\n\n") {
		if url == "" && strings.Contains(part, linkMark) {
			continue
		}
		s := strings.ReplaceAll(html.EscapeString(part), "\n", "<br>")
		a := fmt.Sprintf(`<a href="%s" style="color:#0b4f8a">%s</a>`, html.EscapeString(url), html.EscapeString(linkText))
		fmt.Fprintf(&b, `<p style="margin:0 0 1em">%s</p>`, strings.ReplaceAll(s, linkMark, a))
	}
	b.WriteString("</main></body></html>\n")
	return b.String()
}
