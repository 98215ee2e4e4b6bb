package person

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/person/html"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// events is the stream that keeps the desk's pages live.
const events = "/desk/events"

const home = "/desk/people"

// desk are the pages for staff.
func (s *Service) desk(m *web.Mux) {
	m.Get(home, s.deskList)
	m.Get(home+"/new", s.deskNewPage)
	m.Post(home+"/new", s.deskNew)
	m.Get(home+"/duplicates", s.deskDuplicates)
	m.Get(home+"/{person}", s.deskPerson)
	m.Get(home+"/{person}/edit", s.deskEditPage)
	m.Post(home+"/{person}/edit", s.deskEdit)
	m.Post(home+"/{person}/matters", s.deskMatter)
	m.Post(home+"/{person}/matters/{matter}/end", s.deskEndMatter)
	m.Get(home+"/{person}/reach", s.deskReachPage)
	m.Post(home+"/{person}/reach", s.deskAddPoint)
	m.Get(home+"/{person}/reach/{point}", s.deskPointPage)
	m.Post(home+"/{person}/reach/{point}", s.deskPoint)
	m.Post(home+"/{person}/reach/{point}/up", s.deskUp)
	m.Get(home+"/{person}/speak", s.deskSpeakPage)
	m.Post(home+"/{person}/speak", s.deskSpeak)
	m.Post(home+"/{person}/speak/{representation}/end", s.deskEndSpeak)
	m.Get(home+"/{person}/seen", s.deskSeen)
	m.Get(home+"/{person}/record", s.deskRecord)
	m.Get(home+"/{person}/home", s.deskHomePage)
	m.Post(home+"/{person}/home", s.deskHome)
	m.Post(home+"/{person}/home/{other}/dismiss", s.deskDismiss)
	m.Get(home+"/{person}/home/{other}/hide", s.deskHidePage)
	m.Post(home+"/{person}/home/{other}/hide", s.deskHide)
	m.Post(home+"/{person}/home/{other}/show", s.deskShowTie)
	m.Get(home+"/{person}/contacts", s.deskContactsPage)
	m.Post(home+"/{person}/contacts", s.deskContact)
	m.Post(home+"/{person}/contacts/{contact}/end", s.deskEndContact)
	m.Get(home+"/{person}/consent", s.deskConsentPage)
	m.Post(home+"/{person}/consent", s.deskConsent)
	m.Get(home+"/{person}/join/{other}", s.deskJoinPage)
	m.Post(home+"/{person}/join/{other}", s.deskJoin)
	m.Post(home+"/{person}/apart", s.deskApart)
	m.Post(home+"/{person}/unjoin", s.deskUnjoin)
	s.deskEmergencies(m)
}

func nav() []module.NavItem {
	return []module.NavItem{{Key: "people", Href: home, Icon: "users-round", LabelKey: "people.nav", Order: 30}}
}

func href(id string) string { return home + "/" + id }

func view(p Person) ui.Person { return ui.Person{ID: p.ID, Name: p.Name} }

var channelIcons = map[Channel]string{Phone: "phone", SMS: "message-square", Email: "mail", Post: "scroll-text"}

// date reads a day as people write it, and gives it as 1984-03-02. What is no
// day stays as typed, for the check to refuse.
func date(typed string) string {
	if d, ok := ReadDate(typed); ok {
		return d
	}
	return typed
}

// typedDate is a kept day as it is typed.
func typedDate(kept string) string {
	if t, err := time.Parse("2006-01-02", kept); err == nil {
		return t.Format("2-1-2006")
	}
	return kept
}

// identity is what tells two customers of one name apart.
func identity(words lang.Printer, card Card) string {
	var parts []string
	if card.Person.Kind == Company {
		parts = append(parts, words.T("person.kind.company"))
	}
	if card.Person.BirthDate != "" {
		parts = append(parts, words.T("people.born-on", "Date", typedDate(card.Person.BirthDate)))
	}
	for _, p := range card.Points {
		if !p.Refused && p.Usable {
			parts = append(parts, p.text())
			break
		}
	}
	return strings.Join(parts, ", ")
}

// text is a contact point as people write it.
func (c ContactPoint) text() string {
	switch c.Kind {
	case Phone, SMS:
		return Spoken(c.Value)
	case Post:
		return strings.ReplaceAll(c.Value, "\n", ", ")
	case Email:
	}
	return c.Value
}

func (s *Service) deskList(c *web.Ctx) error {
	typed := c.Query("q")
	p, err := s.List(c.Context(), c.Actor, typed, c.Query("after"), page.Default)
	if err != nil {
		return err
	}
	v := html.ListView{Query: typed}
	if auth.May(c.Actor, auth.PersonImport) {
		v.ImportHref = "/desk/customers/import"
	}
	if auth.May(c.Actor, auth.PersonExport) {
		v.ExportHref = "/desk/customers/export"
	}
	for _, card := range p.Items {
		c.Saw("person", card.Person.ID)
		v.Rows = append(v.Rows, s.row(c, card))
	}
	switch {
	case len(v.Rows) > 0:
	case typed == "":
		v.Empty = &ui.EmptyView{Title: c.P.T("people.first-title"), Text: c.P.T("people.first-text")}
	case len(Query(typed)) == 0:
		v.Empty = &ui.EmptyView{Title: c.P.T("people.short-title"), Text: c.P.T("people.short-text")}
	default:
		v.Empty = &ui.EmptyView{Title: c.P.T("people.none-title"), Text: c.P.T("people.none-text")}
	}
	if later := c.Query("after") != ""; p.Next != "" || later {
		v.Pager = &ui.PagerView{Summary: c.P.T("people.page", "Count", len(v.Rows))}
		q := url.Values{}
		if typed != "" {
			q.Set("q", typed)
		}
		if later {
			v.Pager.PrevHref, v.Pager.PrevLabel = home+"?"+q.Encode(), c.P.T("people.begin")
		}
		if p.Next != "" {
			q.Set("after", p.Next)
			v.Pager.NextHref, v.Pager.NextLabel = home+"?"+q.Encode(), c.P.T("people.more")
		}
	}
	return c.Page(web.Page{Title: c.P.T("people.title"), Nav: "people", Body: html.List(v)})
}

func (s *Service) row(c *web.Ctx, card Card) html.Row {
	r := html.Row{Person: view(card.Person), Note: identity(c.P, card), Href: href(card.Person.ID)}
	if s.Panels != nil { // where questions can be opened
		r.Action = &ui.ButtonView{Label: c.P.T("people.new-question"), Size: "s", Href: "/desk/cases/new?person=" + card.Person.ID}
	}
	return r
}

// personState is what a form that was not accepted adds to the page.
type personState struct {
	matter  *string
	problem string
	errors  ui.Errors
	status  int
}

func (s *Service) deskPerson(c *web.Ctx) error { return s.showPerson(c, personState{}) }

// lookers is how many of the newest looks are counted on the page itself.
const lookers = 200

// about is what the page of a customer tells beside the card.
type about struct {
	card     Card
	merged   Person // who is used instead
	looks    []auth.Access
	stand    []Representation
	stands   map[string]Person
	home     Household
	contacts []ContactPerson
	consents []Consent
	doubles  []Pair
	joined   []Merging
	people   map[string]Person
	members  map[string]org.Member
	ages     Ages
	// emergency is the one of whoever looks that still holds.
	emergency Emergency
}

// about reads the page of a customer.
func (s *Service) about(q db.Q, who actor.Actor, id string) (a about, err error) {
	if a.card, err = CardOf(q, who.Org, id); err != nil {
		return a, err
	}
	p := a.card.Person
	if p.MergedInto != "" {
		if a.merged, err = ByID(q, who.Org, p.MergedInto); err != nil {
			return a, err
		}
	}
	o, err := org.ByID(q, who.Org)
	if err != nil {
		return a, err
	}
	a.ages = AgesOf(o.Settings)
	if a.stand, err = RepresentedBy(q, who.Org, p.ID); err != nil {
		return a, err
	}
	ids := make([]string, len(a.stand))
	for i, r := range a.stand {
		ids[i] = r.Person
	}
	if a.stands, err = ByIDs(q, who.Org, ids); err != nil {
		return a, err
	}
	same, err := Same(q, who.Org, p.ID)
	if err != nil {
		return a, err
	}
	var hidden bool
	if hidden, a.emergency, err = sees(q, who, same); err != nil {
		return a, err
	}
	if a.home, err = householdOf(q, who.Org, p.ID, hidden); err != nil {
		return a, err
	}
	if a.contacts, err = contactPersons(q, p); err != nil {
		return a, err
	}
	all, err := consentsOf(q, who.Org, same)
	if err != nil {
		return a, err
	}
	a.consents = newestOf(all)
	if a.people, a.members, err = consentNames(q, who.Org, a.consents); err != nil {
		return a, err
	}
	if p.MergedInto == "" {
		if a.doubles, err = doublesOf(q, who.Org, p.ID); err != nil {
			return a, err
		}
	}
	if err := a.joins(q, who, p); err != nil {
		return a, err
	}
	a.looks, err = auth.AccessTo(q, who.Org, "person", p.ID, "", lookers)
	return a, err
}

// joins reads who was joined to the customer, or the customer to whom.
func (a *about) joins(q db.Q, who actor.Actor, p Person) (err error) {
	if a.joined, err = mergingsInto(q, who.Org, p.ID); err != nil {
		return err
	}
	if m, ok, err := openMerging(q, who.Org, p.ID); err != nil {
		return err
	} else if ok {
		a.joined = append(a.joined, m)
	}
	var ids, staff []string
	for _, r := range a.card.Representatives {
		staff = append(staff, r.SeenBy) // who saw the proof
	}
	for _, m := range a.joined {
		ids, staff = append(ids, m.Person), append(staff, m.MergedBy)
	}
	staff = slices.DeleteFunc(staff, func(id string) bool { return id == "" })
	people, err := ByIDs(q, who.Org, ids)
	if err != nil {
		return err
	}
	maps.Copy(a.people, people)
	members, err := org.MembersByIDs(q, who.Org, staff)
	maps.Copy(a.members, members)
	return err
}

func (s *Service) showPerson(c *web.Ctx, st personState) error {
	if err := auth.Require(c.Actor, auth.PersonRead); err != nil {
		return err
	}
	var a about
	if err := s.DB.Read(c.Context(), func(q db.Q) (err error) { a, err = s.about(q, c.Actor, c.Path("person")); return err }); err != nil {
		return err
	}
	card := a.card
	c.Saw("person", card.Person.ID)
	v := s.personView(c, a)
	v.Problem, v.Errors = st.problem, st.errors
	if st.matter != nil {
		v.MatterForm.Text, v.MatterForm.Open = *st.matter, true
	}
	if a.merged.ID != "" {
		v.Callout, v.CalloutHref, v.CalloutLink = c.P.T("people.merged", "Name", a.merged.Name), href(a.merged.ID), a.merged.Name
		v.NewHref, v.PlanHref = "", ""
	} else if !card.Person.DeceasedAt.IsZero() {
		v.Callout = c.P.T("people.died", "Name", card.Person.Name, "At", card.Person.DeceasedAt)
		v.PlanHref = ""
	}
	for _, r := range a.stand {
		p := a.stands[r.Person]
		v.SpeaksFor = append(v.SpeaksFor, ui.PointView{Icon: "shield-check", Text: p.Name, Href: href(p.ID), Note: c.P.T("people.speaks-for", "Name", card.Person.Called(), "Basis", c.P.T("person.basis."+string(r.Basis)))})
	}
	args := module.PanelArgs{Org: c.Actor.Org, Person: card.Person.ID}
	var err error
	if v.Main, err = s.panels(c, module.PersonMain, args); err != nil {
		return err
	}
	if v.Aside, err = s.panels(c, module.PersonAside, args); err != nil {
		return err
	}
	return c.Page(web.Page{Title: card.Person.Name, Nav: "people", Class: "person", Live: events, About: "person:" + card.Person.ID, Failed: st.status >= 400, Status: st.status, Body: html.Person(v)})
}

// panels draws what siblings know of the customer.
func (s *Service) panels(c *web.Ctx, slot module.Slot, args module.PanelArgs) (drawn []templ.Component, err error) {
	if s.Panels == nil {
		return nil, nil
	}
	for _, p := range s.Panels(slot) {
		part, err := p.Render(c, args)
		if err != nil {
			return nil, err
		}
		if part != nil {
			drawn = append(drawn, part)
		}
	}
	return drawn, nil
}

func (s *Service) personView(c *web.Ctx, a about) html.PersonView {
	card, looks := a.card, a.looks
	words, p, local := c.P, card.Person, c.Now().In(c.P.Loc())
	v := html.PersonView{Person: view(p), Kind: words.T("person.kind." + string(p.Kind)), LiveKey: "person:" + p.ID,
		EditHref: href(p.ID) + "/edit", ReachHref: href(p.ID) + "/reach", SpeakHref: href(p.ID) + "/speak", SeenHref: href(p.ID) + "/seen",
		NewHref: "/desk/cases/new?person=" + p.ID, MatterForm: html.MatterForm{Action: href(p.ID) + "/matters"}}
	if p.BirthDate != "" {
		if age, ok := p.Age(local); ok && p.DeceasedAt.IsZero() {
			v.Facts = append(v.Facts, words.T("people.born-age", "Date", typedDate(p.BirthDate), "Age", age))
		} else {
			v.Facts = append(v.Facts, words.T("people.born-on", "Date", typedDate(p.BirthDate)))
		}
	}
	if p.CallName != "" && p.CallName != p.Name {
		v.Tags = append(v.Tags, html.Tag{Text: words.T("people.called", "Name", p.CallName)})
	}
	v.Tags = append(v.Tags, html.Tag{Icon: "languages", Text: words.T("language." + p.Language)}, html.Tag{Text: words.T("people.since", "Date", p.CreatedAt)})
	others := map[string]bool{}
	for _, a := range looks {
		if a.ActorKind == "staff" && a.ActorID != c.Actor.Member {
			others[a.ActorID] = true
		}
	}
	v.Seen = words.T("people.seen", "Count", len(others))
	var last time.Time
	for _, m := range card.Matters {
		v.Matters = append(v.Matters, html.Matter{Text: m.Text, End: href(p.ID) + "/matters/" + m.ID + "/end"})
		if m.SaidAt.After(last) {
			last = m.SaidAt
		}
	}
	if len(v.Matters) > 0 {
		v.MattersNote = words.T("people.matters-note", "At", last)
	}
	if p.Language != words.Lang() {
		v.MattersLang = p.Language
	}
	v.Points = pointViews(words, card)
	for _, x := range Reach(card.Points, local) {
		if x.Kind == Phone {
			v.CallHref = "tel:" + x.Value
			if !x.open(local) {
				v.CallNote = words.T("people.outside-hours", "Now", c.Now())
			}
			break
		}
	}
	age, known := p.Age(local)
	if !known {
		age = -1
	}
	for _, r := range card.Representatives {
		v.Speakers = append(v.Speakers, html.Speaker{PointView: speaker(words, r, a.ages, age, local, a.members), End: href(p.ID) + "/speak/" + r.ID + "/end"})
	}
	v.Speakers = append(v.Speakers, parents(c, card, a.home, a.ages, local)...)
	if t := turningText(c, p, a.ages, local); t != "" {
		v.Tags = append(v.Tags, html.Tag{Icon: "calendar-clock", Text: t})
	}
	v.RecordHref, v.ConsentHref = href(p.ID)+"/record", href(p.ID)+"/consent"
	v.Consents = consentViews(c, a.consents, p.ID, a.people, a.members)
	v.Doubles, v.Joined = doubleViews(c, p.ID, a.doubles), joinedViews(c, a.joined, a.people, a.members)
	v.Contacts, v.ContactHref = contactViews(c, a.contacts), href(p.ID)+"/contacts"
	if p.Kind == Company {
		v.ContactsT = words.T("people.contacts")
	} else {
		v.Home, v.HomeHref = homeViews(c, p.ID, a.home), href(p.ID)+"/home"
		v.Glass = s.glass(c, p.ID, a.emergency)
		if len(a.contacts) > 0 {
			v.ContactsT = words.T("people.companies")
		}
	}
	if s.Panels != nil { // where questions can be opened
		v.PlanHref = v.NewHref + "&kind=callback"
	}
	return v
}

// speaker is somebody who stands by a customer, and whether they may speak.
func speaker(words lang.Printer, r Representative, ages Ages, age int, at time.Time, members map[string]org.Member) ui.PointView {
	v := ui.PointView{Icon: "shield-check", Text: r.Name, Href: href(r.By), Note: words.T("person.basis." + string(r.Basis))}
	if (r.Basis == Parent || r.Basis == Guardian) && r.Authority != Joint {
		v.Note = words.T("people.with-authority", "Basis", v.Note, "Authority", words.T("person.authority."+string(r.Authority)))
	}
	voice := ages.MayRepresent(r.Representation, age, at)
	switch {
	case !voice.Representative:
		v.Icon, v.Note = "users", words.T("people.not-speaking", "Basis", v.Note)
	case voice.Self:
		v.Note = words.T("people.both-speak", "Basis", v.Note)
	}
	if !r.Until.IsZero() {
		v.Note = words.T("people.note-until", "Note", v.Note, "Until", r.Until)
	}
	if m, ok := members[r.SeenBy]; ok {
		v.Note = words.T("people.note-seen", "Note", v.Note, "Member", m.Name, "At", r.Since)
	}
	return v
}

type matterInput struct {
	Text string `form:"text"`
}

func (s *Service) deskMatter(c *web.Ctx) error {
	var in matterInput
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := s.AddMatter(c.Context(), c.Actor, c.Path("person"), in.Text); err != nil {
		problem, wrong, status, rest := ui.Refusal(c, err, nil)
		if rest != nil {
			return rest
		}
		return s.showPerson(c, personState{matter: &in.Text, problem: problem, errors: wrong, status: status})
	}
	c.Toast("people.matter-added")
	return c.Redirect(href(c.Path("person")) + "#matters")
}

func (s *Service) deskEndMatter(c *web.Ctx) error {
	if _, err := s.EndMatter(c.Context(), c.Actor, c.Path("matter")); err != nil {
		return err
	}
	c.Toast("people.matter-ended")
	return c.Redirect(href(c.Path("person")) + "#matters")
}
