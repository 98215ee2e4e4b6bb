package org

import (
	"encoding/json"
	"time"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Settings are what an organisation chooses for itself. Fields that are absent
// in JSON have their default, so that a new setting needs no migration. Each
// has a line in SettingFields, by which the desk shows, explains and checks it.
type Settings struct {
	UpdateClock        string   `json:"update_clock" required:"false" doc:"Local clock time of promises the watch makes itself"`
	ClosingDays        int      `json:"closing_days" required:"false" doc:"Days of silence after which a delivered case closes"`
	HandoffHours       int      `json:"handoff_hours" required:"false" doc:"Working hours within which a handoff is answered"`
	AbsenceDays        int      `json:"absence_days" required:"false" doc:"Working days from which an absence passes all cases on, and not only those with something due"`
	InternalTarget     float64  `json:"internal_target" required:"false" doc:"The internal target, as a share of the promised time"`
	RiskAnswer         int      `json:"risk_answer" required:"false" doc:"Percent of the promised time after which the keeper is warned about a promise of this kind; 0: as internal_target"`
	RiskAnswerOthers   int      `json:"risk_answer_others" required:"false" doc:"Percent after which somebody beside the keeper is warned; 0: two thirds of the way from our own target to the promised time"`
	RiskDecision       int      `json:"risk_decision" required:"false" doc:"Percent of the promised time after which the keeper is warned about a promise of this kind; 0: as internal_target"`
	RiskDecisionOthers int      `json:"risk_decision_others" required:"false" doc:"Percent after which somebody beside the keeper is warned; 0: two thirds of the way from our own target to the promised time"`
	RiskUpdate         int      `json:"risk_update" required:"false" doc:"Percent of the promised time after which the keeper is warned about a promise of this kind; 0: as internal_target"`
	RiskUpdateOthers   int      `json:"risk_update_others" required:"false" doc:"Percent after which somebody beside the keeper is warned; 0: two thirds of the way from our own target to the promised time"`
	RiskCallback       int      `json:"risk_callback" required:"false" doc:"Percent of the promised time after which the keeper is warned about a promise of this kind; 0: as internal_target"`
	RiskCallbackOthers int      `json:"risk_callback_others" required:"false" doc:"Percent after which somebody beside the keeper is warned; 0: two thirds of the way from our own target to the promised time"`
	RiskDocument       int      `json:"risk_document" required:"false" doc:"Percent of the promised time after which the keeper is warned about a promise of this kind; 0: as internal_target"`
	RiskDocumentOthers int      `json:"risk_document_others" required:"false" doc:"Percent after which somebody beside the keeper is warned; 0: two thirds of the way from our own target to the promised time"`
	AdvisedShare       float64  `json:"advised_share" required:"false" doc:"How often a promise at the advised time is kept, from your own record"`
	NormAnswer         int      `json:"norm_answer" required:"false" doc:"Working hours advised for an answer while there is no record"`
	NormCallback       int      `json:"norm_callback" required:"false" doc:"Working hours advised for phoning back while there is no record"`
	NormDecision       int      `json:"norm_decision" required:"false" doc:"Working hours advised for a decision while there is no record"`
	NormDocument       int      `json:"norm_document" required:"false" doc:"Working hours advised for a paper while there is no record"`
	TakeMinutes        int      `json:"take_minutes" required:"false" doc:"Minutes of opening time within which an urgent signal is taken"`
	UrgentClosed       []string `json:"urgent_closed" required:"false" doc:"What to do when it is urgent outside opening hours, a line each"`
	ThreeQuestions     bool     `json:"three_questions" required:"false" doc:"Remind of the three questions during a call"`
	AnswerHours        int      `json:"answer_hours" required:"false" doc:"Working hours within which a question has its first answer"`
	GoalKept           float64  `json:"goal_kept" required:"false" doc:"The share of promises you want to keep"`
	GoalAnswered       float64  `json:"goal_answered" required:"false" doc:"The share of questions you want to answer within answer_hours"`
	CallHours          int      `json:"call_hours" required:"false" doc:"Working hours within which a promised message is phoned"`
	CallTries          int      `json:"call_tries" required:"false" doc:"Calls without an answer before another way is tried"`
	SeenHours          int      `json:"seen_hours" required:"false" doc:"Working hours within which a message with a deadline is seen, else somebody phones"`
	MailHours          int      `json:"mail_hours" required:"false" doc:"Hours a mail server may be gone before messages go another way"`
	QuietFrom          string   `json:"quiet_from" required:"false" doc:"Local clock time after which nothing is mailed by itself"`
	ChildSpeaks        int      `json:"child_speaks" required:"false" doc:"From this age a child and its representative both speak"`
	ChildDecides       int      `json:"child_decides" required:"false" doc:"From this age nobody speaks for a child without a mandate"`
	QuietUntil         string   `json:"quiet_until" required:"false" doc:"Local clock time until which nothing is mailed by itself; the same as quiet_from for none"`
	LockMinutes        int      `json:"lock_minutes" required:"false" doc:"Minutes without input after which a screen locks itself; 0 for never"`
	LockNames          bool     `json:"lock_names" required:"false" doc:"Whether a locked screen names who signed in on it before"`
	EmergencyMinutes   int      `json:"emergency_minutes" required:"false" doc:"Minutes for which somebody sees what they opened in an emergency"`
	EmergencyDay       int      `json:"emergency_day" required:"false" doc:"How many emergencies one member can open in 24 hours"`
	DocumentMB         int      `json:"document_mb" required:"false" doc:"How large a file may be that is added to a case, in MB"`
}

// Defaults are the settings of a new organisation.
func Defaults() Settings {
	return Settings{UpdateClock: "16:00", ClosingDays: 7, HandoffHours: 4, AbsenceDays: 5, InternalTarget: 0.75, AdvisedShare: 0.9, NormAnswer: 8, NormCallback: 4, NormDecision: 40, NormDocument: 16,
		TakeMinutes: 15, ThreeQuestions: true, ChildSpeaks: 12, ChildDecides: 16, AnswerHours: 4, GoalKept: 0.9, GoalAnswered: 0.85, CallHours: 4, CallTries: 2, SeenHours: 8, MailHours: 24, QuietFrom: "21:00", QuietUntil: "07:30", LockMinutes: 15, DocumentMB: 10, EmergencyMinutes: 60, EmergencyDay: 5}
}

// SettingKind is how a setting is typed in and checked.
type SettingKind string

// The kinds of setting.
const (
	ClockSetting  SettingKind = "clock"  // 16:00
	NumberSetting SettingKind = "number" // whole, from Min to Max
	ShareSetting  SettingKind = "share"  // above Min up to Max, shown as percent
	YesNoSetting  SettingKind = "yes-no"
	ChoiceSetting SettingKind = "choice" // one of Choices
	LinesSetting  SettingKind = "lines"  // a list of texts, one a line, at most Max of them
)

// SettingField describes one setting: where it is in the JSON, on which part of
// the settings page it stands, and what may be filled in. Its sentences in the
// catalogue are setting.<path>.label and setting.<path>.hint, where every _
// of the path is a -; of a choice also setting.<path>.<choice>.
type SettingField struct {
	Path     string // JSON name: closing_days
	Group    string // setting-group.<group> in the catalogue
	Kind     SettingKind
	Min, Max float64
	Unit     string // unit.<unit> in the catalogue: "days", "working-hours", "minutes"
	Choices  []string
}

// The groups of the settings page, in their order.
const (
	GroupPromises = "promises"
	GroupCases    = "cases"
	GroupMessages = "messages"
	GroupUrgency  = "urgency"
	GroupPeople   = "people"
	GroupDesk     = "desk"
)

// SettingFields are all settings, in the order of the page.
func SettingFields() []SettingField {
	return []SettingField{
		{Path: "update_clock", Group: GroupPromises, Kind: ClockSetting},
		{Path: "internal_target", Group: GroupPromises, Kind: ShareSetting, Min: 0, Max: 1},
		{Path: "risk_answer", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 95, Unit: "percent"},
		{Path: "risk_answer_others", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 99, Unit: "percent"},
		{Path: "risk_decision", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 95, Unit: "percent"},
		{Path: "risk_decision_others", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 99, Unit: "percent"},
		{Path: "risk_update", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 95, Unit: "percent"},
		{Path: "risk_update_others", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 99, Unit: "percent"},
		{Path: "risk_callback", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 95, Unit: "percent"},
		{Path: "risk_callback_others", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 99, Unit: "percent"},
		{Path: "risk_document", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 95, Unit: "percent"},
		{Path: "risk_document_others", Group: GroupPromises, Kind: NumberSetting, Min: 0, Max: 99, Unit: "percent"},
		{Path: "advised_share", Group: GroupPromises, Kind: ShareSetting, Min: 0.7, Max: 0.95},
		{Path: "norm_answer", Group: GroupPromises, Kind: NumberSetting, Min: 1, Max: 400, Unit: "working-hours"},
		{Path: "norm_callback", Group: GroupPromises, Kind: NumberSetting, Min: 1, Max: 400, Unit: "working-hours"},
		{Path: "norm_decision", Group: GroupPromises, Kind: NumberSetting, Min: 1, Max: 400, Unit: "working-hours"},
		{Path: "norm_document", Group: GroupPromises, Kind: NumberSetting, Min: 1, Max: 400, Unit: "working-hours"},
		{Path: "closing_days", Group: GroupCases, Kind: NumberSetting, Min: 1, Max: 90, Unit: "days"},
		{Path: "handoff_hours", Group: GroupCases, Kind: NumberSetting, Min: 1, Max: 80, Unit: "working-hours"},
		{Path: "absence_days", Group: GroupCases, Kind: NumberSetting, Min: 1, Max: 60, Unit: "working-days"},
		{Path: "goal_kept", Group: GroupPromises, Kind: ShareSetting, Min: 0, Max: 1},
		{Path: "answer_hours", Group: GroupCases, Kind: NumberSetting, Min: 1, Max: 80, Unit: "working-hours"},
		{Path: "goal_answered", Group: GroupCases, Kind: ShareSetting, Min: 0, Max: 1},
		{Path: "call_hours", Group: GroupMessages, Kind: NumberSetting, Min: 1, Max: 40, Unit: "working-hours"},
		{Path: "call_tries", Group: GroupMessages, Kind: NumberSetting, Min: 1, Max: 10, Unit: "times"},
		{Path: "seen_hours", Group: GroupMessages, Kind: NumberSetting, Min: 1, Max: 80, Unit: "working-hours"},
		{Path: "mail_hours", Group: GroupMessages, Kind: NumberSetting, Min: 1, Max: 96, Unit: "hours"},
		{Path: "quiet_from", Group: GroupMessages, Kind: ClockSetting},
		{Path: "quiet_until", Group: GroupMessages, Kind: ClockSetting},
		{Path: "child_speaks", Group: GroupPeople, Kind: NumberSetting, Min: 0, Max: 18, Unit: "years"},
		{Path: "child_decides", Group: GroupPeople, Kind: NumberSetting, Min: 0, Max: 21, Unit: "years"},
		{Path: "emergency_minutes", Group: GroupPeople, Kind: NumberSetting, Min: 5, Max: 480, Unit: "minutes"},
		{Path: "emergency_day", Group: GroupPeople, Kind: NumberSetting, Min: 1, Max: 50, Unit: "times"},
		{Path: "take_minutes", Group: GroupUrgency, Kind: NumberSetting, Min: 1, Max: 480, Unit: "minutes"},
		{Path: "urgent_closed", Group: GroupUrgency, Kind: LinesSetting, Max: 6},
		{Path: "three_questions", Group: GroupDesk, Kind: YesNoSetting},
		{Path: "lock_minutes", Group: GroupDesk, Kind: NumberSetting, Min: 0, Max: 240, Unit: "minutes"},
		{Path: "document_mb", Group: GroupCases, Kind: NumberSetting, Min: 1, Max: 50, Unit: "megabytes"},
		{Path: "lock_names", Group: GroupDesk, Kind: YesNoSetting},
	}
}

// UnmarshalJSON fills what is absent with its default.
func (s *Settings) UnmarshalJSON(b []byte) error {
	type plain Settings
	p := plain(Defaults())
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*s = Settings(p)
	return nil
}

// UpdateMinute is the update clock in minutes after midnight.
func (s Settings) UpdateMinute() int { return MinuteOf(s.UpdateClock) }

// MinuteOf is a clock time of the settings in minutes after midnight. Saving
// refuses what cannot be read; 0 is given for it.
func MinuteOf(clock string) int {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

// Validate says everything that is wrong at once, with paths under "settings".
// What one setting may be follows from its line in SettingFields; only rules
// between settings are written here.
func (s Settings) Validate() error {
	var c errs.Checks
	values := s.values()
	for _, f := range SettingFields() {
		if wrong := f.wrong(values[f.Path]); wrong != nil {
			c.Add(*wrong)
		}
	}
	c.Must(s.ChildSpeaks <= s.ChildDecides, "settings.child_decides", "child-decides-first")
	for _, k := range RiskKinds {
		keeper, others := s.Risk(k)
		c.Must(others == 0 || others > keeper, "settings.risk_"+k+"_others", "risk-others-first")
	}
	return c.Err()
}

// RiskKinds are the kinds of promise that have warnings of their own.
var RiskKinds = []string{"answer", "decision", "update", "callback", "document"}

// Risk gives the shares of the promised time after which, for a kind of
// promise, the keeper is warned and after which others are; 0 for others is
// what follows from the first.
func (s Settings) Risk(kind string) (keeper, others float64) {
	var of, rest int
	switch kind {
	case "answer":
		of, rest = s.RiskAnswer, s.RiskAnswerOthers
	case "decision":
		of, rest = s.RiskDecision, s.RiskDecisionOthers
	case "update":
		of, rest = s.RiskUpdate, s.RiskUpdateOthers
	case "callback":
		of, rest = s.RiskCallback, s.RiskCallbackOthers
	case "document":
		of, rest = s.RiskDocument, s.RiskDocumentOthers
	}
	if keeper = s.InternalTarget; of > 0 {
		keeper = float64(of) / 100
	}
	return keeper, float64(rest) / 100
}
