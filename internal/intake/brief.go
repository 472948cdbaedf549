package intake

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// leader takes a leader's answer to his morning brief: what a unit is to explain or to do
// becomes a task. An answer that cites the brief is taken for one unless it is mere talk;
// words without a citation only if they name a matter of today's and cannot be a report.
// A danger never waits.
func leader(ctx context.Context, t *talk) (bool, error) {
	o := t.staff
	if o == nil || t.m.Kind != channel.Text || t.m.Forwarded || !wordy(t.m.Text) || !access.CanIn(access.ActorOf(o), access.TaskGive, t.row.Region) {
		return false, nil
	}
	matters, cited, err := t.brief(ctx, o)
	if err != nil || matters == nil && !cited {
		return false, err
	}
	order := readOrder(t.m.Text, t.p)
	if !cited {
		if !order.sure || order.matter > len(matters) {
			return false, nil
		}
		if f, err := t.tx.LastForward(ctx, t.row.Region, o.ID, t.row.ReceivedAt.Add(-forwardWait)); err != nil || f != nil && (f.State == store.ForwardNumber || f.State == store.ForwardSource) {
			return false, err // he answers another question of ours
		}
	}
	read := t.Engine(t.p).Decide(t.input(t.m.Text))
	service, _ := read.Get(triage.Service)
	if danger, _ := read.Get(triage.Emergency); danger.Value != "" || order.matter == 0 && (service.Value == region.Thanks || service.Value == region.Greeting) {
		return false, nil
	}
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, "jawaban pimpinan atas ringkasan pagi"
	task := &store.Task{Kind: order.kind, Unit: order.unit, Words: order.words, DueAt: order.due(t.tx.Clock().Now(), t.p.Location())}
	if order.matter == 0 && order.unit == "" && len(matters) == 1 {
		order.matter = 1 // what else could he mean
	}
	if i := order.matter - 1; i >= 0 && i < len(matters) {
		task.Unit, task.About = matters[i].Unit, matters[i].Text
	}
	event := fmt.Sprintf("inbound:%d", t.row.Seq)
	if task.Unit == "" || !access.Can(access.ActorOf(o), access.TaskGive, access.Object{Region: t.row.Region, Unit: task.Unit}) {
		return true, t.Outbox.Answer(ctx, t.tx, t.p, t.who, event, region.OfficerWhich,
			notify.Options{First: true, Args: map[string]string{"link": t.Outbox.Page(t.p, notify.PathTasks)}})
	}
	err = t.Desk.Ask(ctx, t.tx, t.p, o, task)
	var wrong *tanggap.Error
	if errors.As(err, &wrong) && wrong.Code == tanggap.Invalid {
		return true, t.Outbox.Say(ctx, t.tx, t.p, t.who, event, region.OfficerWhich, wrong.Message, notify.Options{First: true})
	}
	if err != nil {
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
	sure   bool   // the number is that of a matter even without a citation
	kind   string
	words  string
	days   int            // from today until it is due
	until  []time.Weekday // or the next such day
}

var (
	// After the number comes a sign or a space, and no other figure: "1.500 laporan" and
	// "1-2 jam" name no matter.
	matterNumber = regexp.MustCompile(`(?is)^\s*(no|nomor|perihal|soal)?\b[.:]?\s*([1-9])(\s*[.:,)]\s*|\s+-\s+|\s+)([^\s\d].*)$`)
	asks         = regexp.MustCompile(`(?i)\?|\b(?:jelaskan|dijelaskan|penjelasan|kenapa|mengapa|alasan(?:nya)?|sebab(?:nya)?|explain|why)\b`)
	inDays       = regexp.MustCompile(`(?i)\b(\d{1,2})\s*(?:hari|days?)\b(\s+(?:ini|terakhir|lalu|yang lalu|belakangan|ago))?`)
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

// readOrder reads an answer to a brief.
func readOrder(words string, p *region.Pack) order {
	out := order{kind: store.TaskDisposition, words: strings.TrimSpace(words), days: answerWithin}
	if asks.MatchString(words) {
		out.kind = store.TaskExplanation
	}
	if m := matterNumber.FindStringSubmatch(words); m != nil {
		out.matter, _ = strconv.Atoi(m[2])
		out.words = strings.TrimSpace(m[4])
		// "2 lampu jalan mati" is a report as well as it is an answer.
		out.sure = m[1] != "" || strings.TrimSpace(m[3]) != "" || out.kind == store.TaskExplanation
	} else if unit, rest := namedUnit(words, p); unit != "" {
		out.unit, out.words = unit, rest
	}
	for _, m := range inDays.FindAllStringSubmatch(out.words, -1) {
		if n, _ := strconv.Atoi(m[1]); m[2] == "" && n >= 1 && n <= mostDays {
			out.days = n
			return out
		}
	}
	switch {
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

var toWhom = regexp.MustCompile(`(?i)^\s*(?:ke(?:pada)?\s+)?`)

// namedUnit is the unit whose code or short name the words begin with, and the rest of them.
// Of several the longest is meant.
func namedUnit(words string, p *region.Pack) (code, rest string) {
	words = words[len(toWhom.FindString(words)):]
	longest := 0
	for _, u := range p.Units {
		for _, name := range []string{u.Code, u.Short} {
			if u.Retired || len(name) <= longest || len(words) <= len(name) || !strings.EqualFold(words[:len(name)], name) {
				continue
			}
			after := words[len(name):]
			if next, _ := utf8.DecodeRuneInString(after); unicode.IsLetter(next) || unicode.IsDigit(next) {
				continue
			}
			if after = strings.TrimLeft(after, " \t\r\n:,-"); after != "" {
				code, rest, longest = u.Code, after, len(name)
			}
		}
	}
	return code, strings.TrimSpace(rest)
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
