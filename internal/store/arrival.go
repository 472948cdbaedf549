package store

import (
	"context"
	"maps"
	"slices"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Arrival is a delivery with its items on the way into the store. What costs time,
// sealing and hashing, is done by SealArrival before the transaction, in which many
// arrivals share one commit.
type Arrival struct {
	Delivery *Delivery
	Items    []*Inbound
	Fresh    []*Inbound // of Items, those never seen before; set by AddArrivals
}

// AddDelivery inserts a delivery and those of its items that were never seen before,
// and returns them with their sequence numbers.
func (s *Store) AddDelivery(ctx context.Context, d *Delivery, items []*Inbound) (fresh []*Inbound, err error) {
	a := &Arrival{Delivery: d, Items: items}
	if err := s.SealArrival(ctx, a); err != nil {
		return nil, err
	}
	err = s.AddArrivals(ctx, a)
	return a.Fresh, err
}

// SealArrival makes an arrival ready to be stored. The rows will carry only the blind
// index of External, because provider ids can contain phone numbers.
func (s *Store) SealArrival(ctx context.Context, a *Arrival) (err error) {
	d := a.Delivery
	d.ID, d.ReceivedAt, d.Size = tanggap.NewID(), s.now(), int64(len(d.Body))
	if d.BodyCT, err = s.SealRegion(ctx, d.Body, seal.Where{Region: d.Region, Table: "deliveries", Column: "body", ID: d.ID}); err != nil {
		return err
	}
	for _, in := range a.Items {
		in.Region, in.Channel, in.DeliveryID, in.State, in.ReceivedAt = d.Region, d.Channel, d.ID, InboundPending, d.ReceivedAt
		if in.ExternalBidx, err = s.Blind(ctx, d.Region, seal.PurposeExternalID, in.External); err != nil {
			return err
		}
		if in.RawCT, err = s.SealRegion(ctx, in.Raw, seal.Where{Region: d.Region, Table: "inbounds", Column: "raw", ID: rawID(in)}); err != nil {
			return err
		}
	}
	return nil
}

// AddArrivals inserts sealed arrivals in the order given, with gap-free sequence
// numbers for the items that their region does not have yet. It belongs in a
// transaction.
func (s *Store) AddArrivals(ctx context.Context, list ...*Arrival) error {
	byRegion := map[string][]*Arrival{}
	for _, a := range list {
		byRegion[a.Delivery.Region] = append(byRegion[a.Delivery.Region], a)
	}
	// Two nodes may receive the same item at once; they take turns here, so that neither
	// runs into the unique index and gives a sequence number away. The order of regions
	// is the same on all nodes.
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		if err := s.Lock(ctx, "inbound:"+region); err != nil {
			return err
		}
		if err := s.addRegion(ctx, region, byRegion[region]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addRegion(ctx context.Context, region string, list []*Arrival) error {
	if err := s.unseen(ctx, region, list); err != nil {
		return err
	}
	var deliveries, inbounds [][]any
	fresh := int64(0)
	for _, a := range list {
		d := a.Delivery
		deliveries = append(deliveries, []any{d.Region, d.ID, d.Channel, d.Hash, d.Size, d.BodyCT, s.moment(d.ReceivedAt)})
		fresh += int64(len(a.Fresh))
	}
	if err := s.insert(ctx, "INSERT INTO deliveries (region, id, channel, hash, size, body_ct, received_at)", deliveries); err != nil || fresh == 0 {
		return err
	}
	last, err := s.Take(ctx, region, "inbound", fresh)
	if err != nil {
		return err
	}
	seq := last - fresh
	for _, a := range list {
		for _, in := range a.Fresh {
			seq++
			in.Seq = seq
			inbounds = append(inbounds, []any{in.Region, in.Seq, in.DeliveryID, in.Channel, in.Account, in.ExternalBidx, in.Kind, in.RawCT,
				in.State, "", "", 0, "", "", s.moment(in.ReceivedAt)})
		}
	}
	return s.insert(ctx, `INSERT INTO inbounds (region, seq, delivery_id, channel, account, external_bidx, kind, raw_ct,
		state, outcome, reason, attempts, case_id, message_id, received_at)`, inbounds)
}

// from is what, with the blind index, makes an item unique in its region.
type from struct{ channel, account string }

// unseen puts into Fresh the items that the region does not have yet, each once.
func (s *Store) unseen(ctx context.Context, region string, list []*Arrival) error {
	bidxs := map[from][]any{}
	for _, a := range list {
		for _, in := range a.Items {
			f := from{in.Channel, in.Account}
			bidxs[f] = append(bidxs[f], in.ExternalBidx)
		}
	}
	seen := map[from]map[string]bool{}
	for f, all := range bidxs {
		seen[f] = map[string]bool{}
		for part := range slices.Chunk(all, many) {
			if err := s.look(ctx, region, f, padded(part), seen[f]); err != nil {
				return err
			}
		}
	}
	for _, a := range list {
		a.Fresh = nil
		for _, in := range a.Items {
			known, bidx := seen[from{in.Channel, in.Account}], string(in.ExternalBidx)
			if !known[bidx] {
				known[bidx] = true
				a.Fresh = append(a.Fresh, in)
			}
		}
	}
	return nil
}

// look adds to seen those of the given blind indexes that are stored. It names every
// column of the unique index: without the account it would read all that a channel
// ever received.
func (s *Store) look(ctx context.Context, region string, f from, bidxs []any, seen map[string]bool) error {
	rows, err := s.SQLTx().QueryContext(ctx, "SELECT external_bidx FROM inbounds WHERE region = $1 AND channel = $2 AND account = $3 AND external_bidx IN "+
		s.places(len(bidxs), 4), append([]any{region, f.channel, f.account}, bidxs...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var bidx []byte
		if err := rows.Scan(&bidx); err != nil {
			return err
		}
		seen[string(bidx)] = true
	}
	return rows.Err()
}
