package exchange

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kernel/workcal"
)

// Target is what a column holds.
type Target string

// The targets.
const (
	Ignore    Target = ""
	ToID      Target = "id"
	ToNumber  Target = "number"
	ToKind    Target = "kind"
	ToName    Target = "name"
	ToCall    Target = "call-name"
	ToFirst   Target = "first"
	ToInit    Target = "initials"
	ToInfix   Target = "infix"
	ToLast    Target = "last"
	ToCompany Target = "company"
	ToBirth   Target = "birth"
	ToPhone   Target = "phone"
	ToSMS     Target = "sms"
	ToEmail   Target = "email"
	ToStreet  Target = "street"
	ToHouse   Target = "house"
	ToExtra   Target = "extra"
	ToCode    Target = "postcode"
	ToCity    Target = "city"
	ToCountry Target = "country"
	ToAddress Target = "address"
	ToLang    Target = "language"
	ToNote    Target = "note"
	ToPrefers Target = "prefers"
	ToRefused Target = "refused"
	ToBSN     Target = "bsn" // never kept
)

// Targets lists what a column can be taken for, in the order of a choice.
var Targets = []Target{Ignore, ToName, ToCall, ToFirst, ToInit, ToInfix, ToLast, ToCompany, ToKind, ToBirth, ToPhone, ToSMS, ToEmail,
	ToStreet, ToHouse, ToExtra, ToCode, ToCity, ToCountry, ToAddress, ToLang, ToNote, ToNumber, ToPrefers, ToRefused, ToID}

// often are the targets that several columns may have.
var often = []Target{Ignore, ToPhone, ToSMS, ToEmail, ToAddress, ToNote, ToRefused, ToBSN}

// Column is one column of a list: what was seen in it and what it is taken for.
type Column struct {
	Name    string   `json:"name"`
	Target  Target   `json:"target"`
	Order   Order    `json:"order,omitempty"`  // of its dates
	Unsure  bool     `json:"unsure,omitempty"` // the order must be asked
	Filled  int64    `json:"filled"`
	Samples []string `json:"samples"`
	Masked  int64    `json:"masked,omitempty"` // citizen service numbers that were not kept
	Dates   Dates    `json:"dates,omitzero"`
	Emails  int64    `json:"emails,omitempty"`
	Phones  int64    `json:"phones,omitempty"`
	Codes   int64    `json:"codes,omitempty"`
	Commas  int64    `json:"commas,omitempty"`
	Nines   int64    `json:"nines,omitempty"` // values that pass for a citizen service number
}

// headWords are the words people head a column with, folded and without
// blanks. Numbers at the end do not count: "Telefoon 2".
var headWords = map[Target]string{
	ToID:      "houvastid houvast",
	ToNumber:  "klantnummer klantnr klantid klantcode relatienummer relatienr relatiecode patientnummer patientnr patientid patiëntnummer debiteurnummer debiteurnr debiteurennummer lidnummer clientnummer clientnr nummer nr id customernumber customerno customerid customercode clientid clientnumber accountnumber externalid patientnumber number uid",
	ToKind:    "soort type kind klanttype soortklant customertype",
	ToName:    "naam volledigenaam name fullname klantnaam klant patient patientnaam customer customername client displayname weergavenaam fn contactpersoon",
	ToCall:    "roepnaam aanspreeknaam callname nickname preferredname",
	ToFirst:   "voornaam voornamen firstname givenname givennames forename first",
	ToInit:    "voorletters voorletter initialen initials",
	ToInfix:   "tussenvoegsel tussenvoegsels voorvoegsel voorvoegsels tussen tv tsv infix prefix middlename additionalname",
	ToLast:    "achternaam familienaam lastname surname familyname last geslachtsnaam eigennaam",
	ToCompany: "bedrijf bedrijfsnaam organisatie organisatienaam firma company companyname organisation organization org employer",
	ToBirth:   "geboortedatum geboortedag geboren gebdatum gebdat geboortedtm gebdtm birthdate dateofbirth dob birthday bday born verjaardag",
	ToPhone:   "telefoon telefoonnummer telefoonnr tel telnr telefoonprive telefoonwerk telefoonthuis telefoonvast vast vastnummer mobiel mobielnummer mobielnr mobieletelefoon mobieltelefoon gsm phone phonenumber telephone mobile mobilephone mobilenumber cell cellphone cellular homephone workphone businessphone telwerk telprive telthuis telmobiel werktelefoon thuistelefoon",
	ToSMS:     "sms smsnummer textmessage textmessages",
	ToEmail:   "email emailadres mail mailadres emailaddress emailprive emailwerk epost homeemail workemail",
	ToStreet:  "straat straatnaam street streetname adresregel1 address1 addressline1 streetaddress",
	ToHouse:   "huisnummer huisnr housenumber houseno hnr hsnr",
	ToExtra:   "toevoeging huisnummertoevoeging toev huisletter addition suffix housenumberaddition",
	ToCode:    "postcode pc zip zipcode postalcode",
	ToCity:    "plaats woonplaats stad plaatsnaam gemeente city town place",
	ToCountry: "land country landcode countrycode",
	ToAddress: "adres volledigadres postadres address fulladdress mailingaddress postaladdress",
	ToLang:    "taal voorkeurstaal spreektaal language lang preferredlanguage",
	ToNote:    "opmerking opmerkingen notitie notities memo bijzonderheden aantekening aantekeningen note notes remark remarks comment comments watertoedoet matters",
	ToPrefers: "voorkeur voorkeurskanaal preferred prefers preferredchannel",
	ToRefused: "nietvia wilgeen refused notby",
	ToBSN:     "bsn bsnnummer burgerservicenummer sofi sofinummer bsnnr citizenservicenumber",
}

var headTargets = func() map[string]Target {
	out := map[string]Target{}
	for t, words := range headWords {
		for _, w := range strings.Fields(words) {
			out[strings.ReplaceAll(fold.Text(w), " ", "")] = t
		}
	}
	return out
}()

var trailingNumber = regexp.MustCompile(`[0-9]+$`)

// byHead gives what a column is by its heading.
func byHead(name string) (Target, bool) {
	w := strings.ReplaceAll(fold.Text(name), " ", "")
	if t, ok := headTargets[w]; ok {
		return t, true
	}
	t, ok := headTargets[trailingNumber.ReplaceAllString(w, "")]
	return t, ok
}

var (
	phoneLike = regexp.MustCompile(`^[+(]?[0-9][0-9 ()./\-]{7,18}$`)
	codeLike  = regexp.MustCompile(`^[1-9][0-9]{3} ?[A-Za-z]{2}$`)
)

func isEmail(s string) bool {
	if !strings.Contains(s, "@") || strings.Contains(s, " ") {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == ""
}

// maxSamples is how many different values of a column are shown.
const maxSamples = 4

// sampleLength is how much of a value is shown.
const sampleLength = 80

// look notes what a cell holds.
func (c *Column) look(s string, today workcal.Date) {
	if s == "" {
		return
	}
	c.Filled++
	if person.HasBSN(s) {
		c.Nines++
	}
	if strings.Contains(s, ",") {
		c.Commas++
	}
	if short := cut(strings.ReplaceAll(s, several, ", "), sampleLength); len(c.Samples) < maxSamples && !slices.Contains(c.Samples, short) {
		c.Samples = append(c.Samples, short)
	}
	switch {
	case isEmail(s):
		c.Emails++
	case codeLike.MatchString(s):
		c.Codes++
	default:
		before := c.Dates.Read
		c.Dates.look(s, today)
		if d := fold.Digits(s); c.Dates.Read == before && phoneLike.MatchString(s) && len(d) >= 9 && len(d) <= 15 {
			c.Phones++
		}
	}
}

// guess says what a column is by what it holds, when its heading did not.
func (c *Column) guess() Target {
	most := func(n int64) bool { return c.Filled > 0 && n*10 >= c.Filled*8 }
	switch {
	case most(c.Emails):
		return ToEmail
	case most(c.Codes):
		return ToCode
	case most(c.Phones):
		return ToPhone
	case most(c.Dates.Read) && slices.ContainsFunc(c.Samples, func(s string) bool { return !dateSerial.MatchString(s) }):
		return ToBirth // numbers alone may count anything
	}
	return Ignore
}

// holdsBSN says whether nearly everything in a column passes for a citizen
// service number: one in eleven other numbers would.
func (c *Column) holdsBSN() bool { return c.Nines >= 3 && c.Nines*10 >= c.Filled*8 }

// cut shortens a text for showing.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// isHead says whether a first row names the columns.
func isHead(row []string) bool {
	for _, s := range row {
		if _, ok := byHead(s); ok {
			return true
		}
	}
	for _, s := range row {
		if isEmail(s) || codeLike.MatchString(s) || len(fold.Digits(s)) >= 6 {
			return false
		}
	}
	return true
}

// guessAll gives each column what it is taken for. A target that only one
// column can have goes to the first that asks for it.
func guessAll(columns []Column, head bool) {
	taken := map[Target]bool{}
	named := make([]bool, len(columns))
	for i := range columns {
		c := &columns[i]
		c.Target = Ignore
		t, ok := byHead(c.Name)
		if c.holdsBSN() && (!ok || mayHoldBSN(t) || t == ToNumber || t == ToID) {
			t, ok = ToBSN, true
		} else {
			ok = ok && head
		}
		if ok && (!taken[t] || slices.Contains(often, t)) {
			c.Target, named[i], taken[t] = t, true, true
		}
	}
	for i := range columns {
		c := &columns[i]
		if !named[i] {
			if t := c.guess(); !taken[t] || slices.Contains(often, t) {
				c.Target, taken[t] = t, true
			}
		}
		c.settle()
	}
	if head || taken[ToName] || taken[ToLast] || taken[ToCompany] {
		return
	}
	// Without headings the first column of words is the name.
	for i := range columns {
		if c := &columns[i]; c.Target == Ignore && c.Filled > 0 && slices.ContainsFunc(c.Samples, func(s string) bool { return len(fold.Digits(s)) == 0 }) {
			c.Target = ToName
			return
		}
	}
}

// settle decides the order of the dates of a column that holds them.
func (c *Column) settle() {
	c.Order, c.Unsure = "", false
	if c.Target == ToBirth {
		order, sure := c.Dates.Order()
		c.Order, c.Unsure = order, !sure
	}
}

// mayHoldBSN says whether nine digits in a column of this kind may be a
// citizen service number: they are something else in a phone number, a date
// or a customer number.
func mayHoldBSN(t Target) bool {
	return !slices.Contains([]Target{ToPhone, ToSMS, ToBirth, ToNumber, ToID, ToCode, ToEmail}, t)
}

// maskCell leaves out of a cell what is never kept.
func maskCell(c *Column, s string) string {
	switch {
	case c.Target == ToBSN:
		if s != "" {
			c.Masked++
		}
		return ""
	case mayHoldBSN(c.Target) && person.HasBSN(s):
		c.Masked++
		return person.MaskBSN(s)
	}
	return s
}
