package actor

// Kind is what sort of actor it is.
type Kind string

// The kinds of actor.
const (
	Staff        Kind = "staff"        // a member of the organisation, signed in or by API key
	Customer     Kind = "customer"     // somebody holding a link to one question
	Organisation Kind = "organisation" // another organisation, by API key
	System       Kind = "system"       // Houvast itself: watch, jobs, followers
	Installer    Kind = "installer"    // whoever runs the installation: set-up, command line
)

// Role is what a member does here (decision 16). It is not "owner", which is a
// relation between a person and a case.
type Role string

// The roles, from least to most.
const (
	Desk          Role = "desk"
	Specialist    Role = "specialist"
	Manager       Role = "manager"
	Administrator Role = "administrator"
)

// Roles lists all roles in the order of the set-up page.
var Roles = []Role{Desk, Specialist, Manager, Administrator}

// Actor is who acts.
type Actor struct {
	Kind      Kind
	Org       string // the organisation within which it acts; empty for an installer
	Member    string // staff: the member
	Account   string // staff: the account signed in; empty with an API key of a member
	Person    string // customer: the person in Org
	Question  string // customer: the one question the link is for
	Confirmed bool   // customer: passed the second factor
	Role      Role   // staff
	Name      string // for the record
	Language  string // "nl" or "en": the language to answer in
}

// ID is what facts record: the member, person or organisation that acted.
func (a Actor) ID() string {
	switch a.Kind {
	case Staff:
		return a.Member
	case Customer:
		return a.Person
	case Organisation:
		return a.Org
	}
	return string(a.Kind)
}

// ForSystem is Houvast acting by itself within an organisation.
func ForSystem(org string) Actor { return Actor{Kind: System, Org: org, Name: "Houvast"} }
