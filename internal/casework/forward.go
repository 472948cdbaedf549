package casework

import (
	"context"

	"tanggap/internal/store"
)

// SourceAdded is the event of an officer saying who wrote what he passed on; the contact
// counts only once its owner has confirmed it.
const SourceAdded = "citizen.source"

// PassOn keeps what somebody else wrote, and an officer passed on, in an open case of
// another citizen: as a note, for nobody knows whether they are one.
func (d *Desk) PassOn(ctx context.Context, tx *store.Store, c *store.Case, officer, words string) (*store.Message, error) {
	return d.FieldNote(ctx, tx, c, officer, "Diteruskan dari percakapan lain:\n"+words, false)
}

// Source notes that an officer has said who wrote.
func (d *Desk) Source(ctx context.Context, tx *store.Store, c *store.Case, officer string) error {
	_, err := d.event(ctx, tx, c, Officer(officer), SourceAdded, nil)
	return err
}
