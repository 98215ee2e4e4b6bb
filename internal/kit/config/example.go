package config

import "strings"

// Example is a complete settings file in which every setting is explained and
// commented out, so that it changes nothing until a line is opened. Dutch for
// "nl", else English.
func Example(lang string) string {
	var b strings.Builder
	if lang == "nl" {
		b.WriteString("# Instellingen van Houvast. Haal het hekje voor een regel weg om hem te gebruiken.\n" +
			"# Volgorde: dit bestand gaat boven wat standaard is, een omgevingsvariabele (HOUVAST_…)\n" +
			"# gaat boven dit bestand, en een optie op de opdrachtregel gaat boven alles.\n" +
			"# Bestandsnamen gelden vanaf de map van dit bestand.\n")
	} else {
		b.WriteString("# Settings of Houvast. Remove the hash before a line to use it.\n" +
			"# Order: this file overrides the defaults, an environment variable (HOUVAST_…)\n" +
			"# overrides this file, and a flag on the command line overrides everything.\n" +
			"# File names are relative to the directory of this file.\n")
	}
	section := ""
	var c Config
	for _, s := range c.settings() {
		name := s.key
		if at := strings.LastIndex(s.key, "."); at >= 0 {
			name = s.key[at+1:]
			if s.key[:at] != section {
				section = s.key[:at]
				b.WriteString("\n[" + section + "]\n")
			}
		}
		b.WriteString("\n")
		for _, line := range wrap(s.help(lang), 90) {
			b.WriteString("# " + line + "\n")
		}
		b.WriteString("# (" + EnvName(s.key) + ")\n")
		b.WriteString("#" + name + " = " + s.example + "\n")
	}
	return b.String()
}

// wrap breaks a text into lines of at most width bytes, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
