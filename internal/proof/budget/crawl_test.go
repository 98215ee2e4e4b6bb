package budget

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Of each route a few addresses are opened: two that ask for the same with
// other values, and six that ask for something else.
const perShape, perRoute = 2, 6

// visit is an address that somebody opened.
type visit struct{ who, path string }

// form is what a page lets somebody send.
type form struct {
	who, page, action string
	multipart         bool
	fields            []field
}

type field struct {
	name, value, kind string
	required          bool
	options           []string
}

// crawl opens the pages that links lead to, a few of each route, and gathers
// the forms on them.
func (w *world) crawl(count map[string]int, who string, from ...string) (visits []visit, forms []form, failed []string) {
	b := w.sessions[who]
	seen, queue := map[string]bool{}, slices.Clone(from)
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || len(path) > 1500 {
			continue
		}
		seen[path] = true
		u, err := url.Parse(path)
		if err != nil {
			continue
		}
		route := w.routes.of(&http.Request{Method: http.MethodGet, URL: u})
		if route == "" || strings.HasPrefix(route, "/assets") || strings.HasSuffix(route, "/events") || strings.Contains(route, "/assets/") || strings.Contains(route, "/api/") {
			continue
		}
		// Addresses that differ in which parameters they have are other pages.
		shape := route + "?" + strings.Join(names(u.Query()), "&")
		if !slices.Contains(from, path) && (count[shape] >= perShape || count[route] >= perRoute) {
			continue
		}
		rec := b.get(path)
		switch {
		case rec.Code >= 300 && rec.Code < 400:
			queue = append(queue, local(path, rec.Header().Get("Location")))
			continue
		case rec.Code != http.StatusOK:
			if rec.Code != http.StatusForbidden && rec.Code != http.StatusNotFound && rec.Code != http.StatusUnprocessableEntity {
				failed = append(failed, path+": "+rec.Result().Status)
			}
			continue
		}
		count[shape]++
		count[route]++
		visits = append(visits, visit{who, path})
		if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			links, found := look(rec.Body, path)
			queue = append(queue, links...)
			for i := range found {
				found[i].who = who
			}
			forms = append(forms, found...)
		}
	}
	return visits, forms, failed
}

func names(v url.Values) []string {
	var out []string
	for name, list := range v {
		if len(list) > 0 && list[0] != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// local makes a path within the site of what a link says, or nothing.
func local(page, href string) string {
	base, err := url.Parse(page)
	if err != nil {
		return ""
	}
	u, err := base.Parse(href)
	if err != nil || u.Host != "" && u.Host != "houvast.example" || u.Path == "" || u.Scheme != "" && u.Scheme != "https" {
		return ""
	}
	u.Scheme, u.Host, u.Fragment = "", "", ""
	return u.String()
}

// look finds the links and forms of a page.
func look(r io.Reader, page string) (links []string, forms []form) {
	doc, err := html.Parse(r)
	if err != nil {
		return nil, nil
	}
	byID := map[string]int{}
	var walk func(n *html.Node, in int)
	walk = func(n *html.Node, in int) {
		if n.Type == html.ElementNode {
			at := attrs(n)
			switch n.Data {
			case "a":
				links = append(links, local(page, at["href"]))
			case "form":
				f := form{page: page, action: local(page, at["action"]), multipart: at["enctype"] == "multipart/form-data"}
				if f.action == "" || at["action"] == "" {
					f.action = page
				}
				if strings.EqualFold(at["method"], "post") {
					forms = append(forms, f)
					in = len(forms) - 1
					if at["id"] != "" {
						byID[at["id"]] = in
					}
				} else {
					in = -1
					if at["method"] != "dialog" {
						links = append(links, f.action)
					}
				}
			case "input", "textarea", "select", "button":
				to := in
				if at["form"] != "" {
					to = -1
					if i, ok := byID[at["form"]]; ok {
						to = i
					}
				}
				if to >= 0 && at["name"] != "" {
					forms[to].fields = append(forms[to].fields, fieldOf(n, at))
				}
			}
			for _, name := range []string{"hx-get", "data-src", "data-fragment"} {
				if at[name] != "" {
					links = append(links, local(page, at[name]))
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, -1)
	return slices.DeleteFunc(links, func(s string) bool { return s == "" }), forms
}

func attrs(n *html.Node) map[string]string {
	out := map[string]string{}
	for _, a := range n.Attr {
		out[a.Key] = a.Val
	}
	return out
}

func fieldOf(n *html.Node, at map[string]string) field {
	_, required := at["required"]
	f := field{name: at["name"], value: at["value"], kind: at["type"], required: required}
	switch n.Data {
	case "textarea":
		f.kind = "textarea"
		if n.FirstChild != nil {
			f.value = n.FirstChild.Data
		}
	case "select":
		f.kind = "select"
		var walk func(*html.Node)
		walk = func(o *html.Node) {
			if o.Type == html.ElementNode && o.Data == "option" {
				a := attrs(o)
				f.options = append(f.options, a["value"])
				if _, ok := a["selected"]; ok {
					f.value = a["value"]
				}
			}
			for c := o.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(n)
		if f.value == "" && len(f.options) > 0 {
			f.value = f.options[0]
		}
	case "button":
		f.kind = "submit"
	case "input":
		if _, ok := at["checked"]; !ok && (f.kind == "checkbox" || f.kind == "radio") {
			f.kind += "-off"
		}
	}
	return f
}
