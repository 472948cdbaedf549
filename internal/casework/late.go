package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// LateReasons are the codes of usual reasons why a case runs late. A case keeps one with
// LateCode before it; anybody may read those, an officer's own words only the citizen.
var LateReasons = []string{"parts", "budget", "field", "outside", "weather", "load"}

// LateCode marks a code among the reasons of a case.
const LateCode = "@"

// longestDelay bounds how far away the day may be that an officer names instead.
const longestDelay = 180 * 24 * time.Hour

// CanDelay reports whether there is a promise about which the citizen can be told that
// it will be kept later.
func CanDelay(c *store.Case) bool {
	return c.State.Open() && !c.State.Paused() && !c.DueAt.IsZero()
}

// IsLate reports whether that promise is broken already.
func IsLate(c *store.Case, now time.Time) bool { return CanDelay(c) && now.After(c.DueAt) }

// AskLate reports whether the citizen waits for a reason: the promise is broken and
// nothing was said, or what was said did not come true either.
func AskLate(c *store.Case, now time.Time) bool {
	return IsLate(c, now) && !c.ExpectedAt.After(now)
}

// Delay tells the citizen why his case runs late and when it is expected instead. The
// promise stays what it was: the case counts as late. reason is what the case keeps,
// words what the citizen reads.
func (d *Desk) Delay(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, reason, words string, until time.Time) error {
	now := tx.Clock().Now()
	code, coded := strings.CutPrefix(reason, LateCode)
	switch {
	case !CanDelay(c):
		return tanggap.Errorf(tanggap.Conflict, "laporan %s tidak punya batas waktu yang berjalan", c.Number)
	case strings.TrimSpace(reason) == "" || coded && !slices.Contains(LateReasons, code):
		return &tanggap.Error{Code: tanggap.Invalid, Field: "sebab-terlambat", Message: "Pilih atau tulis alasannya; warga akan membacanya."}
	case !until.After(now) || !until.After(c.DueAt):
		return &tanggap.Error{Code: tanggap.Invalid, Field: "perkiraan", Message: "Pilih tanggal sesudah hari ini dan sesudah batas waktunya."}
	case until.Sub(now) > longestDelay:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "perkiraan", Message: "Tanggal ini terlalu jauh: paling lama 180 hari dari sekarang."}
	}
	c.Late, c.ExpectedAt = strings.TrimSpace(reason), until.UTC()
	human(c, now)
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), Delayed, map[string]any{"until": c.ExpectedAt.In(p.Location()).Format(time.DateOnly)})
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextDelayed, notify.Options{Args: map[string]string{"reason": words, "until": notify.Day(p, l, until)}})
}
