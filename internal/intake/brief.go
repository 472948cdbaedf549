package intake

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// leader takes a leader's answer to his morning brief: what a unit is to explain or to do
// becomes a task. An answer that cites the brief is always taken for one; words without a
// citation only if they begin with the number of a matter of today's.
func leader(ctx context.Context, t *talk) (bool, error) {
	o := t.staff
	if o == nil || t.m.Kind != channel.Text || t.m.Forwarded || !wordy(t.m.Text) || !access.CanIn(access.ActorOf(o), access.TaskGive, t.row.Region) {
		return false, nil
	}
	matters, cited, err := t.brief(ctx, o)
	if err != nil || matters == nil && !cited {
		return false, err
	}
	order := readOrder(t.m.Text, len(matters), t.p)
	if !cited && order.matter == 0 {
		return false, nil
	}
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, "jawaban pimpinan atas ringkasan pagi"
	task := &store.Task{Kind: order.kind, Unit: order.unit, Words: order.words, Page: notify.PathOutlook,
		DueAt: order.due(t.tx.Clock().Now(), t.p.Location())}
	if i := order.matter - 1; i >= 0 {
		task.Unit, task.About = matters[i].Unit, matters[i].Text
	}
	event := fmt.Sprintf("inbound:%d", t.row.Seq)
	if task.Unit == "" || !access.Can(access.ActorOf(o), access.TaskGive, access.Object{Region: t.row.Region, Unit: task.Unit}) {
		return true, t.Outbox.Answer(ctx, t.tx, t.p, t.who, event, region.OfficerWhich,
			notify.Options{First: true, Args: map[string]string{"link": t.Outbox.Page(t.p, notify.PathTasks)}})
	}
	if err := t.Desk.Ask(ctx, t.tx, t.p, o, task); tanggap.CodeOf(err) == tanggap.Invalid {
		return true, t.Outbox.Say(ctx, t.tx, t.p, t.who, event, region.OfficerWhich, err.Error(), notify.Options{First: true})
	} else if err != nil {
		return true, err
	}
	return true, t.Outbox.Answer(ctx, t.tx, t.p, t.who, event, region.OfficerNoted,
		notify.Options{First: true, Args: t.Outbox.TaskArgs(t.p, task, o.Name)})
}

// brief is what the message answers: the brief that it cites, or that of today.
func (t *talk) brief(ctx context.Context, o *store.Officer) (matters []notify.Matter, cited bool, err error) {
	for _, id := range t.citations() {
		if matters, cited, err = t.Outbox.BriefCited(ctx, t.tx, t.row.Region, id, o.ID); err != nil || cited {
			return matters, cited, err
		}
	}
	if len(t.citations()) > 0 || t.m.Mail != nil {
		return nil, false, nil // it answers something else
	}
	day := t.row.ReceivedAt.In(t.p.Location()).Format(time.DateOnly)
	matters, _, err = t.Outbox.BriefOf(ctx, t.tx, t.row.Region, day, o.ID)
	return matters, false, err
}

// order is what a leader's answer says.
type order struct {
	matter int    // number of the matter, from 1; 0 if none is named
	unit   string // named instead of a matter
	kind   string
	words  string
	days   int            // from today until it is due
	until  []time.Weekday // or the next such day
}

var (
	matterNumber = regexp.MustCompile(`(?is)^\s*(?:(?:no|nomor|perihal|soal)\b[.:]?\s*)?([1-9])(?:\s*[.:,)\-]\s*|\s+)(\S.*)$`)
	unitFirst    = regexp.MustCompile(`(?is)^\s*(?:ke(?:pada)?\s+)?([\pL\d][\pL\d\-]*)\s*[:,\-]?\s+(\S.*)$`)
	asks         = regexp.MustCompile(`(?i)\?|\b(?:jelaskan|dijelaskan|penjelasan|kenapa|mengapa|alasan(?:nya)?|sebab(?:nya)?|explain|why)\b`)
	inDays       = regexp.MustCompile(`(?i)\b(\d{1,2})\s*(?:hari|days?)\b`)
	tomorrow     = regexp.MustCompile(`(?i)\b(?:besok|tomorrow)\b`)
	nextWeek     = regexp.MustCompile(`(?i)\b(?:seminggu|sepekan|minggu depan|pekan depan|next week)\b`)
	onDay        = regexp.MustCompile(`(?i)\b(?:sampai|paling lambat|sebelum|hari|by)\s+(?:hari\s+)?(minggu|ahad|senin|selasa|rabu|kamis|jumat|jum'at|sabtu)\b`)
)

var dayNames = map[string]time.Weekday{"minggu": time.Sunday, "ahad": time.Sunday, "senin": time.Monday, "selasa": time.Tuesday,
	"rabu": time.Wednesday, "kamis": time.Thursday, "jumat": time.Friday, "jum'at": time.Friday, "sabtu": time.Saturday}

const (
	// answerWithin is how many days a unit has where the leader names no day.
	answerWithin = 3
	// mostDays bounds what a leader may name, so that a number of something else is no day.
	mostDays = 30
)

// readOrder reads an answer to a brief of so many matters. With a single one, it need not
// be named.
func readOrder(words string, matters int, p *region.Pack) order {
	out := order{kind: store.TaskDisposition, words: strings.TrimSpace(words), days: answerWithin}
	if m := matterNumber.FindStringSubmatch(words); m != nil {
		if n, _ := strconv.Atoi(m[1]); n <= matters {
			out.matter, out.words = n, strings.TrimSpace(m[2])
		}
	} else if m := unitFirst.FindStringSubmatch(words); m != nil {
		if i := slices.IndexFunc(p.Units, func(u region.Unit) bool {
			return !u.Retired && (strings.EqualFold(u.Code, m[1]) || strings.EqualFold(u.Short, m[1]))
		}); i >= 0 {
			out.unit, out.words = p.Units[i].Code, strings.TrimSpace(m[2])
		}
	}
	if out.matter == 0 && out.unit == "" && matters == 1 {
		out.matter = 1
	}
	if asks.MatchString(words) {
		out.kind = store.TaskExplanation
	}
	switch m := inDays.FindStringSubmatch(out.words); {
	case m != nil:
		if n, _ := strconv.Atoi(m[1]); n >= 1 && n <= mostDays {
			out.days = n
		}
	case tomorrow.MatchString(out.words):
		out.days = 1
	case nextWeek.MatchString(out.words):
		out.days = 7
	default:
		if m := onDay.FindStringSubmatch(out.words); m != nil {
			out.until = []time.Weekday{dayNames[strings.ToLower(m[1])]}
		}
	}
	return out
}

// due is when the answer is owed: at the end of the working time of the day that was named.
func (o order) due(now time.Time, zone *time.Location) time.Time {
	days := o.days
	if len(o.until) > 0 {
		if days = int(o.until[0]-now.In(zone).Weekday()+7) % 7; days == 0 {
			days = 7
		}
	}
	return casework.TaskDue(now, zone, days)
}
