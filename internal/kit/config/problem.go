package config

import (
	"fmt"
	"strings"
)

// Layer says where a value came from; a later one overrides an earlier one.
type Layer int

// The layers, lowest first.
const (
	FromDefault Layer = iota
	FromFile
	FromEnv
	FromFlag
)

// Origin is the place an administrator must look at.
type Origin struct {
	Layer Layer
	Name  string // path of the file, name of the variable, name of the flag
	Line  int    // in the file; 0 when unknown
}

// say names the place inside a sentence.
func (o Origin) say(key, lang string) string {
	nl := lang == "nl"
	switch {
	case o.Layer == FromFile && o.Line > 0 && nl:
		return fmt.Sprintf("De instelling %s (%s, regel %d)", key, o.Name, o.Line)
	case o.Layer == FromFile && o.Line > 0:
		return fmt.Sprintf("The setting %s (%s, line %d)", key, o.Name, o.Line)
	case o.Layer == FromFile && nl:
		return fmt.Sprintf("De instelling %s (%s)", key, o.Name)
	case o.Layer == FromFile:
		return fmt.Sprintf("The setting %s (%s)", key, o.Name)
	case o.Layer == FromEnv && nl:
		return fmt.Sprintf("De omgevingsvariabele %s", o.Name)
	case o.Layer == FromEnv:
		return fmt.Sprintf("The environment variable %s", o.Name)
	case o.Layer == FromFlag && nl:
		return fmt.Sprintf("De optie %s", o.Name)
	case o.Layer == FromFlag:
		return fmt.Sprintf("The flag %s", o.Name)
	case nl:
		return fmt.Sprintf("De instelling %s", key)
	default:
		return fmt.Sprintf("The setting %s", key)
	}
}

// Problem is one thing an administrator must mend. Arg is never a secret.
type Problem struct {
	Key    string // the setting, or the unknown name
	Kind   string // stable, kebab-case
	Origin Origin
	Arg    string
}

// sentences are what is said per kind, Dutch and English. %[1]s is the place
// ("De instelling mail.port (houvast.toml, regel 3)"), %[2]s the argument.
var sentences = map[string][2]string{
	"file-missing":     {"Het instellingenbestand %[2]s is niet te lezen; controleer de naam en de rechten.", "The settings file %[2]s cannot be read; check its name and permissions."},
	"file-syntax":      {"Het instellingenbestand is geen geldige TOML: %[2]s.", "The settings file is not valid TOML: %[2]s."},
	"unknown":          {"%[1]s bestaat niet.", "%[1]s does not exist."},
	"unknown-like":     {"%[1]s bestaat niet; bedoelde je %[2]s?", "%[1]s does not exist; did you mean %[2]s?"},
	"type-text":        {"%[1]s moet een tekst tussen aanhalingstekens zijn.", "%[1]s must be a text between quotes."},
	"type-number":      {"%[1]s moet een heel getal zijn.", "%[1]s must be a whole number."},
	"type-list":        {"%[1]s moet een lijst van teksten zijn, zoals [\"127.0.0.1\"].", "%[1]s must be a list of texts, such as [\"127.0.0.1\"]."},
	"choice":           {"%[1]s moet een van deze waarden hebben: %[2]s.", "%[1]s must have one of these values: %[2]s."},
	"address":          {"%[1]s moet een adres met een poort zijn, zoals 127.0.0.1:8410.", "%[1]s must be an address with a port, such as 127.0.0.1:8410."},
	"url":              {"%[1]s moet een volledig adres zijn dat met http:// of https:// begint, zonder vraagteken of hekje.", "%[1]s must be a complete address that starts with http:// or https://, without a question mark or hash."},
	"network":          {"%[1]s bevat %[2]s; dat is geen IP-adres of netwerk zoals 10.0.0.0/8.", "%[1]s contains %[2]s; that is not an IP address or a network such as 10.0.0.0/8."},
	"port":             {"%[1]s moet een poort van 1 tot en met 65535 zijn.", "%[1]s must be a port from 1 to 65535."},
	"db-url":           {"%[1]s moet met postgres:// of postgresql:// beginnen; een bestand geef je op met db.path.", "%[1]s must start with postgres:// or postgresql://; a file is given with db.path."},
	"db-path":          {"%[1]s moet een bestand noemen; een adres van PostgreSQL geef je op met db.url.", "%[1]s must name a file; an address of PostgreSQL is given with db.url."},
	"range":            {"%[1]s moet een getal binnen %[2]s zijn.", "%[1]s must be a number within %[2]s."},
	"metrics-open":     {"%[1]s is vanaf andere machines te bereiken; vul dan ook %[2]s in.", "%[1]s can be reached from other machines; set %[2]s as well."},
	"metrics-token":    {"%[1]s moet minstens 16 tekens hebben.", "%[1]s must have at least 16 characters."},
	"both":             {"%[1]s en %[2]s zijn allebei ingevuld; laat er een weg.", "%[1]s and %[2]s are both set; leave one out."},
	"needs":            {"%[1]s werkt alleen als ook %[2]s is ingevuld.", "%[1]s works only when %[2]s is set as well."},
	"mail-from":        {"%[1]s moet een e-mailadres zijn, met of zonder naam ervoor.", "%[1]s must be an e-mail address, with or without a name before it."},
	"mail-unencrypted": {"%[1]s staat op none; dat mag alleen als mail.host deze machine zelf is (localhost of 127.0.0.1).", "%[1]s is none; that is allowed only when mail.host is this machine itself (localhost or 127.0.0.1)."},
	"unreadable":       {"%[1]s noemt het bestand %[2]s, dat niet te lezen is.", "%[1]s names the file %[2]s, which cannot be read."},
	"empty-file":       {"%[1]s noemt het bestand %[2]s, dat leeg is.", "%[1]s names the file %[2]s, which is empty."},
}

// Sentence says what is wrong and where, in Dutch for "nl", else in English.
func (p Problem) Sentence(lang string) string {
	i := 1
	if lang == "nl" {
		i = 0
	}
	s := sentences[p.Kind][i]
	// Not every sentence uses both; Sprintf would complain about the rest.
	return strings.NewReplacer("%[1]s", p.Origin.say(p.Key, lang), "%[2]s", p.Arg).Replace(s)
}

// Problems is everything that is wrong, as one error.
type Problems []Problem

// Error gives the English sentences, one a line.
func (ps Problems) Error() string { return strings.Join(ps.Sentences("en"), "\n") }

// Sentences gives one sentence per problem.
func (ps Problems) Sentences(lang string) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.Sentence(lang)
	}
	return out
}
