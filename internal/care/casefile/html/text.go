package html

import "strings"

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
