package ui

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

var fontURL = regexp.MustCompile(`url\("(fonts/[a-z0-9-]+\.woff2)"\)`)

// StyleSheet is the text of style sheets, with their fonts in it, for a page
// that stands on its own: a report in one file, to be mailed or printed.
func StyleSheet(names ...string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		text, err := embedded.ReadFile("assets/" + name)
		if err != nil {
			return "", fmt.Errorf("ui: %w", err)
		}
		b.Write(text)
	}
	var failed error
	out := fontURL.ReplaceAllStringFunc(b.String(), func(m string) string {
		font, err := embedded.ReadFile("assets/" + fontURL.FindStringSubmatch(m)[1])
		if err != nil {
			failed = err
		}
		return `url("data:font/woff2;base64,` + base64.StdEncoding.EncodeToString(font) + `")`
	})
	return out, failed
}
