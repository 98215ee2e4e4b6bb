package promise

import (
	"context"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/care/signal"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/stats"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
)

// SignalAdvisor tells a manager that promises are not kept as often as their
// odds said, or far more often.
const SignalAdvisor = "advisor.off"

const (
	calibrateDays  = 90
	calibrateLeast = 30 // promises, before a manager is called
	calibrateEvery = 24 * time.Hour
)

// Calibration is what came of promises made at some odds.
type Calibration struct {
	Org      string    `db:"org_id"`
	Odds     int       `db:"odds"` // thousandths, to the nearest twentieth; 0: all together
	Checked  time.Time `db:"checked_at"`
	Since    time.Time `db:"since"`
	Expected int       `db:"expected"` // mean odds, in thousandths
	N        int       `db:"promises"`
	Kept     int       `db:"kept"`
}

// Share is the share kept, with Wilson's 95% interval.
func (c Calibration) Share() (share, low, high float64) {
	low, high = stats.Wilson(c.Kept, c.N)
	if c.N > 0 {
		share = float64(c.Kept) / float64(c.N)
	}
	return share, low, high
}

// Off says whether the record shows that what was expected is not so: the
// expected share lies outside the interval, of promises enough to tell.
func (c Calibration) Off() bool {
	_, low, high := c.Share()
	expected := float64(c.Expected) / 1000
	return c.N >= calibrateLeast && (expected < low || expected > high)
}

// calibrate sums up promises by the odds they were made at. What was moved was
// not kept at the time that was promised first.
func calibrate(orgID string, list []judged, since, now time.Time) []Calibration {
	const width = 50
	rows := []Calibration{{Org: orgID, Since: since, Checked: now}}
	at := map[int]int{}
	sums := []int{0}
	for _, j := range list {
		odds := (j.Odds + width/2) / width * width
		odds = max(odds, width)
		i, ok := at[odds]
		if !ok {
			i = len(rows)
			at[odds] = i
			rows = append(rows, Calibration{Org: orgID, Odds: odds, Since: since, Checked: now})
			sums = append(sums, 0)
		}
		for _, k := range []int{0, i} {
			rows[k].N += j.N
			sums[k] += j.N * j.Odds
			if j.State == Kept {
				rows[k].Kept += j.N
			}
		}
	}
	for i := range rows {
		if rows[i].N > 0 {
			rows[i].Expected = sums[i] / rows[i].N
		}
	}
	return rows
}

// calibrationJob is the nightly check of all organisations.
func (s *Service) calibrationJob() job.Kind {
	return job.Kind{Name: "promise.calibration", Every: calibrateEvery, Lease: 10 * time.Minute, Handle: func(ctx context.Context, _ job.Job) error {
		return s.Calibrate(ctx)
	}}
}

// Calibrate checks, for every organisation, whether promises were kept as often
// as the odds they were made at. A manager gets a signal when they were not.
func (s *Service) Calibrate(ctx context.Context) error {
	for after := ""; ; {
		var ids []string
		if err := s.DB.Read(ctx, func(q db.Q) (err error) { ids, err = allOrganisations(q, after, 100); return err }); err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.DB.Write(ctx, func(t *db.Tx) error { return calibrateOrg(t, id) }); err != nil {
				return err
			}
			after = id
		}
		if len(ids) < 100 {
			return nil
		}
	}
}

func calibrateOrg(t *db.Tx, orgID string) error {
	since := t.Now().AddDate(0, 0, -calibrateDays)
	list, err := judgedSince(t, orgID, since)
	if err != nil {
		return err
	}
	rows := calibrate(orgID, list, since, t.Now())
	if err := saveCalibration(t, orgID, rows); err != nil {
		return err
	}
	who := actor.ForSystem(orgID)
	if !rows[0].Off() {
		_, err := signal.Clear(t, who, SignalAdvisor, orgID, "calibrated")
		return err
	}
	leads, err := org.Leads(t, orgID)
	if err != nil || len(leads) == 0 {
		return err
	}
	_, _, err = signal.Raise(t, who, signal.Signal{Kind: SignalAdvisor, Level: signal.Notice, SubjectKind: "organisation", Subject: orgID,
		Member: leads[0].ID, Data: map[string]any{"expected": rows[0].Expected, "promises": rows[0].N, "kept": rows[0].Kept}})
	return err
}
