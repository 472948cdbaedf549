package casework

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Events of what somebody is asked to do about a case.
const (
	TaskGiven     = "task.given"
	TaskAccepted  = "task.accepted"
	TaskDone      = "task.done"
	TaskCancelled = "task.cancelled"
)

// Give asks somebody to do something about a case by a day. The unit hears of it; for hands
// outside it returns the token of the link that opens the task.
func (d *Desk) Give(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, t *store.Task) (string, error) {
	t.Region, t.CaseID, t.CitizenID, t.MadeBy = c.Region, c.ID, c.CitizenID, officer
	t.Outside = text.Mask(strings.TrimSpace(t.Outside))
	switch {
	case t.Kind == store.TaskOutside && t.Outside == "":
		return "", &tanggap.Error{Code: tanggap.Invalid, Field: "pihak", Message: "Tulis siapa yang diminta, misalnya PLN atau ketua RT."}
	case t.Kind == store.TaskOutside && c.Secret:
		return "", tanggap.Errorf(tanggap.Invalid, "laporan rahasia tidak bisa dibagikan ke luar")
	}
	if err := sound(t, tx.Clock().Now()); err != nil {
		return "", err
	}
	token, err := tx.AddTask(ctx, t)
	if err != nil {
		return "", err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), TaskGiven, map[string]any{"task": t.ID, "kind": t.Kind})
	if err != nil || t.Kind == store.TaskOutside {
		return token, err
	}
	return token, d.Outbox.Task(ctx, tx, p, c, event, t)
}

// sound says what is wrong with a new task that an officer gives.
func sound(t *store.Task, now time.Time) error {
	t.Words = strings.TrimSpace(t.Words)
	switch {
	case t.Kind != store.TaskDisposition && t.Kind != store.TaskExplanation && t.Kind != store.TaskOutside:
		return tanggap.Errorf(tanggap.Invalid, "pilih apa yang diminta")
	case t.Words == "":
		return &tanggap.Error{Code: tanggap.Invalid, Field: "tugas", Message: "Tulis apa yang harus dikerjakan atau dijelaskan."}
	case utf8.RuneCountInString(t.Words) > mostTaskWords:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "tugas", Message: "Tulisan terlalu panjang: paling banyak 2.000 huruf."}
	case !t.DueAt.After(now):
		return tanggap.Errorf(tanggap.Invalid, "pilih batas waktu yang belum lewat")
	}
	return nil
}

// mostTaskWords is how many characters a task or its answer may have.
const mostTaskWords = 2000

// Accept notes that hands outside have taken a task.
func (d *Desk) Accept(ctx context.Context, tx *store.Store, c *store.Case, t *store.Task) error {
	if !t.Open() || !t.AcceptedAt.IsZero() {
		return nil
	}
	t.AcceptedAt = tx.Clock().Now().UTC()
	if err := tx.SetTask(ctx, t); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, System, TaskAccepted, map[string]any{"task": t.ID})
	return err
}

// Answer ends a task with what was done or what explains it. officer is "" for hands
// outside; what they say is kept in the case as a note. Who gave the task hears of it; the
// answer to an objection goes to the citizen.
func (d *Desk) Answer(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, t *store.Task, officer, words string) (*store.Message, error) {
	words = strings.TrimSpace(words)
	if err := finish(ctx, tx, t, officer, words); err != nil {
		return nil, err
	}
	actor := System
	var m *store.Message
	if officer != "" {
		actor = Officer(officer)
	} else {
		m = &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel, Kind: "text",
			Author: System, Body: t.Outside + ": " + words}
		if err := tx.AddMessage(ctx, m); err != nil {
			return nil, err
		}
	}
	event, err := d.event(ctx, tx, c, actor, TaskDone, map[string]any{"task": t.ID})
	switch {
	case err != nil:
		return m, err
	case t.Kind == store.TaskObjection:
		return m, d.Outbox.Citizen(ctx, tx, p, c, event, region.TextObjectionAnswered, notify.Options{Author: actor, Args: map[string]string{"answer": words}})
	case t.MadeBy == officer:
		return m, nil
	}
	return m, d.Outbox.TaskDone(ctx, tx, p, c, event, t)
}

// finish keeps the answer to a task.
func finish(ctx context.Context, tx *store.Store, t *store.Task, officer, words string) error {
	if words == "" {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "jawaban", Message: "Tulis apa yang sudah dikerjakan."}
	}
	if !t.Open() {
		return tanggap.Errorf(tanggap.Conflict, "tugas ini sudah selesai")
	}
	t.DoneAt, t.Answer, t.AnsweredBy = tx.Clock().Now().UTC(), words, officer
	return tx.SetTask(ctx, t)
}

// Cancel takes a task back.
func (d *Desk) Cancel(ctx context.Context, tx *store.Store, c *store.Case, t *store.Task, officer string) error {
	if err := cancel(ctx, tx, t, officer); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), TaskCancelled, map[string]any{"task": t.ID})
	return err
}

// cancel is for who gave the task alone.
func cancel(ctx context.Context, tx *store.Store, t *store.Task, officer string) error {
	if t.MadeBy != officer {
		return tanggap.Errorf(tanggap.Forbidden, "hanya yang memberi tugas yang bisa membatalkannya")
	}
	if !t.Open() {
		return tanggap.Errorf(tanggap.Conflict, "tugas ini sudah selesai")
	}
	t.CancelledAt = tx.Clock().Now().UTC()
	return tx.SetTask(ctx, t)
}

// TaskDays are the days after which a task may be due.
var TaskDays = []int{1, 3, 7, 14}

// TaskDue is the end of the working day so many days from now.
func TaskDue(now time.Time, zone *time.Location, days int) time.Time {
	local := now.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day()+days, 16, 0, 0, 0, zone)
}
