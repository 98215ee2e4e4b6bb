package html

import (
	"strconv"
	"strings"
)

// paragraphs cuts a plain text at its empty lines.
func paragraphs(s string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func lines(s string) []string { return strings.Split(s, "\n") }

// some is a count, or nothing for none.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
