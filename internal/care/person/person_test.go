package person

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

var amsterdam, _ = time.LoadLocation("Europe/Amsterdam")

func TestAge(t *testing.T) {
	for _, c := range []struct {
		born, at string
		want     int
	}{
		{"2014-11-12", "2026-11-11T23:59", 11},
		{"2014-11-12", "2026-11-12T00:00", 12},
		{"2008-02-29", "2024-02-28T12:00", 15},
		{"2008-02-29", "2024-02-29T12:00", 16},
		{"2010-02-29", "2026-03-01T12:00", -1}, // there is no such day
		{"2008-02-29", "2026-02-28T12:00", 17},
		{"2008-02-29", "2026-03-01T00:00", 18},
		{"2026-11-12", "2026-11-12T09:00", 0},
		{"", "2026-11-12T09:00", -1},
	} {
		at, err := time.ParseInLocation("2006-01-02T15:04", c.at, amsterdam)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Person{BirthDate: c.born}.Age(at)
		if ok != (c.want >= 0) || ok && got != c.want {
			t.Errorf("born %q, at %s: %d %v, want %d", c.born, c.at, got, ok, c.want)
		}
	}
}

func TestMayRepresent(t *testing.T) {
	now := time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
	both, alone, self := Voice{true, true}, Voice{Representative: true}, Voice{Self: true}
	for _, c := range []struct {
		basis Basis
		age   int
		want  Voice
	}{
		{Parent, 0, alone}, {Parent, 11, alone}, {Parent, 12, both}, {Parent, 15, both}, {Parent, 16, self}, {Parent, 40, self}, {Parent, -1, self},
		{Guardian, 11, alone}, {Guardian, 12, both}, {Guardian, 15, both}, {Guardian, 16, self},
		{Mandate, 11, alone}, {Mandate, 12, both}, {Mandate, 16, both}, {Mandate, 90, both}, {Mandate, -1, both},
		{Partner, 11, Voice{}}, {Partner, 16, self}, {Partner, 60, self},
		{CareWorker, 15, self}, {CareWorker, 85, self},
		{"", 30, self},
	} {
		r := Representation{Basis: c.basis, Since: now.Add(-time.Hour)}
		if got := DutchAges.MayRepresent(r, c.age, now); got != c.want {
			t.Errorf("%s of somebody of %d: %+v, want %+v", c.basis, c.age, got, c.want)
		}
		// Somebody whose representation ended, or has yet to begin, speaks for nobody.
		for _, r := range []Representation{{Basis: c.basis, Since: now.Add(-time.Hour), Until: now}, {Basis: c.basis, Since: now.Add(1)}} {
			if got := DutchAges.MayRepresent(r, c.age, now); got.Representative || got.Self != c.want.Self {
				t.Errorf("%s of somebody of %d, not now: %+v", c.basis, c.age, got)
			}
		}
	}
	if got := (Ages{Speaks: 14, Decides: 18}).MayRepresent(Representation{Basis: Parent, Since: now}, 17, now); got != both {
		t.Errorf("other ages: %+v", got)
	}
}

func TestReach(t *testing.T) {
	var evenings workcal.Week
	for d := range evenings {
		evenings[d] = []workcal.Interval{{From: 18 * 60, To: 21 * 60}}
	}
	points := []ContactPoint{
		{ID: "post", Kind: Post, Rank: 4, Usable: true, Refused: true},
		{ID: "mail", Kind: Email, Rank: 2, Usable: true},
		{ID: "home", Kind: Phone, Rank: 1, Usable: true, Hours: &evenings},
		{ID: "old", Kind: Phone, Rank: 3},
		{ID: "sms", Kind: SMS, Rank: 5, Usable: true},
	}
	for _, c := range []struct{ clock, want string }{
		{"09:42", "mail sms home"}, {"17:59", "mail sms home"}, {"18:00", "home mail sms"}, {"20:59", "home mail sms"}, {"21:00", "mail sms home"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-12 "+c.clock, amsterdam)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, p := range Reach(points, at) {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.clock, got, c.want)
		}
	}
	if points[0].ID != "post" {
		t.Error("Reach changed what it was given")
	}
}

func TestMaskBSN(t *testing.T) {
	// 123456782 and 111222333 pass the test of eleven; 123456789 does not.
	for in, want := range map[string]string{
		"BSN 123456782.":                   "BSN *********.",
		"1234.56.782":                      mask,
		"123.456.782 en 111222333":         "********* en *********",
		"123 456 782":                      mask,
		"123456789":                        "123456789",
		"kamer 12, 123456782":              "kamer 12, *********",
		"kamer 12 123456782":               "kamer 12 *********",
		"06 12345678":                      "06 12345678",
		"+31612345678":                     "+31612345678",
		"1234567820":                       "1234567820",
		"9123456782":                       "9123456782",
		"000000000":                        "000000000",
		"12 nov 2026":                      "12 nov 2026",
		"":                                 "",
		"Bel liever na 17:00, 020-5550100": "Bel liever na 17:00, 020-5550100",
	} {
		if got := MaskBSN(in); got != want {
			t.Errorf("MaskBSN(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestMaskBSNFindsEveryOne makes numbers by the definition of the test of
// eleven and puts them anywhere in a sentence.
func TestMaskBSNFindsEveryOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SliceOfN(rapid.IntRange(0, 9), 8, 8).Draw(t, "digits")
		sum := 0
		var b strings.Builder
		for i, d := range digits {
			sum += (9 - i) * d
			b.WriteByte(byte('0' + d))
		}
		last := sum % 11
		if last == 10 || sum == 0 {
			t.Skip("no such number")
		}
		b.WriteByte(byte('0' + last))
		bsn := b.String()
		sep := rapid.SampledFrom([]string{"", ".", " ", "-"}).Draw(t, "separator")
		written := bsn[:3] + sep + bsn[3:6] + sep + bsn[6:]
		text := "Mijn nummer is " + written + ", alstublieft."
		if got := MaskBSN(text); got != "Mijn nummer is *********, alstublieft." {
			t.Fatalf("%s stays: %s", written, got)
		}
		if MaskBSN(MaskBSN(text)) != MaskBSN(text) {
			t.Fatal("masking twice differs")
		}
	})
}

func TestNormalise(t *testing.T) {
	for _, c := range []struct {
		kind     Channel
		in, want string // starting with ! is the type of the error
	}{
		{Phone, "06 12345678", "+31612345678"}, {Phone, "+31 (0)6-12345678", "+31612345678"}, {SMS, "0031612345678", "+31612345678"},
		{Phone, "020-555 01 00", "+31205550100"}, {Phone, "+32 470 12 34 56", "+32470123456"},
		{Phone, "12", "!phone-unreadable"}, {Phone, "morgen", "!phone-unreadable"}, {Phone, "", "!phone-unreadable"},
		{Email, " Anna.B@Example.NL ", "Anna.B@example.nl"}, {Email, "anna", "!email-unreadable"}, {Email, "Anna <a@b.nl>", "!email-unreadable"}, {Email, "a@b@c", "!email-unreadable"},
		{Email, `"a@b"@C.nl`, "!email-unreadable"},
		{Post, " Dorpsstraat  1 \r\n\n 1234 AB  Ons Dorp ", "Dorpsstraat 1\n1234 AB Ons Dorp"}, {Post, " \n ", "!address-missing"},
		{"fax", "1", "!channel-unknown"},
	} {
		got, err := Normalise(c.kind, c.in)
		if typ, bad := strings.CutPrefix(c.want, "!"); bad {
			if errs.TypeOf(err) != typ {
				t.Errorf("%s %q: %q %v, want %s", c.kind, c.in, got, err, typ)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%s %q: %q %v, want %q", c.kind, c.in, got, err, c.want)
		}
	}
}

func TestHintGivesLittleAway(t *testing.T) {
	for _, c := range []struct {
		p    ContactPoint
		want string
	}{
		{ContactPoint{Kind: Phone, Value: "+31612345678"}, "06 •••• ••78"},
		{ContactPoint{Kind: Phone, Value: "+32470123456"}, "32 •••• ••56"},
		{ContactPoint{Kind: Email, Value: "anna@example.nl"}, "a•••@example.nl"},
		{ContactPoint{Kind: Email, Value: "émile@example.nl"}, "é•••@example.nl"},
		{ContactPoint{Kind: Post, Value: "Dorpsstraat 1"}, "••••"},
	} {
		if got := c.p.Hint(); got != c.want {
			t.Errorf("%s: %q, want %q", c.p.Value, got, c.want)
		}
	}
}

func TestQuery(t *testing.T) {
	for in, want := range map[string][][]string{
		"":                                  nil,
		"ja":                                nil,
		"Jan":                               {{"jan"}},
		"van der Meér":                      {{"meer", "van", "de"}},
		"vd Meer":                           {{"meer", "v", "d"}},
		"der":                               {{"der"}},
		"J Verhagen":                        {{"verhagen", "j"}},
		"06-12":                             {{"31612"}, {"~2160"}},
		"06 12345678":                       {{"31612345678"}, {"~8765432160"}},
		"5678":                              {{"5678"}, {"~8765"}},
		"(0)6 12":                           {{"31612"}, {"~2160"}},
		"+31 6 12":                          {{"31612"}},
		"0032 470":                          {{"32470"}, {"~0742300"}},
		"06":                                nil,
		"2-3-1984":                          {{"1984-03-02"}, {"231984"}, {"~489132"}},
		"2 maart 1984":                      {{"1984-03-02"}},
		"2 mrt '84":                         {{"1984-03-02"}, {"2084-03-02"}},
		"March 2nd, 1984":                   {{"1984-03-02"}},
		"the 2nd of March 1984":             {{"1984-03-02"}},
		"1984-03-02":                        {{"1984-03-02"}, {"19840302"}, {"~20304891"}},
		"31-02-1984x":                       {{"1984x", "31", "02"}},
		"Anna@Example":                      {{"anna@example"}},
		"one two three four five six seven": {{"three", "seven", "four", "five", "one", "two"}},
	} {
		if diff := cmp.Diff(want, Query(in)); diff != "" {
			t.Errorf("%q:\n%s", in, diff)
		}
	}
}

func TestReadDate(t *testing.T) {
	for in, want := range map[string]string{
		"2-3-1984": "1984-03-02", "02/03/1984": "1984-03-02", "2.3.1984": "1984-03-02", "2 3 1984": "1984-03-02", "1984-3-2": "1984-03-02",
		"02031984": "1984-03-02", "2 maart 1984": "1984-03-02", "2 mrt. 1984": "1984-03-02", "2e maart 1984": "1984-03-02",
		"March 2, 1984": "1984-03-02", "2 May 2001": "2001-05-02", "29-2-2024": "2024-02-29",
		"29-2-2023": "", "2-3-84": "", "31-31-1999": "", "13 1999": "", "gisteren": "", "": "", "2-3-1484": "",
	} {
		if got, ok := ReadDate(in); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
}

func TestSimilar(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Sanne de Wit", "S. de Wit-Kramer", true},
		{"Sanne de Wit", "Wit, Sanne de", true},
		{"Sanne de Wit", "Sanne de Witt", false}, // a short word must be the same
		{"Anna Verhagen-Müller", "Anna Verhaegen", true},
		{"Mila de Wit", "Mike de Wit", false},
		{"Jan Jansen", "Janneke Jansen-Bakker", false},
		{"Jan Jansen", "Piet Jansen", false},
		{"J. Jansen", "P. Jansen", false},
		{"J. de Vries", "J. Bakker", false},
		{"A. B.", "Anna Bakker", false}, // nothing in full
		{"Meerkerk Installatie B.V.", "Meerkerk Installatie", true},
		{"van der", "van der", true},
	} {
		for _, swapped := range []bool{false, true} {
			a, b := Person{Name: c.a}, Person{Name: c.b}
			if swapped {
				a, b = b, a
			}
			if got := Similar(a, b); got != c.want {
				t.Errorf("%q and %q: %v", a.Name, b.Name, got)
			}
		}
	}
	if !Similar(Person{Name: "Johanna Maria Jansen", CallName: "Anneke"}, Person{Name: "Anneke Jansen"}) {
		t.Error("by the name she is called")
	}
}

func TestBornApart(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"", "1984-03-02", false}, {"1984-03-02", "1984-03-02", false}, {"1984-03-02", "1984-02-03", false}, {"1984-03-02", "1985-03-02", true}, {"1984-03-02", "1984-03-12", true}} {
		if got := bornApart(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestAddressKey(t *testing.T) {
	same := []string{"Dorpsstraat 1\n1234 AB Dorp", "dorpsstraat 1, 1234ab  DORP", "Dorpstr. 1\n1234 Ab"}
	for _, a := range same {
		if got := addressKey(a); got != "^1234ab1" {
			t.Errorf("%q: %s", a, got)
		}
	}
	for _, a := range []string{"Dorpsstraat 1a\n1234 AB Dorp", "Dorpsstraat 11\n1234 AB Dorp", "Dorpsstraat 1\n1234 AC Dorp", "12 High Street\nLeeds"} {
		if addressKey(a) == "^1234ab1" {
			t.Errorf("%q is another address", a)
		}
	}
}

func TestTurning(t *testing.T) {
	today := workcal.Date{Year: 2026, Month: 11, Day: 12}
	for born, want := range map[string]string{"2010-11-30": "16 2026-11-30", "2008-11-01": "18 2026-11-01", "2014-12-01": "12 2026-12-01", "2008-02-29": "", "1984-11-12": "", "": ""} {
		got := ""
		if age, on, ok := Turning(born, today, DutchAges, 30); ok {
			got = fmt.Sprintf("%d %04d-%02d-%02d", age, on.Year, on.Month, on.Day)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", born, got, want)
		}
	}
}
