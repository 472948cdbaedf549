package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/media"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// DraftBlob begins the key of a file uploaded before its citizen was known; it is
// sealed with the region's key until it is adopted here.
const DraftBlob = "d-"

// fetchTries is how often a file is asked for; the provider's copy lives seven days.
const fetchTries = 8

// fileSource says where a file is to be fetched. Way is the channel it came by, which
// need not be the case's; "" in what was noted before there were two.
type fileSource struct {
	channel.Media
	Way string `json:",omitempty"`
}

// attach notes the files of a message and orders their fetching.
func (t *talk) attach(ctx context.Context, c *store.Case, m *store.Message) error {
	for _, f := range t.m.Media {
		source, err := json.Marshal(fileSource{f, t.row.Channel})
		if err != nil {
			return err
		}
		a := &store.Attachment{Region: c.Region, CaseID: c.ID, MessageID: m.ID, CitizenID: c.CitizenID,
			State: store.AttachmentPending, Kind: string(t.m.Kind), MIME: f.MIME, Source: string(source)}
		if err := t.tx.AddAttachment(ctx, a); err != nil {
			return err
		}
		if err := t.Queue.Add(ctx, t.tx, job.Job{Args: MediaArgs{Region: a.Region, ID: a.ID}, Queue: job.Slow}); err != nil {
			return err
		}
	}
	return nil
}

// fetch brings one file in: get it, clean it, seal it with its citizen's key. What
// cannot be cleaned is not kept.
func (in *Intake) fetch(ctx context.Context, regionCode, id string, attempt int) error {
	a, err := in.Store.Attachment(ctx, regionCode, id)
	if err != nil || a.State != store.AttachmentPending {
		return err
	}
	var source fileSource
	if err := json.Unmarshal([]byte(a.Source), &source); err != nil {
		return err
	}
	if attempt > fetchTries {
		// The tries before this one ended with the process: the file itself is at fault.
		return in.refuse(ctx, a, "berkas tidak dapat dibaca dengan aman")
	}
	data, err := in.load(ctx, a, source)
	var send *channel.SendError
	switch {
	case err == nil:
	case errors.As(err, &send) && send.Fault == channel.FaultMessage:
		return in.refuse(ctx, a, "penyedia tidak lagi memiliki berkas ini")
	case attempt >= fetchTries:
		return in.refuse(ctx, a, "berkas tidak dapat diambil dari penyedia")
	default:
		return err
	}
	clean, err := in.Sanitise(ctx, data)
	if err != nil {
		var known *tanggap.Error
		if !errors.As(err, &known) || known.Code == tanggap.Unavailable {
			return err
		}
		return in.refuse(ctx, a, known.Message)
	}
	a.GPS = source.GPS // of a draft's photo, which was cleaned when it was uploaded
	if err := in.keep(ctx, a, clean); err != nil {
		return err
	}
	if strings.HasPrefix(source.Blob, DraftBlob) {
		return in.Media.Delete(ctx, source.Blob)
	}
	return nil
}

func (in *Intake) load(ctx context.Context, a *store.Attachment, source fileSource) ([]byte, error) {
	if strings.HasPrefix(source.Blob, DraftBlob) {
		sealed, err := read(ctx, in.Media, source.Blob)
		if err != nil {
			return nil, err
		}
		return in.Store.OpenRegion(ctx, sealed, seal.Where{Region: a.Region, Table: "blobs", Column: "data", ID: source.Blob})
	}
	if source.Way == "" {
		c, err := in.Store.Case(ctx, a.Region, a.CaseID)
		if err != nil {
			return nil, err
		}
		source.Way = c.Channel
	}
	fetcher, ok := in.Fetchers[channel.Way{Region: a.Region, Channel: source.Way}]
	if !ok {
		return nil, fmt.Errorf("no way to fetch files of channel %s", source.Way)
	}
	data, _, err := fetcher.Fetch(ctx, source.Media, media.MaxSize)
	return data, err
}

func read(ctx context.Context, s media.Store, key string) ([]byte, error) {
	r, err := s.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// keep seals the cleaned file, and a thumbnail of a photo beside it.
func (in *Intake) keep(ctx context.Context, a *store.Attachment, clean media.Clean) error {
	a.Blob = media.NewKey()
	blobs := map[string][]byte{a.Blob: clean.Data}
	if clean.Kind == media.Image {
		thumb, err := media.Thumb(clean.Data)
		if err != nil {
			return err
		}
		blobs[a.Blob+ThumbSuffix] = thumb
	}
	for key, data := range blobs {
		sealed, err := in.Store.SealBlob(ctx, a, key, data)
		if err != nil {
			return err
		}
		if err := in.Media.Put(ctx, key, bytes.NewReader(sealed)); err != nil {
			return err
		}
	}
	a.State, a.MIME, a.Size, a.StoredAt = store.AttachmentStored, clean.MIME, int64(len(clean.Data)), in.Store.Clock().Now()
	if clean.GPS != nil {
		a.GPS = fmt.Sprintf("%.5f,%.5f", clean.GPS.Lat, clean.GPS.Lon)
	}
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, a.Region, a.CaseID)
		if err != nil {
			return err
		}
		if err := tx.SetAttachment(ctx, a); err != nil {
			return err
		}
		return casework.KeepLook(ctx, tx, c, a, clean.Look)
	})
}

// ThumbSuffix ends the key of a photo's thumbnail.
const ThumbSuffix = "-t"

func (in *Intake) refuse(ctx context.Context, a *store.Attachment, reason string) error {
	a.State, a.Reason = store.AttachmentRefused, reason
	return in.Store.SetAttachment(ctx, a)
}

// Refetch asks the provider once more for a file that was refused, because an
// officer wants it. The provider keeps files for some days only.
func (in *Intake) Refetch(ctx context.Context, regionCode, id string, officer *store.Officer) error {
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		a, err := tx.Attachment(ctx, regionCode, id)
		if err != nil {
			return err
		}
		c, err := tx.Case(ctx, regionCode, a.CaseID)
		if err != nil {
			return err
		}
		again, err := tx.RefetchAttachment(ctx, regionCode, id)
		if err != nil {
			return err
		}
		if !again {
			return tanggap.Errorf(tanggap.Conflict, "berkas ini sudah tersimpan atau sedang diambil")
		}
		if err := in.Queue.Add(ctx, tx, job.Job{Args: MediaArgs{Region: regionCode, ID: id}, Queue: job.Slow}); err != nil {
			return err
		}
		_, err = tx.AddEvent(ctx, c, casework.Officer(officer.ID), Refetched, map[string]any{"attachment": id})
		return err
	})
}
