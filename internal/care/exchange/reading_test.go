package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

var day0 = workcal.Date{Year: 2026, Month: 11, Day: 12}

func wide(s string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		} else {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	const want = "Zoë Müller €5 – 😀"
	for name, x := range map[string]struct{ in, out, enc string }{
		"UTF-8":              {want, want, encUTF8},
		"UTF-8 with mark":    {"\xEF\xBB\xBF" + want, want, encUTF8},
		"UTF-16 LE":          {"\xFF\xFE" + wide(want, false), want, encUTF16},
		"UTF-16 BE":          {"\xFE\xFF" + wide(want, true), want, encUTF16},
		"UTF-16 LE, no mark": {wide("Naam;Telefoon\r\nZoë;06", false), "Naam;Telefoon\r\nZoë;06", encUTF16},
		"UTF-16 BE, no mark": {wide("Naam;Telefoon\r\nZoë;06", true), "Naam;Telefoon\r\nZoë;06", encUTF16},
		"Windows-1252":       {"Zo\xEB M\xFCller \x805 \x96 1", "Zoë Müller €5 – 1", encWindows},
		"both":               {"Zo\xEB en Zoë", "Zoë en Zoë", encMixed},
		"plain":              {"Jan", "Jan", encUTF8},
		"control characters": {"J\x07an\x7f\x0b", "Jan", encUTF8},
		"an accent far away": {strings.Repeat("Jan;1\n", 30000) + "Zo\xEB", strings.Repeat("Jan;1\n", 30000) + "Zoë", encWindows},
	} {
		r, err := newText(strings.NewReader(x.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != x.out || r.Encoding() != x.enc {
			t.Errorf("%s: %.60q as %s, %v", name, got, r.Encoding(), err)
		}
	}
}

func TestWhatIsNoList(t *testing.T) {
	for in, typ := range map[string]string{
		"PK\x03\x04 xl": "import-spreadsheet", "\xd0\xcf\x11\xe0\xa1": "import-spreadsheet", "%PDF-1.7": "import-not-a-list", "\x1f\x8b\x08": "import-packed",
		"": "import-empty", " \n \n": "import-empty", "\xEF\xBB\xBF\n": "", "<html><body>": "import-not-a-list", "a\x00b;c;d;e;f;g;h;i;j;k": "import-not-a-list",
	} {
		_, err := newText(strings.NewReader(in))
		if got := errs.TypeOf(err); err != nil && got != typ || err == nil && typ != "" {
			t.Errorf("%q: %v, not %s", in, err, typ)
		}
	}
}

func cut_(t *testing.T, text string) (out [][]string, sep byte) {
	t.Helper()
	in := bufio.NewReaderSize(strings.NewReader(text), sniffSize)
	sep = sniffSeparator(in)
	r := &csvReader{in: in, sep: sep}
	for {
		row, no, err := r.read()
		if errors.Is(err, io.EOF) {
			return out, sep
		}
		if err != nil {
			t.Fatal(text, err)
		}
		out = append(out, append([]string{fmt.Sprint(no)}, row...))
	}
}

func TestSeparatorsAndQuotes(t *testing.T) {
	for text, want := range map[string][][]string{
		"naam;tel\nJan;06\n":                                 {{"1", "naam", "tel"}, {"2", "Jan", "06"}},
		"naam,tel\r\nJan,06":                                 {{"1", "naam", "tel"}, {"2", "Jan", "06"}},
		"naam\ttel\rJan\t06\r":                               {{"1", "naam", "tel"}, {"2", "Jan", "06"}},
		"naam|tel\n\n\nJan|06":                               {{"1", "naam", "tel"}, {"4", "Jan", "06"}},
		"sep=|\nnaam|a;b\nJan|c;d":                           {{"1", "naam", "a;b"}, {"2", "Jan", "c;d"}},
		"naam;adres\n\"Jan \"\"de\"\" Wit\";\"Weg 1\nDorp\"": {{"1", "naam", "adres"}, {"2", `Jan "de" Wit`, "Weg 1\nDorp"}},
		"naam;tel\n Jan \"Jantje\" Wit ; 06 ":                {{"1", "naam", "tel"}, {"2", `Jan "Jantje" Wit`, "06"}},
		"naam;tel;plaats\nJan\nPiet;06;Dorp;meer":            {{"1", "naam", "tel", "plaats"}, {"2", "Jan"}, {"3", "Piet", "06", "Dorp", "meer"}},
		"naam;opm\nJan;\"a, b, c\"\nPiet;\"d, e\"":           {{"1", "naam", "opm"}, {"2", "Jan", "a, b, c"}, {"3", "Piet", "d, e"}},
		"naam": {{"1", "naam"}},
	} {
		got, sep := cut_(t, text)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q, cut with %q: %s", text, sep, d)
		}
	}
	for text, typ := range map[string]string{"a;\"b\nc;d": "import-quote", "a;\"" + strings.Repeat("x\n", 20000): "import-quote",
		strings.Repeat("x", maxCell+1): "import-cell", strings.Repeat(";", 300): "import-columns"} {
		r := &csvReader{in: bufio.NewReader(strings.NewReader(text)), sep: ';'}
		if _, _, err := r.read(); err == nil {
			_, _, err = r.read()
			if errs.TypeOf(err) != typ {
				t.Errorf("%.20q: %v", text, err)
			}
		} else if errs.TypeOf(err) != typ {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]map[Order]string{
		"14-3-1961":           {DayFirst: "1961-03-14"},
		"3/14/1961":           {MonthFirst: "1961-03-14"},
		"2-3-1984":            {DayFirst: "1984-03-02", MonthFirst: "1984-02-03"},
		"1984-03-02":          all("1984-03-02"),
		"1984/3/2":            all("1984-03-02"),
		"19840302":            {YearFirst: "1984-03-02"},
		"02031984":            {DayFirst: "1984-03-02", MonthFirst: "1984-02-03"},
		"2 maart 1984":        all("1984-03-02"),
		"2 mrt. 1984":         all("1984-03-02"),
		"March 2nd, 1984":     all("1984-03-02"),
		"vr 2 maart 1984":     all("1984-03-02"),
		"2.3.84":              {DayFirst: "1984-03-02", MonthFirst: "1984-02-03"},
		"14-3-27":             {DayFirst: "1927-03-14", YearFirst: "2014-03-27"},
		"14-03-61":            {DayFirst: "1961-03-14"},
		"1984-03-02T00:00:00": all("1984-03-02"),
		"2-3-1984 00:00":      {DayFirst: "1984-03-02", MonthFirst: "1984-02-03"},
		"30743":               all("1984-03-02"),
		"29-2-1900":           {},
		"31-2-1980":           {},
		"onbekend":            {},
		"":                    {},
		"12-12-12-12":         {},
	} {
		got := readings(in, day0)
		if len(got) == 0 {
			got = map[Order]string{}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
}

func all(iso string) map[Order]string {
	return map[Order]string{DayFirst: iso, MonthFirst: iso, YearFirst: iso}
}

// The order of a column follows from all of it; where it does not, it is asked.
func TestTheOrderOfAColumn(t *testing.T) {
	for _, x := range []struct {
		cells string
		order Order
		sure  bool
	}{
		{"2-3-1984 14-3-1961", DayFirst, true}, {"2/3/1984 3/14/1961", MonthFirst, true}, {"2-3-1984 4-5-1990", DayFirst, false},
		{"5-5-1984 6-6-1990", DayFirst, true}, {"1984-03-02 1961-03-14", DayFirst, true}, {"19840302 19610314", YearFirst, true},
		{"2-3-1984 1990-01-13", DayFirst, false}, {"2-3-1984 14-3-1961 15-3-1961 3-16-1961", DayFirst, true}, {"", DayFirst, true},
	} {
		var d Dates
		for _, c := range strings.Fields(x.cells) {
			d.look(c, day0)
		}
		if order, sure := d.Order(); order != x.order || sure != x.sure {
			t.Errorf("%s: %s, sure %v", x.cells, order, sure)
		}
	}
}

func TestNames(t *testing.T) {
	for _, x := range []struct {
		in         nameParts
		name, call string
	}{
		{nameParts{first: "Jan", infix: "van der", last: "Berg"}, "Jan van der Berg", "Jan"},
		{nameParts{initials: "J.P.", infix: "de", last: "Wit", call: "Jan"}, "J.P. de Wit", "Jan"},
		{nameParts{initials: "J.", first: "Jan", last: "Wit"}, "Jan Wit", "Jan"},
		{nameParts{last: "Berg, van den", first: "Els"}, "Els van den Berg", "Els"},
		{nameParts{full: "Jong, Anna de"}, "Anna de Jong", ""},
		{nameParts{full: "Jong, de"}, "de Jong", ""},
		{nameParts{full: "Jansen, P."}, "P. Jansen", ""},
		{nameParts{full: "Bakker, B.V."}, "Bakker, B.V.", ""},
		{nameParts{full: "Anna  de Jong"}, "Anna de Jong", ""},
		{nameParts{full: "Berg, J. van den"}, "J. van den Berg", ""},
		{nameParts{first: "Cher"}, "Cher", ""},
		{nameParts{call: "Bob", last: "Smit"}, "Bob Smit", "Bob"},
		{nameParts{}, "", ""},
	} {
		x.in.sorted = strings.Contains(x.in.full, ",")
		if name, call := x.in.compose(); name != x.name || call != x.call {
			t.Errorf("%+v: %q, %q", x.in, name, call)
		}
	}
}

func rowAs(targets []Target, cells ...string) candidate {
	var columns []Column
	for _, t := range targets {
		columns = append(columns, Column{Target: t})
	}
	return read(columns, cells, day0)
}

func TestRows(t *testing.T) {
	for name, x := range map[string]struct {
		targets []Target
		cells   []string
		points  string
		codes   string
		kind    person.Kind
	}{
		"numbers":      {[]Target{ToName, ToPhone}, []string{"Jan", "0612345678 / 010 1234567"}, "phone +31612345678, phone +31101234567", "", person.Human},
		"lost zero":    {[]Target{ToName, ToPhone}, []string{"Jan", "612345678"}, "phone +31612345678", "", person.Human},
		"foreign":      {[]Target{ToName, ToPhone}, []string{"Jan", "0049 30 123456"}, "phone +4930123456", "", person.Human},
		"no number":    {[]Target{ToName, ToPhone, ToEmail}, []string{"Jan", "12", "j@"}, "", "phone-unreadable email-unreadable", person.Human},
		"none":         {[]Target{ToName, ToPhone, ToBirth}, []string{"Jan", "onbekend", "00-00-0000"}, "", "", person.Human},
		"two of one":   {[]Target{ToName, ToPhone, ToPhone}, []string{"Jan", "06 12345678", "+31612345678"}, "phone +31612345678", "", person.Human},
		"address":      {[]Target{ToName, ToStreet, ToHouse, ToExtra, ToCode, ToCity, ToCountry}, []string{"Jan", "Weg", "1", "-2", "1234 AB", "Dorp", "Nederland"}, "post Weg 1-2\n1234 AB Dorp", "", person.Human},
		"abroad":       {[]Target{ToName, ToStreet, ToCity, ToCountry}, []string{"Jan", "Rue 1", "Parijs", "Frankrijk"}, "post Rue 1\nParijs\nFrankrijk", "", person.Human},
		"company":      {[]Target{ToName, ToCompany, ToBirth}, []string{"", "Bakker B.V.", "1-1-1980"}, "", "birth-of-company", person.Company},
		"nobody":       {[]Target{ToName, ToPhone}, []string{" ", "06 12345678"}, "phone +31612345678", "name-missing", person.Human},
		"punctuation":  {[]Target{ToName}, []string{"-"}, "", "name-missing", person.Human},
		"BSN in name":  {[]Target{ToName}, []string{"Jan 111222333"}, "", "bsn-in-name", person.Human},
		"too many":     {[]Target{ToName}, []string{"Jan", "x"}, "", "too-many-cells", person.Human},
		"too few":      {[]Target{ToName, ToPhone, ToEmail}, []string{"Jan"}, "", "", person.Human},
		"empty behind": {[]Target{ToName}, []string{"Jan", "", ""}, "", "", person.Human},
		"future":       {[]Target{ToName, ToBirth}, []string{"Jan", "1-1-2030"}, "", "birth-impossible", person.Human},
		"refused":      {[]Target{ToName, ToPhone, ToRefused}, []string{"Jan", "06 12345678", "phone"}, "phone +31612345678 refused", "", person.Human},
		"prefers":      {[]Target{ToName, ToPhone, ToEmail, ToPrefers}, []string{"Jan", "06 12345678", "j@x.nl", "e-mail"}, "email j@x.nl, phone +31612345678", "", person.Human},
		"language":     {[]Target{ToName, ToLang}, []string{"Jan", "Pools"}, "", "language-other", person.Human},
		"guarded":      {[]Target{ToName}, []string{"'=Jan"}, "", "", person.Human},
	} {
		c := rowAs(x.targets, x.cells...)
		var points, codes []string
		for _, p := range c.Points {
			s := string(p.Kind) + " " + p.Value
			if p.Refused {
				s += " refused"
			}
			points = append(points, s)
		}
		for _, p := range c.problems {
			codes = append(codes, p.Code)
		}
		if got := strings.Join(points, ", "); got != x.points {
			t.Errorf("%s: reached by %q", name, got)
		}
		if got := strings.Join(codes, " "); got != x.codes || c.Kind != x.kind {
			t.Errorf("%s: %q, a %s", name, got, c.Kind)
		}
	}
	// A long remark is kept in pieces, none of it is lost.
	long := strings.TrimSpace(strings.Repeat("woord ", 300))
	c := rowAs([]Target{ToName, ToNote}, "Jan", long)
	if len(c.Notes) != 4 || strings.Join(c.Notes, " ") != long {
		t.Error(len(c.Notes))
	}
}

func TestColumnsAreGuessed(t *testing.T) {
	for head, want := range map[string]string{
		"Klantnummer;Naam;Roepnaam;Geboortedatum;Mobiel;E-mailadres;Voorkeurstaal":           "number name call-name birth phone email language",
		"customer no,first name,last name,date of birth,home phone,mobile phone,e-mail,city": "number first last birth phone phone email city",
		"Voorletters\tTussenvoegsel\tAchternaam\tTelefoon 1\tTelefoon 2\tOpmerkingen":        "initials infix last phone phone note",
		"Bedrijfsnaam;Contactpersoon;Adres;Land;BSN":                                         "company name address country bsn",
		"Naam;Iets;Naam": "name  ",
	} {
		row, _ := cut_(t, head)
		columns := columnsFor(row[0][1:], isHead(row[0][1:]))
		guessAll(columns, true)
		var got []string
		for _, c := range columns {
			got = append(got, string(c.Target))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s", head, s)
		}
	}
	// Without a head the contents tell.
	i := Import{}
	rows, err := open(&i, bufio.NewReaderSize(strings.NewReader("Jan de Wit,14-3-1961,06 12345678,jan@example.nl,1234 AB,111222333\nEls Smit,2-7-1990,0612345670,els@example.nl,1234AC,123456782\nBo,3-8-1991,0612345671,bo@example.nl,1234AD,111222333\n"), sniffSize), day0)
	if err != nil || rows == nil || i.Head {
		t.Fatal(i, err)
	}
	var got []string
	for _, c := range i.Columns {
		got = append(got, string(c.Target))
	}
	if s := strings.Join(got, " "); s != "name birth phone email postcode bsn" {
		t.Error("without a head:", s)
	}
}

func TestCards(t *testing.T) {
	const text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Berg;Jan;;dhr.;\r\nFN:Jan van\r\n  der Berg\r\nitem1.TEL;type=CELL;type=pref:06-12345679\r\nTEL;TYPE=FAX:0101111111\r\n" +
		"EMAIL;TYPE=INTERNET:jan@example.nl\r\nADR;TYPE=HOME:;;Dorpsstraat 12;Dorp;;1234 AB;Nederland\r\nBDAY:1961-03-14\r\nNOTE:Liever\\, 's middags\\nniet vroeg\r\nORG:Bakker B.V.;Inkoop\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n" +
		"begin:vcard\nversion:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB\nTEL;CELL:0612345670\nNOTE;ENCODING=QUOTED-PRINTABLE:eerste regel=0D=0A=\ntweede regel\nend:vcard\n" +
		"BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Bakker\nTEL;VALUE=uri;PREF=2;TYPE=\"voice,work\":tel:+31101234567;ext=5\nTEL;TYPE=text;PREF=1:+31612345678\nLANG:en\nUID:urn:uuid:1\nEND:VCARD\n"
	r := newCards(bufio.NewReader(strings.NewReader(text)))
	var got []candidate
	for {
		row, _, err := r.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, read(cardColumns(), row, day0))
	}
	if len(got) != 3 {
		t.Fatal(len(got), "cards")
	}
	jan, zoe, firm := got[0], got[1], got[2]
	if jan.Name != "Jan van der Berg" || jan.BirthDate != "1961-03-14" || len(jan.Points) != 3 || jan.Points[2].Value != "Dorpsstraat 12\n1234 AB Dorp" ||
		jan.Points[0].Label != "Bakker B.V." || len(jan.Notes) != 1 || len(jan.problems) != 0 {
		t.Errorf("%+v", jan)
	}
	if zoe.Name != "Zoë Müller" || len(zoe.Points) != 1 || len(zoe.Notes) != 1 || zoe.Notes[0] != "eerste regel tweede regel" {
		t.Errorf("%+v", zoe)
	}
	if firm.Kind != person.Company || firm.Name != "Bakker" || firm.Language != "en" || len(firm.Points) != 2 || firm.Points[0].Kind != person.SMS || firm.ID != "" {
		t.Errorf("%+v", firm)
	}
	if _, _, err := newCards(bufio.NewReader(strings.NewReader("BEGIN:VCARD\nFN:Jan\n"))).read(); errs.TypeOf(err) != "import-card-open" {
		t.Error(err)
	}
}
