package casework

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Rated is the event of a citizen saying how satisfied he is with a case that is closed.
const Rated = "case.rated"

// ChoiceRate comes before the score in the id of a choice.
const ChoiceRate = "rate:"

// rateButtons are the four scores, best first, by channel.ButtonLimit names of the pack.
var rateButtons = []struct {
	score int
	key   string
}{{4, region.ButtonRate4}, {3, region.ButtonRate3}, {2, region.ButtonRate2}, {1, region.ButtonRate1}}

// CanRate reports whether the handling of a case can be rated: it is over.
func CanRate(c *store.Case) bool { return c.State == tanggap.Done || c.State == tanggap.Archived }

// Rate keeps how satisfied the citizen is, 1 to 4, and why if he says so. A secret case's
// words have no masked copy.
func (d *Desk) Rate(ctx context.Context, tx *store.Store, c *store.Case, way string, score int, comment string) error {
	switch {
	case !CanRate(c):
		return tanggap.Errorf(tanggap.Conflict, "laporan %s belum selesai, jadi belum bisa dinilai", c.Number)
	case score < 1 || score > 4:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "nilai", Message: "Pilih nilai 1 sampai 4."}
	}
	comment = strings.TrimSpace(comment)
	x := &store.Pulse{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Unit: c.Unit, Service: c.Service, Way: way, Score: score, Comment: comment}
	if !c.Secret {
		x.CommentMasked = text.Mask(comment)
	}
	if err := tx.PutPulse(ctx, x); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Rated, map[string]any{"score": score})
	return err
}

// AskRate are the choices under a closing and the words above them.
func (d *Desk) AskRate(p *region.Pack, c *store.Case, lang string) (words string, buttons []channel.Button) {
	link := d.Outbox.Args(p, c, lang)["link"] + "/nilai"
	for _, x := range rateButtons {
		n := strconv.Itoa(x.score)
		buttons = append(buttons, channel.Button{ID: ChoiceRate + n, Title: p.Text(lang, x.key, nil), URL: link + "?nilai=" + n})
	}
	return p.Text(lang, region.TextRate, map[string]string{"number": c.Number, "link": link}), buttons
}

// closing tells the citizen that his case is closed and asks how it was.
func (d *Desk) closing(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, event, key string) error {
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	if wish, err := tx.Wish(ctx, c.Region, c.CitizenID, store.WishSurvey); err != nil || wish == store.No {
		return errors.Join(err, d.Outbox.Citizen(ctx, tx, p, c, event, key, notify.Options{}))
	}
	words, buttons := d.AskRate(p, c, l)
	opt := notify.Options{Buttons: buttons}
	if key == region.TextClosedSilence {
		opt.Args = map[string]string{"days": strconv.Itoa(p.Identity.AutoClose)}
	}
	return d.say(ctx, tx, p, c, l, event, key, opt, words)
}
