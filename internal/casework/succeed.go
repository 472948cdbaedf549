package casework

import (
	"context"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Succeeded is the type of the event with which a case follows a service or unit that was
// retired.
const Succeeded = "case.succeeded"

// Succeed moves an open case from a service or unit that the pack has retired to the one
// that took its place. The promise to the citizen stays as it was made; closed cases keep
// what they were about.
func (d *Desk) Succeed(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	if !c.State.Open() {
		return nil
	}
	service, unit := c.Service, c.Unit
	if to := p.Current(service); to != "" {
		c.Service = to
	}
	if to := p.CurrentUnit(unit); to != "" {
		c.Unit = to
	}
	if c.Service == service && c.Unit == unit {
		return nil
	}
	if c.Unit != unit {
		c.OfficerID = ""
	}
	if s, ok := p.Service(c.Service); ok && s.Secret {
		c.Secret = true
	}
	if err := reindex(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, System, Succeeded, map[string]any{"service": c.Service, "unit": c.Unit, "from": unit, "was": service, "pack": p.Version})
	if err != nil || c.Unit == unit {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}
