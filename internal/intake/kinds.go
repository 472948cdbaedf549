package intake

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Emojis that say yes and no to an answer of ours.
const (
	thumbsUp   = "👍🙏❤"
	thumbsDown = "👎"
)

// reaction takes a thumb up under an answer as "solved", a thumb down as "not
// solved"; other reactions, and one that is taken back, say nothing that an officer
// must read.
func reaction(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind != channel.Reaction {
		return false, nil
	}
	c, said, err := t.cited(ctx)
	if err != nil {
		return false, err
	}
	// A thumb under the receipt, seen late, is no consent to the answer.
	if c == nil || said.Direction != store.Out || c.AnsweredAt.IsZero() || said.CreatedAt.Before(c.AnsweredAt) {
		return t.ignored("reaksi")
	}
	switch {
	case strings.ContainsAny(t.m.Emoji, thumbsUp) && c.State == tanggap.Answered:
		t.did(c)
		return true, t.Desk.Confirm(ctx, t.tx, t.p, c)
	case strings.ContainsAny(t.m.Emoji, thumbsDown):
		t.c = c
		reopens, err := t.mayReopen(ctx)
		if err != nil {
			return false, err
		}
		if !reopens {
			return t.ignored("reaksi")
		}
		t.did(c)
		return true, t.Desk.Reopen(ctx, t.tx, t.p, c, nil)
	}
	return t.ignored("reaksi")
}

// rewritings are the provider's words for a message that was changed or taken back.
var rewritings = map[string]string{
	"edit":   "Warga mengubah pesannya setelah dikirim; isi yang baru tidak sampai kepada kami.",
	"revoke": "Warga menghapus pesannya setelah dikirim.",
}

// rewritten notes in the case that the citizen changed or deleted what he said. What
// we were told first stays.
func rewritten(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind != channel.Unsupported {
		return false, nil
	}
	c, said, err := t.cited(ctx)
	if err != nil {
		return false, err
	}
	words, known := rewritings[strings.TrimSuffix(t.m.Original, "d")]
	switch {
	case c != nil && said.Direction == store.In:
		if !known {
			words = "Pesan diubah atau dihapus warga, atau dibalas dengan jenis pesan yang belum bisa dibaca."
		}
		m, err := t.Desk.Remark(ctx, t.tx, c, casework.ByComputer, words)
		if err != nil {
			return false, err
		}
		t.did(c)
		t.row.MessageID = m.ID
		return true, nil
	case known:
		return t.ignored(clear("pesan diubah atau dihapus: " + t.m.Original))
	}
	return false, nil
}

// nothing answers what cannot be read and keeps the channel alive.
func nothing(ctx context.Context, t *talk) (bool, error) {
	switch {
	case t.m.Kind == channel.Unsupported || t.m.Kind == channel.Contacts && !wordy(t.m.Text):
		if err := t.answer(ctx, region.TextUnsupported, nil); err != nil {
			return false, err
		}
		return t.ignored(clear("jenis pesan belum didukung: " + cmp.Or(t.m.Original, string(t.m.Kind))))
	case t.m.Kind == channel.Sticker:
		return t.ignored("stiker")
	case t.m.Mail != nil && wordy(t.m.Mail.Quoted):
	case !wordy(t.m.Text) && len(t.m.Media) == 0 && t.m.Place == nil && t.m.Kind != channel.Choice:
		return t.ignored("tanpa kata")
	}
	return false, nil
}

// choice acts on a tapped button.
func choice(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind != channel.Choice {
		return false, nil
	}
	switch {
	case t.c != nil:
	case t.m.Original != "":
		return false, nil // a filled form: its answers are a report
	default:
		return t.ignored("pilihan tanpa laporan")
	}
	switch t.m.ChoiceID {
	case casework.ChoiceSolved:
		t.did(t.c)
		if !t.c.State.CanBecome(tanggap.Done) {
			return true, nil
		}
		return true, t.Desk.Confirm(ctx, t.tx, t.p, t.c)
	case casework.ChoiceUnsolved:
		reopens, err := t.mayReopen(ctx)
		if err != nil || !reopens {
			return false, err
		}
		t.did(t.c)
		return true, t.Desk.Reopen(ctx, t.tx, t.p, t.c, t.said())
	case casework.ChoiceUnsure:
		t.row.CaseID = t.c.ID
		return t.ignored("warga belum tahu")
	}
	return false, nil
}

// pick takes an answer to a question of ours that is one of its choices, tapped or
// typed. Any other words are words like all: they go into the case.
func pick(ctx context.Context, t *talk) (bool, error) {
	if t.c == nil || casework.Silent(t.c) || len(t.m.Media) > 0 || t.m.Place != nil {
		return false, nil
	}
	id := t.m.ChoiceID
	if t.m.Kind != channel.Choice {
		var err error
		if id, err = t.typed(ctx); err != nil {
			return false, err
		}
	}
	code, isService := strings.CutPrefix(id, casework.ChoiceService)
	switch {
	case id == casework.ChoiceSkip, id == casework.ChoiceOther:
		if t.c.Asking == "" {
			t.row.CaseID = t.c.ID
			return t.ignored("pertanyaan sudah ditutup")
		}
		t.did(t.c)
		return true, t.Desk.Enough(ctx, t.tx, t.p, t.c)
	case isService && t.c.Service == "":
		if s, ok := t.p.Service(code); !ok || s.Technical {
			return false, nil
		}
		before, err := t.tx.MaskedText(ctx, t.c.Region, t.c.ID)
		if err != nil {
			return false, err
		}
		in := t.input(before)
		in.Service = code
		return true, t.listen(ctx, t.Engine(t.p).Decide(in))
	}
	return false, nil
}

// typed returns the choice that a typed answer to the open question names: its
// number, its words, or that there is nothing to add.
func (t *talk) typed(ctx context.Context) (string, error) {
	switch {
	case t.c.Asking == casework.AskPhoto && is(t.m.Text, skipWords):
		return casework.ChoiceSkip, nil
	case t.c.Asking != casework.AskWhich:
		return "", nil
	}
	list, err := t.tx.Decisions(ctx, t.c.Region, t.c.ID)
	if err != nil {
		return "", err
	}
	options := casework.Options(t.p, list)
	said := strings.Join(fields(t.m.Text), " ")
	for i, s := range options {
		for _, word := range []string{strconv.Itoa(i + 1), s.Name, s.NameEn} {
			if word != "" && said == strings.Join(fields(word), " ") {
				return casework.ChoiceService + s.Code, nil
			}
		}
	}
	if said == strconv.Itoa(len(options)+1) || is(t.m.Text, otherWords) {
		return casework.ChoiceOther, nil
	}
	return "", nil
}
