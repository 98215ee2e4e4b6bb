// Package html draws the documentation of the API and the pages of problems.
package html

// Doc is the whole documentation.
type Doc struct {
	Title, Version, About, Server string
	Groups                        []Group
}

// Group is the operations under one tag.
type Group struct {
	Name, ID   string
	Operations []Operation
}

// Operation is one operation. Who is "key", "link" or "nobody".
type Operation struct {
	ID, Method, Path, Summary, About, Who string
	Parameters                            []Property
	Body                                  []Property
	Request, Curl                         string
	Answers                               []Answer
}

// Property is a parameter or a property of a body.
type Property struct {
	Name, In, Kind, About, Default string
	Required                       bool
	Limits, Values                 []string
}

// Answer is one status with what comes with it.
type Answer struct {
	Status, About, Example string
	Body                   []Property
}

// Good says whether the answer is no problem.
func (a Answer) Good() bool { return a.Status != "" && a.Status[0] == '2' }

// problems are the statuses an operation may answer with, apart from success.
func (o Operation) problems() (out []string) {
	for _, a := range o.Answers {
		if !a.Good() && a.Status != "default" {
			out = append(out, a.Status)
		}
	}
	return out
}

// Problem is a type of problem, in both languages.
type Problem struct{ Type, NL, EN, FieldNL, FieldEN string }

// ProblemList is every type.
type ProblemList struct{ Problems []Problem }
