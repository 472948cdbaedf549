package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/notify"
	"tanggap/internal/store"
)

// accountEvery is how often the provider is asked how our number and templates
// stand. Webhooks tell sooner; asking finds what a lost webhook did not tell.
const accountEvery = time.Hour

// watchAccounts asks about the accounts of all regions until ctx ends. It runs
// beside the leader's sweeps, which must not wait for a provider, and returns a
// function that waits for its end.
func (a *App) watchAccounts(ctx context.Context) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(accountEvery)
		defer tick.Stop()
		for {
			for _, code := range a.codes {
				// An answer that does not come is told here and asked for again.
				if err := a.askAccount(ctx, code); err != nil && ctx.Err() == nil {
					a.log.Error("the provider did not say how our account stands", "region", code, "error", err)
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { <-done }
}

// askAccount writes down how a region's number and templates stand.
func (a *App) askAccount(ctx context.Context, code string) error {
	client, ok := a.send.Senders[channel.Way{Region: code, Channel: channel.WhatsApp}].(*whatsapp.Client)
	if !ok || a.cfg.Outbound == OutboundOff {
		return nil
	}
	return errors.Join(a.askNumber(ctx, code, client), a.askTemplates(ctx, code, client))
}

func (a *App) askNumber(ctx context.Context, code string, client *whatsapp.Client) error {
	signs, err := client.Health(ctx, a.deps.Clock.Now())
	if err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *store.Store) error {
		for _, s := range signs {
			_, err := tx.SetSign(ctx, &store.Sign{Region: code, Channel: channel.WhatsApp, Subject: s.Subject, Sign: s.Sign, Value: s.Value, UpdatedAt: s.At})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *App) askTemplates(ctx context.Context, code string, client *whatsapp.Client) error {
	if !client.KnowsAccount() {
		return nil // the registry stays empty, and says nothing
	}
	asked := a.deps.Clock.Now()
	infos, err := client.Templates(ctx)
	if err != nil {
		return err
	}
	var listed []*store.Template
	for _, t := range infos {
		listed = append(listed, &store.Template{Name: t.Name, Language: t.Language, Category: t.Category, Status: t.Status,
			Quality: t.Quality, Reason: t.Reason, Params: int64(t.Params)})
	}
	return a.store.InTx(ctx, func(tx *store.Store) error {
		return notify.SyncTemplates(ctx, tx, code, channel.WhatsApp, listed, asked)
	})
}

// officers is the sender that reaches a region's officers by whatever other channels
// the region has: alarms by WhatsApp template, else by mail.
type officers struct {
	senders map[channel.Way]channel.Sender
	region  string
}

func (o officers) Send(ctx context.Context, out channel.Outbound) (string, error) {
	var to notify.Officers
	if s := o.senders[channel.Way{Region: o.region, Channel: channel.WhatsApp}]; s != nil {
		to.Ways = append(to.Ways, notify.ByTemplate(s))
	}
	if s := o.senders[channel.Way{Region: o.region, Channel: channel.Email}]; s != nil {
		to.Ways = append(to.Ways, notify.ByMail(s))
	}
	return to.Send(ctx, out)
}

// freeMessages is what Meta does not charge for, a number and month (service
// messages, from October 2026).
const freeMessages = 1000

// limit is the region's budget as the dispatcher wants it.
func (w *WhatsApp) limit() notify.Limit {
	return notify.Limit{Messages: w.Budget, Free: max(cmp.Or(w.FreeMessages, freeMessages), 0)}
}
