package notify

import (
	"context"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Test owes an officer one message that goes out by a channel just as one to a citizen
// does, so that he learns whether it arrives, and what the provider says if it does not.
// The store lists what became of it (LastTests).
func (o *Outbox) Test(ctx context.Context, tx *store.Store, p *region.Pack, officer, ch string) error {
	args := map[string]string{"time": When(p, officerLang, tx.Clock().Now())}
	content := Content{Key: region.OfficerTest, Args: args, Lang: officerLang, Text: p.Text(officerLang, region.OfficerTest, args),
		Subject: p.Text(officerLang, region.SubjectTest, args)}
	body, err := content.encode()
	if err != nil {
		return err
	}
	return tx.AddNotification(ctx, &store.Notification{Region: p.Identity.Code, EventID: store.TestEvent + tanggap.NewID(),
		Recipient: officerPrefix + officer, Channel: ch, Template: region.OfficerTest, Pack: p.Version, Body: body})
}
