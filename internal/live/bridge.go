package live

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tanggap/internal/store"
)

// pgChannel is the name under which nodes hear each other.
const pgChannel = "tanggap_live"

// note is the payload of one NOTIFY, far below PostgreSQL's 8,000 bytes.
type note struct {
	Node   string
	Region string `json:",omitempty"`
	Case   string `json:",omitempty"`
	Unit   string `json:",omitempty"`
	Type   string `json:",omitempty"`
	Reload bool   `json:",omitempty"`
}

// maxPause is the longest wait before another try to reach the database.
const maxPause = 30 * time.Second

// Bridge joins the hubs of all nodes on one PostgreSQL by LISTEN and NOTIFY, until
// ctx ends. dsn must lead to the server itself or to a pooler in session mode. While
// the database is away it tries again with growing pauses, and afterwards tells
// every listener to reload, for what the others did meanwhile is not known. It
// returns an error only for a dsn it cannot read.
func Bridge(ctx context.Context, dsn string, hub *Hub, log *slog.Logger) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("live: database address: %w", err)
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	for pause := time.Second; ; pause = min(2*pause, maxPause) {
		joined, err := join(ctx, cfg, hub)
		if ctx.Err() != nil {
			return nil
		}
		if joined {
			pause = time.Second
		}
		log.Warn("live signals between nodes interrupted", "error", err, "again_in", pause)
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-wait.C:
		}
	}
}

// join connects and passes signals both ways until something breaks.
func join(ctx context.Context, cfg *pgx.ConnConfig, hub *Hub) (joined bool, err error) {
	in, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return false, err
	}
	defer in.Close(context.WithoutCancel(ctx))
	out, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return false, err
	}
	defer out.Close(context.WithoutCancel(ctx))
	if _, err := in.Exec(ctx, "LISTEN "+pgChannel); err != nil {
		return false, err
	}
	g, ctx := errgroup.WithContext(ctx)
	sub := hub.subscribe(ctx, "", &Subscription{local: true})
	hub.Reload() // passed on too: the others have missed us as we have missed them
	g.Go(func() error { return listen(ctx, in, hub) })
	g.Go(func() error { return tell(ctx, out, hub, sub) })
	return true, g.Wait()
}

func listen(ctx context.Context, conn *pgx.Conn, hub *Hub) error {
	for {
		got, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var n note
		if err := json.Unmarshal([]byte(got.Payload), &n); err != nil || n.Node == hub.name {
			continue // not ours to understand, or our own
		}
		if n.Reload {
			hub.reload(true)
			continue
		}
		hub.publish([]store.Change{{Region: n.Region, CaseID: n.Case, Unit: n.Unit, Type: n.Type}}, true)
	}
}

func tell(ctx context.Context, conn *pgx.Conn, hub *Hub, sub *Subscription) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-sub.More():
		}
		for _, e := range sub.Take() {
			c := e.Change
			body, err := json.Marshal(note{Node: hub.name, Region: c.Region, Case: c.CaseID, Unit: c.Unit, Type: c.Type, Reload: e.Reload})
			if err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", pgChannel, string(body)); err != nil {
				return err
			}
		}
	}
}
