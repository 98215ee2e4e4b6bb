package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/lang"
)

// State is how one thing is that the doctor looked at.
type State string

// The states, from good to bad.
const (
	Fine     State = "ok"
	Passed   State = "skipped" // does not apply here, or could not be looked at
	Worrying State = "warning" // works today; mend it
	Broken   State = "failed"  // does not work
)

// Finding is what the doctor says about one thing.
type Finding struct {
	Area  string `json:"area"` // configuration, database, record, clock, mail, disk, certificates
	Check string `json:"check"`
	State State  `json:"state"`
	Text  string `json:"text"`
	Mend  string `json:"mend,omitempty"` // how, when it needs mending

	said   string
	params []any  // of the sentences
	reason string // a reason of the mail catalogue, which becomes {{.Why}}
}

// found makes a finding: its sentence is doctor.<check>.<outcome> in the
// catalogue, and how to mend it doctor.mend.<check>-<outcome>.
func found(area, check, outcome string, state State, params ...any) Finding {
	return Finding{Area: area, Check: check, State: state, said: outcome, params: params}
}

// DoctorOptions say how the doctor reports.
type DoctorOptions struct {
	Config *config.Config
	JSON   bool
	Lang   string
	Out    io.Writer
}

// Doctor looks at the configuration, the database, the record, the clock,
// mail, disks and certificates, and says how to mend what is wrong. It changes
// nothing. The error is an ExitStatus of 1 when something does not work.
func Doctor(ctx context.Context, o DoctorOptions) error {
	words, err := Words()
	if err != nil {
		return err
	}
	p := words.Printer(o.Lang, nil, clock.Real{}.Now())
	list := examine(ctx, o.Config, clock.Real{}.Now())
	worst := Fine
	for i := range list {
		list[i].speak(p)
		if list[i].State == Broken || list[i].State == Worrying && worst == Fine {
			worst = list[i].State
		}
	}
	if o.JSON {
		enc := json.NewEncoder(o.Out)
		enc.SetIndent("", "  ")
		err = enc.Encode(map[string]any{"state": worst, "findings": list})
	} else {
		err = printFindings(o.Out, p, list, worst)
	}
	if err == nil && worst == Broken {
		err = ExitStatus(1)
	}
	return err
}

// examine looks at everything. What stands on something broken is not looked at.
func examine(ctx context.Context, cfg *config.Config, now time.Time) []Finding {
	list := lookAtSettings(cfg)
	data, size := lookAtDatabase(ctx, cfg, now)
	list = append(list, data...)
	list = append(list, lookAtZone(), lookAtTime(machineClock()))
	list = append(list, lookAtMail(ctx, cfg)...)
	list = append(list, lookAtDisks(cfg, size)...)
	list = append(list, lookAtBackups(cfg, now), lookAtScanner(ctx, cfg))
	return append(list, lookAtCertificate(cfg, now))
}

// speak fills in the sentences.
func (f *Finding) speak(p lang.Printer) {
	if f.reason != "" {
		f.params = append(f.params, "Why", p.T("mail.reason."+f.reason, f.params...))
	}
	f.Text = p.T("doctor."+f.Check+"."+f.said, f.params...)
	if f.State == Worrying || f.State == Broken {
		f.Mend = p.T("doctor.mend."+f.Check+"-"+f.said, f.params...)
	}
}

func printFindings(out io.Writer, p lang.Printer, list []Finding, worst State) error {
	area := ""
	for _, f := range list {
		if f.Area != area {
			area = f.Area
			if _, err := fmt.Fprintf(out, "%s\n", p.T("doctor.area."+area)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "  %-8s %s\n", p.T("doctor.state."+string(f.State)), f.Text); err != nil {
			return err
		}
		if f.Mend != "" {
			if _, err := fmt.Fprintf(out, "  %-8s %s\n", "", f.Mend); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(out, "\n%s\n", p.T("doctor.end."+string(worst)))
	return err
}

// why is an error as a reader of findings may see it.
func why(err error) string {
	if e, ok := errs.As(err); ok && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}
