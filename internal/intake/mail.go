package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// machineNotes is how many automatic mails a case keeps in a day; the rest of a loop
// leaves only its inbounds.
const machineNotes = 5

// automatic keeps what a machine sent as a note of the case that it answers. It
// answers nothing, reopens nothing and opens nothing, and its sender is no citizen.
func automatic(ctx context.Context, t *talk) (bool, error) {
	if t.m.Mail == nil || t.m.Mail.Automatic == "" {
		return false, nil
	}
	why := clear("surel otomatis: " + t.m.Mail.Automatic)
	c, err := t.tokenCase(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range t.citations() {
		if c != nil {
			break
		}
		earlier, err := t.tx.MessageByExternal(ctx, t.row.Region, id)
		if err != nil {
			return false, err
		}
		if earlier != nil {
			if c, err = t.tx.Case(ctx, t.row.Region, earlier.CaseID); err != nil {
				return false, err
			}
		}
	}
	if c == nil {
		return t.ignored(why)
	}
	n, err := t.remarksToday(ctx, c, casework.ByMachine)
	if err != nil {
		return false, err
	}
	if n >= machineNotes {
		t.row.CaseID = c.ID
		return t.ignored(why)
	}
	m, err := t.Desk.Remark(ctx, t.tx, c, casework.ByMachine, why+"\n"+t.m.Text)
	if err != nil {
		return false, err
	}
	t.did(c)
	t.row.MessageID = m.ID
	return true, nil
}

// remarksToday counts the notes of one kind in a case since yesterday.
func (t *talk) remarksToday(ctx context.Context, c *store.Case, by string) (int, error) {
	events, err := t.tx.Events(ctx, c.Region, c.ID)
	n, since := 0, t.tx.Clock().Now().Add(-24*time.Hour)
	for _, e := range slices.Backward(events) {
		if e.Type == casework.Noted && e.HappenedAt.After(since) && strings.Contains(e.Payload, `"by":"`+by+`"`) {
			n++
		}
	}
	return n, err
}

// tokenCase is the case that the address names to which the mail was written.
func (t *talk) tokenCase(ctx context.Context) (*store.Case, error) {
	if t.m.Mail == nil || t.m.Mail.Token == "" {
		return nil, nil
	}
	keys, err := t.tx.RegionKeys(ctx, t.row.Region)
	if err != nil {
		return nil, err
	}
	id, ok := notify.ThreadCase(keys, t.m.Mail.Token)
	if !ok {
		return nil, nil
	}
	c, err := t.tx.Case(ctx, t.row.Region, id)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if c, err = t.tx.FollowMerge(ctx, c); err != nil || c.State == tanggap.Archived {
		return nil, err
	}
	return c, nil
}

// strangerNotes is how many unverified replies a case keeps in a day.
const strangerNotes = 20

// stranger keeps a mail that answers ours from another address as an unverified note
// of the case: the token proves the thread and not the person. What it says moves
// nothing, and nobody is answered.
func stranger(ctx context.Context, t *talk) (bool, error) {
	c, err := t.tokenCase(ctx)
	if err != nil || c == nil {
		return false, err
	}
	if c.CitizenID == t.who.CitizenID {
		t.named = c
		return false, nil
	}
	n, err := t.remarksToday(ctx, c, casework.ByStranger)
	if err != nil {
		return false, err
	}
	if n >= strangerNotes {
		t.row.CaseID = c.ID
		return t.ignored("balasan dari alamat lain, terlalu banyak hari ini")
	}
	m, err := t.Desk.Stranger(ctx, t.tx, t.p, c,
		"Balasan dari alamat lain, belum terbukti warga yang sama: "+cmp.Or(t.m.From.Email, t.m.From.ExternalID)+"\n"+t.m.Text)
	if err != nil {
		return false, err
	}
	return true, t.filed(ctx, c, m)
}

func (t *talk) silent() bool {
	return t.m.Mail != nil && (t.m.Mail.Silent != "" || t.m.Mail.Automatic != "")
}

// longestQuote bounds, in characters, what is kept of the part that was cut off.
const longestQuote = 4000

// remarks tells officers what they cannot see from the words themselves; of a first
// mail also who seems to have sent it and what was cut off.
func (t *talk) remarks(ctx context.Context, c *store.Case, first bool) error {
	var lines []string
	if t.m.Forwarded {
		lines = append(lines, "Pesan terusan: bukan tulisan pengirimnya. Periksa kebenarannya sebelum meneruskan.")
	}
	if mail := t.m.Mail; mail != nil && mail.Note != "" {
		lines = append(lines, mail.Note)
	}
	if mail := t.m.Mail; mail != nil && first {
		if a := mail.Auth; a.SPF+a.DKIM+a.DMARC != "" {
			lines = append(lines, fmt.Sprintf("Tanda pengirim: SPF %s, DKIM %s, DMARC %s.", cmp.Or(a.SPF, "-"), cmp.Or(a.DKIM, "-"), cmp.Or(a.DMARC, "-")))
		}
		other, err := t.othersNumber(ctx)
		if err != nil {
			return err
		}
		if other != "" {
			lines = append(lines, "Judul surel menyebut laporan "+other+", yang bukan milik pengirim ini. Tautkan hanya bila Anda yakin.")
		}
		if quote := []rune(mail.Quoted); len(quote) > 0 {
			lines = append(lines, "Bagian surel yang dipisahkan (kutipan atau tanda tangan):\n"+string(quote[:min(len(quote), longestQuote)]))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := t.Desk.Remark(ctx, t.tx, c, casework.ByComputer, strings.Join(lines, "\n"))
	return err
}

// othersNumber is the number of a case in the subject that is somebody else's.
func (t *talk) othersNumber(ctx context.Context) (string, error) {
	n := strings.ToUpper(caseNumber.FindString(t.m.Mail.Subject))
	if n == "" {
		return "", nil
	}
	c, err := t.tx.CaseByNumber(ctx, t.row.Region, n)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return "", nil
	}
	if err != nil || c.CitizenID == t.who.CitizenID {
		return "", err
	}
	return n, nil
}
