package promise

import "time"

// AdviceQuery is what an advice is asked for. It is exported because huma fills
// exported structs only.
type AdviceQuery struct {
	Kind Kind   `query:"kind" enum:"answer,decision,update,callback,document,visit" default:"answer"`
	Team string `query:"team_id" maxLength:"60" doc:"Default: the team of who asks."`
	Case string `query:"case_id" maxLength:"60" doc:"The case it is about, when there is one."`
}

// AdviceView is an advice as the API gives it.
type AdviceView struct {
	Suggestions []SuggestionView `json:"suggestions" doc:"At most three, soonest first."`
	Basis       Basis            `json:"basis" enum:"team-kind,kind,all,norm" doc:"On whose record it rests; norm when there is none yet."`
	Of          int              `json:"of" doc:"Deliveries it rests on, open ones included."`
	CannotSay   bool             `json:"cannot_say" doc:"The record never reaches the advised share: promise to tell more at tell_more_at."`
	TellMoreAt  time.Time        `json:"tell_more_at"`
}

// SuggestionView is a moment that can be promised.
type SuggestionView struct {
	DueAt   time.Time `json:"due_at"`
	Odds    float64   `json:"odds" doc:"The share that was managed within this time; 0 when no record says it."`
	Advised bool      `json:"advised"`
}

func adviceView(a Advice) AdviceView {
	v := AdviceView{Suggestions: []SuggestionView{}, Basis: a.Basis, Of: a.Of, CannotSay: a.CannotSay, TellMoreAt: a.TellMore}
	for _, x := range a.Suggestions {
		v.Suggestions = append(v.Suggestions, SuggestionView{x.Due, x.Odds, x.Advised})
	}
	return v
}
