package intake

import (
	"strings"
	"time"
	"unicode"

	"github.com/houvast/houvast/internal/care/intake/html"
	"github.com/houvast/houvast/internal/care/person"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kernel/fold"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

const home = "/desk/call"

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskCallPage)
	m.Post(home, s.deskCall)
	m.Post(home+"/look", s.deskLook)
	m.Get(flagsHome, s.deskFlags)
	m.Get(flagsHome+"/new", s.deskFlagNew)
	m.Post(flagsHome+"/new", s.deskFlagAdd)
	m.Get(flagsHome+"/{flag}", s.deskFlag)
	m.Post(flagsHome+"/{flag}", s.deskFlagChange)
	m.Post(flagsHome+"/{flag}/drop", s.deskFlagDrop)
	m.Get("/desk/cases/{case}/caller", s.deskCallerPage)
	m.Post("/desk/cases/{case}/caller", s.deskCaller)
}

// callInput is a call as it is typed on the desk.
type callInput struct {
	Person    string   `form:"person"`
	Q         string   `form:"q"`
	Phone     string   `form:"phone"`
	Born      string   `form:"born"`
	New       bool     `form:"new"`
	Company   bool     `form:"company"`
	Anonymous bool     `form:"anonymous"`
	Pick      string   `form:"pick"`
	Subject   string   `form:"subject"`
	Asked     []string `form:"asked"`
	Case      string   `form:"case"`
	For       string   `form:"for"`
	About     string   `form:"about"`
	AboutQ    string   `form:"about_q"`
	AboutNew  bool     `form:"about_new"`
	PickAbout string   `form:"pick_about"`
	Basis     string   `form:"basis"`
	Seen      bool     `form:"seen"`
	Channel   string   `form:"channel"`
	End       string   `form:"end"`
	Answer    string   `form:"answer"`
	Written   bool     `form:"written"`
	By        string   `form:"by"`
	ByText    string   `form:"by_text"`
	Told      string   `form:"told"`
	Owner     string   `form:"owner"`
	Do        string   `form:"do"`

	askNew, askOther bool // somebody of that name is known: is it them?
}

// callNames are the fields of the form by what services call them.
var callNames = map[string]string{"caller": "who", "caller.name": "who", "caller.phone": "phone", "caller.birth_date": "born", "about": "about_q", "about.name": "about_q",
	"seen": "basis", "by_person_id": "basis", "promise.due_at": "by_text", "due_at": "by_text", "case_id": "case", "asker_id": "for", "said": "subject", "what": "subject", "kind": "told"}

// What stands in a choice that is not a moment, a case or a customer.
const (
	byStays  = "stays"
	byTyped  = "other"
	forSelf  = "self"
	forOther = "other"
)

// The ways in which the answer comes.
const (
	toldPhone  = "phone"
	toldDesk   = "desk"
	toldPrefer = "preferred"
)

func (s *Service) deskCallPage(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	in := callInput{Person: c.Query("person"), Phone: c.Query("phone"), Q: c.Query("q"), Case: c.Query("case"), Channel: "phone", End: string(Question)}
	if in.Person == "" && in.Phone != "" {
		value, err := person.Normalise(person.Phone, in.Phone)
		if err == nil {
			if err := s.DB.Read(c.Context(), func(q db.Q) error {
				known, err := person.WithValue(q, c.Actor.Org, value)
				if len(known) == 1 {
					in.Person = known[0]
				}
				return err
			}); err != nil {
				return err
			}
		}
	}
	return s.showCall(c, in, "", nil, 0)
}

func (s *Service) deskCall(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	var in callInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	switch {
	case in.Pick != "":
		in.Person, in.Q, in.Anonymous = in.Pick, "", false
		return s.showCall(c, in, "", nil, 0)
	case in.PickAbout != "":
		in.About, in.For, in.AboutQ = in.PickAbout, forOther, ""
		return s.showCall(c, in, "", nil, 0)
	case in.Do == "else":
		in.Person, in.Phone, in.Case, in.For, in.About = "", "", "", "", ""
		return s.showCall(c, in, "", nil, 0)
	case in.Do == "look":
		return s.showCall(c, in, "", nil, 0)
	}
	var out Outcome
	var err error
	if in.Do == "urgent" {
		out, err = s.Urgent(c.Context(), c.Actor, Urgent{Caller: in.caller(), About: in.about(), Channel: in.Channel, Subject: in.Subject, Case: in.Case, Flags: in.Asked})
	} else {
		out, err = s.saveTyped(c, &in)
	}
	if err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, callNames)
		if rest != nil {
			return rest
		}
		return s.showCall(c, in, problem, wrong, status)
	}
	switch {
	case in.Do == "urgent":
		c.Toast("desk.call.fetched", "Name", s.memberName(c, out.Fetched))
		return c.Redirect("/desk/cases/" + out.Case.Ref())
	case in.End == string(Helped):
		c.Toast("desk.call.done-helped", "Ref", out.Case.Ref())
		return c.Redirect("/desk")
	}
	c.Toast("desk.call.done-question", "Ref", out.Case.Ref(), "Due", out.Promise.Due)
	return c.Redirect("/desk/cases/" + out.Case.Ref())
}

// saveTyped reads the form, asks whether somebody of a name that is known is
// them, and saves.
func (s *Service) saveTyped(c *web.Ctx, in *callInput) (out Outcome, err error) {
	var ck errs.Checks
	if in.askNew, err = s.same(c, in.Person == "" && !in.Anonymous && !in.New, in.Q, in.Phone); err != nil {
		return out, err
	}
	ck.Must(!in.askNew, "caller", "caller-ambiguous")
	if in.For == forOther {
		if in.askOther, err = s.same(c, in.About == "" && !in.AboutNew, in.AboutQ, ""); err != nil {
			return out, err
		}
		ck.Must(!in.askOther, "about", "caller-ambiguous")
	}
	call := Call{Caller: in.caller(), About: in.about(), Channel: in.Channel, Subject: in.Subject, Case: in.Case, Asked: in.Asked,
		End: Ending(in.End), Answer: in.Answer, Written: in.Written, Owner: in.Owner, Stays: in.By == byStays && in.ByText == ""}
	if in.For == forOther {
		call.Basis, call.Seen = person.Basis(in.Basis), in.Seen
		ck.Must(call.About != nil, "about", "about-missing")
	}
	if call.End == Question && !call.Stays {
		m, err := s.typedPromise(c, *in)
		if e, ok := errs.As(err); ok {
			for _, f := range e.Fields {
				ck.Add(f)
			}
		} else if err != nil {
			return out, err
		}
		call.Promise = m
		if err != nil { // said beside the field already
			call.Promise.Due = c.Now()
		}
	}
	if e, ok := errs.As(call.check()); ok {
		for _, f := range e.Fields {
			ck.Add(f)
		}
	}
	if err := ck.Err(); err != nil {
		return out, err
	}
	return s.Save(c.Context(), c.Actor, call)
}

// typedPromise is the moment that was chosen or typed, and how it is kept.
func (s *Service) typedPromise(c *web.Ctx, in callInput) (m promise.Make, err error) {
	typed := in.ByText
	if typed == "" && in.By != byTyped && in.By != byStays {
		typed = in.By
	}
	m = promise.Make{Kind: promise.Answer, Spoken: in.Channel == "phone" || in.Channel == "desk" || in.Channel == "video"}
	switch in.Told {
	case toldPhone:
		m.Kind, m.Channel = promise.Callback, "phone"
	case toldDesk:
		m.Channel = "desk"
	}
	if m.Due, err = s.Promises.ParseDue(c.Context(), c.Actor, c.P, "due_at", typed); err != nil || m.Due.IsZero() {
		return m, err
	}
	o, err := s.org(c)
	if err != nil {
		return m, err
	}
	return m, promise.CheckDue(o.Calendar, c.Now(), time.Time{}, m.Due)
}

// caller is who is on the line, as it was typed.
func (in callInput) caller() Party {
	switch {
	case in.Person != "":
		return Party{Person: in.Person}
	case in.Anonymous:
		return Party{Anonymous: true}
	}
	p := Party{Name: in.Q, Phone: in.Phone, BirthDate: date(in.Born), Company: in.Company}
	if number(in.Q) {
		if p.Name = ""; p.Phone == "" {
			p.Phone = in.Q
		}
	}
	if p.Name == "" { // a number alone is nobody yet
		return Party{}
	}
	return p
}

// about is somebody else it is about; nil: the caller.
func (in callInput) about() *Party {
	switch {
	case in.For == "" || in.For == forSelf:
		return nil
	case in.For != forOther:
		return &Party{Person: in.For}
	case in.About != "":
		return &Party{Person: in.About}
	case strings.TrimSpace(in.AboutQ) != "":
		return &Party{Name: in.AboutQ}
	}
	return nil
}

// number says whether what was typed is a number or a date, not a name.
func number(typed string) bool {
	return strings.TrimSpace(typed) != "" && !strings.ContainsFunc(typed, unicode.IsLetter)
}

// date reads a day as people write it, and gives it as 1984-03-02. What is no
// day stays as typed, for the check to refuse.
func date(typed string) string {
	for _, layout := range []string{"2-1-2006", "2/1/2006", "2.1.2006", "2006-1-2", "2 1 2006"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.Format("2006-01-02")
		}
	}
	return typed
}

// same says whether somebody who is typed in as new has the name or the number
// of a customer who is known.
func (s *Service) same(c *web.Ctx, ask bool, name, phone string) (found bool, err error) {
	if !ask {
		return false, nil
	}
	err = s.DB.Read(c.Context(), func(q db.Q) error {
		if value, err := person.Normalise(person.Phone, phone); phone != "" && err == nil {
			known, err := person.WithValue(q, c.Actor.Org, value)
			if found = len(known) > 0; err != nil || found {
				return err
			}
		}
		if number(name) || strings.TrimSpace(name) == "" {
			return nil
		}
		p, err := person.Find(q, c.Actor.Org, name, "", 20)
		for _, x := range p.Items {
			found = found || fold.Text(x.Person.Name) == fold.Text(name)
		}
		return err
	})
	return found, err
}

// deskLook answers the script while somebody types: who may be meant, what to
// ask, what to say.
func (s *Service) deskLook(c *web.Ctx) error {
	if err := auth.Require(c.Actor, auth.CaseWrite); err != nil {
		return err
	}
	var in callInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	l, err := s.load(c, in)
	if err != nil {
		return err
	}
	return c.Fragment(ui.Fragment(c.P, html.Look(l.found(c, in), l.aboutFound(c), l.flagsView(c, in, nil), l.say(c, s, in))))
}

// lines are the lines of a script.
func lines(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// sentence is a promise as the customer hears it.
func sentence(words lang.Printer, m promise.Make, keeper string) string {
	return words.T("promise.sentence."+string(m.Kind), "Keeper", keeper, "What", m.What, "Due", m.Due, "From", nil)
}
