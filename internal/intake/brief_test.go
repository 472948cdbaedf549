package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/email/mailtest"
	"tanggap/internal/intake"
	"tanggap/internal/notify"
	"tanggap/internal/store"
)

func TestOrdersOfLeaders(t *testing.T) {
	p := apptest.Pack(t)
	now := time.Date(2026, 3, 4, 8, 0, 0, 0, p.Location()) // a Wednesday
	const asked, told = store.TaskExplanation, store.TaskDisposition
	for _, c := range []struct {
		words  string
		matter int
		sure   bool
		unit   string
		kind   string
		rest   string
		day    int // of March, when it is due
	}{
		{"1 tolong jelaskan", 1, true, "", asked, "tolong jelaskan", 7},
		{"2. Tambah petugas besok", 2, true, "", told, "Tambah petugas besok", 5},
		{"No. 3: kenapa bisa begitu", 3, true, "", asked, "kenapa bisa begitu", 7},
		{"perihal 1, selesaikan dalam 5 hari", 1, true, "", told, "selesaikan dalam 5 hari", 9},
		{"2 bereskan paling lambat hari Jumat", 2, false, "", told, "bereskan paling lambat hari Jumat", 6},
		{"2 lampu jalan mati", 2, false, "", told, "lampu jalan mati", 7},
		{"1) sampai Rabu", 1, true, "", told, "sampai Rabu", 11}, // today is one: the next
		{"1 apa rencananya minggu depan?", 1, true, "", asked, "apa rencananya minggu depan?", 11},
		{"1 kenapa naik dalam 30 hari terakhir?", 1, true, "", asked, "kenapa naik dalam 30 hari terakhir?", 7},
		{"1 kenapa 7 hari ini naik, jawab 2 hari", 1, true, "", asked, "kenapa 7 hari ini naik, jawab 2 hari", 6},
		{"DLH tolong jelaskan tumpukan di pasar", 0, false, "DLH", asked, "tolong jelaskan tumpukan di pasar", 7},
		{"ke dlh: angkut hari ini", 0, false, "DLH", told, "angkut hari ini", 7},
		{"satpol pp tolong tertibkan", 0, false, "SATPOLPP", told, "tolong tertibkan", 7},
		{"DLHK tolong jelaskan", 0, false, "", asked, "DLHK tolong jelaskan", 7},
		{"kebakaran di pasar", 0, false, "", told, "kebakaran di pasar", 7},
		{"Tolong jelaskan", 0, false, "", asked, "Tolong jelaskan", 7},
		{"12 laporan itu kenapa", 0, false, "", asked, "12 laporan itu kenapa", 7},
		{"1.500 laporan itu kenapa", 0, false, "", asked, "1.500 laporan itu kenapa", 7},
		{"1-2 jam lalu banjir", 0, false, "", told, "1-2 jam lalu banjir", 7},
		{"1", 0, false, "", told, "1", 7},
		{"1, hari ini saja", 1, true, "", told, "hari ini saja", 7},
		{"2. beri kabar 90 hari", 2, true, "", told, "beri kabar 90 hari", 7},
		{"Terima kasih", 0, false, "", told, "Terima kasih", 7},
	} {
		matter, sure, unit, kind, rest, due := intake.ReadOrder(c.words, p, now)
		if want := time.Date(2026, 3, c.day, 16, 0, 0, 0, p.Location()); matter != c.matter || sure != c.sure || unit != c.unit || kind != c.kind || rest != c.rest || !due.Equal(want) {
			t.Errorf("%q: matter %d, sure %v, unit %q, %s, %q, due %s", c.words, matter, sure, unit, kind, rest, due)
		}
	}
}

// leaderPlayer is a desk with a leader and the head of a unit. The leader is reached at his
// number if he has one, else by mail.
func leaderPlayer(t *testing.T, s *store.Store, mail, number string) (*player, *store.Officer) {
	t.Helper()
	d := newPlayer(t, s)
	d.send.Senders[channel.Way{Region: apptest.Region, Channel: notify.ChannelOfficer}] = notify.Officers{Ways: []notify.OfficerWay{
		{Sender: d, Fit: func(out channel.Outbound) (channel.Outbound, bool) {
			if out.To.Phone != "" {
				out.To.Email = ""
			}
			return out, true
		}}}}
	ctx := t.Context()
	leader := &store.Officer{Email: mail, Name: "Pimpinan Contoh", Phone: number, Password: "x", Roles: []store.Role{{Region: apptest.Region, Role: "leader"}}}
	head := &store.Officer{Email: "kepala@contoh.example", Name: "Kepala Contoh", Password: "x", Roles: []store.Role{{Region: apptest.Region, Role: "unit-head", Unit: "DLH"}}}
	for _, x := range []*store.Officer{leader, head} {
		if err := s.AddOfficer(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	return d, leader
}

// briefed sends the brief of the day, with these matters of DLH and PUPR.
func (d *player) briefed(lines ...string) {
	d.t.Helper()
	p, ctx := apptest.Pack(d.t), d.t.Context()
	day := d.clock.Now().In(p.Location()).Format(time.DateOnly)
	err := d.Store.InTx(ctx, func(tx *store.Store) error {
		return d.Outbox.Brief(ctx, tx, p, day, map[string]string{"date": day, "matters": strings.Join(lines, "\n")}, []string{"DLH", "PUPR"}[:len(lines)], notify.PathOutlook, d.clock.Now())
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.deliver()
	if len(d.sent) != 1 || !strings.Contains(d.sent[0].Text, "8 dari 23") {
		d.t.Fatalf("the brief: %v", d.sent)
	}
}

const (
	late1 = "1. DLH: 8 dari 23 laporan terbuka lewat tenggat."
	late2 = "2. PUPR: 3 dari 9 laporan terbuka lewat tenggat."
)

func (d *player) tasks() []*store.Task {
	d.t.Helper()
	list, err := d.Store.OpenTasks(d.t.Context(), apptest.Region, d.clock.Now().Add(-time.Hour), 10)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// hears is what the words from a number become, citing a message if an id is given.
func (d *player) hears(id, from, words, cites string) *store.Inbound {
	d.t.Helper()
	body := text(id, from, words, d.clock.Now())
	if cites != "" {
		body = strings.TrimSuffix(body, "}") + fmt.Sprintf(`,"context":{"from":"62402000000","id":%q}}`, cites)
	}
	seqs := d.take("json", envelope(body))
	d.process(seqs)
	d.deliver()
	in, err := d.Store.Inbound(d.t.Context(), apptest.Region, seqs[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return in
}

// TestBriefIsAnswered holds that a leader's answer to his morning brief becomes a task of
// the unit that the matter is about, that the unit hears of it and he of its answer.
func TestBriefIsAnswered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d, leader := leaderPlayer(t, s, "pimpinan@contoh.example", "+628110000009")
		d.briefed(late1, late2)
		p, ctx := apptest.Pack(t), t.Context()
		if in := d.hears("wamid.1", "628110000009", "1 tolong jelaskan, 2 hari", "out.1"); in.Outcome != store.OutcomeIgnored || in.CaseID != "" {
			t.Errorf("the answer became %s of case %q", in.Outcome, in.CaseID)
		}
		list := d.tasks()
		if len(list) != 1 {
			t.Fatalf("%d tasks", len(list))
		}
		task := list[0]
		if task.Kind != store.TaskExplanation || task.Unit != "DLH" || task.MadeBy != leader.ID || task.Words != "tolong jelaskan, 2 hari" ||
			task.About != "DLH: 8 dari 23 laporan terbuka lewat tenggat." || task.CaseID != "" {
			t.Errorf("the task: %+v", task)
		}
		for _, x := range []struct{ to, words string }{{"+628110000009", "Diteruskan ke DLH"}, {"kepala@contoh.example", "8 dari 23 laporan terbuka lewat tenggat.\ntolong jelaskan"}} {
			if !slices.ContainsFunc(d.sent[1:], func(out channel.Outbound) bool {
				return out.To.Phone+out.To.Email == x.to && strings.Contains(out.Text, x.words)
			}) {
				t.Errorf("%s does not read %q: %v", x.to, x.words, d.sent[1:])
			}
		}
		head, err := s.OfficerByEmail(ctx, "kepala@contoh.example")
		if err != nil {
			t.Fatal(err)
		}
		err = s.InTx(ctx, func(tx *store.Store) error {
			return d.Desk.Explain(ctx, tx, p, task, head, "Truk rusak, besok datang.")
		})
		if err != nil {
			t.Fatal(err)
		}
		d.deliver()
		if got := d.sent[len(d.sent)-1]; got.To.Phone != "+628110000009" || !strings.Contains(got.Text, "Truk rusak, besok datang.") {
			t.Errorf("the leader reads the answer: %+v", got)
		}
		// Without a citation, only the number of a matter of today's is an answer.
		if d.hears("wamid.2", "628110000009", "2. kirim petugas", ""); len(d.tasks()) != 2 || d.tasks()[0].Unit != "PUPR" && d.tasks()[1].Unit != "PUPR" {
			t.Errorf("an answer without a citation: %d tasks", len(d.tasks()))
		}
		// Whom he means has to be said.
		before := len(d.sent)
		if d.hears("wamid.3", "628110000009", "tolong dicek semuanya", "out.1"); len(d.tasks()) != 2 || len(d.sent) != before+1 || !strings.Contains(d.sent[before].Text, "Kepada siapa?") {
			t.Errorf("unclear: %d tasks, %v", len(d.tasks()), d.sent[before:])
		}
		// His own matters are a citizen's, and the brief of another day is not meant by a number.
		if in := d.hears("wamid.4", "628110000009", "lampu jalan di depan rumah saya mati sudah tiga hari", ""); in.CaseID == "" {
			t.Errorf("his own report became %s %s", in.Outcome, in.Reason)
		}
		d.clock.Advance(24 * time.Hour)
		if d.hears("wamid.5", "628110000009", "1 tolong jelaskan", ""); len(d.tasks()) != 1 {
			t.Errorf("the day after: %d tasks", len(d.tasks()))
		}
		// Nobody else answers for him.
		if d.hears("wamid.6", "628110000001", "1 tolong jelaskan", "out.1"); len(d.tasks()) != 1 {
			t.Error("a citizen gave a task")
		}
	})
}

// With a single matter nothing needs to be named, but what is no answer stays what it is.
func TestBriefOfOneMatter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d, _ := leaderPlayer(t, s, "pimpinan@contoh.example", "+628110000009")
		d.briefed(late1)
		const leader = "628110000009"
		for i, words := range []string{"lampu jalan di depan rumah saya mati sudah tiga hari", "2 lampu jalan di depan rumah saya mati", "rumah terbakar di jalan gajah mada", "1. rumah terbakar di jalan gajah mada, tolong"} {
			if in := d.hears(fmt.Sprint("wamid.r", i), leader, words, ""); in.CaseID == "" || len(d.tasks()) != 0 {
				t.Errorf("%q became %s %s, %d tasks", words, in.Outcome, in.Reason, len(d.tasks()))
			}
		}
		if in := d.hears("wamid.d", leader, "1 rumah terbakar di lorong dua, tolong cepat", "out.1"); in.CaseID == "" || len(d.tasks()) != 0 {
			t.Errorf("a danger became %s %s", in.Outcome, in.Reason)
		}
		if d.hears("wamid.t", leader, "Terima kasih", "out.1"); len(d.tasks()) != 0 {
			t.Error("thanks became a task")
		}
		if d.hears("wamid.4", leader, "4. tolong jelaskan", "out.1"); len(d.tasks()) != 0 {
			t.Error("a matter that there is not became another")
		}
		if d.hears("wamid.j", leader, "tolong jelaskan penyebabnya", "out.1"); len(d.tasks()) != 1 || d.tasks()[0].Unit != "DLH" || d.tasks()[0].About == "" {
			t.Errorf("tasks: %v", d.tasks())
		}
		before := len(d.sent)
		d.hears("wamid.l", leader, "1 jelaskan "+strings.Repeat("panjang ", 260), "out.1")
		if got := d.sent[before].Text; len(d.tasks()) != 1 || !strings.HasPrefix(got, "Tulisan terlalu panjang") {
			t.Errorf("too long: %q", got)
		}
	})
}

func TestBriefIsAnsweredByMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d, _ := leaderPlayer(t, s, "pimpinan@baubau.contoh.example", "")
		d.briefed(late1, late2)
		answer := func(id, dmarc, words string) *store.Inbound {
			t.Helper()
			seqs := d.take("eml", fmt.Appendf(nil, `From: Pimpinan Contoh <pimpinan@baubau.contoh.example>
To: %s
Subject: Re: Ringkasan pagi
Message-ID: <%s@surel.contoh.example>
In-Reply-To: %s
Date: Wed, 04 Mar 2026 10:00:00 +0800
Authentication-Results: %s; dmarc=%s header.from=baubau.contoh.example
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

%s

Pada Rab, 4 Mar 2026 pukul 07.00 Tanggap <lapor@baubau.contoh.example> menulis:
> 1. DLH: 8 dari 23 laporan terbuka lewat tenggat.
`, mailtest.Address, id, d.sent[0].MessageID, mailtest.AuthServer, dmarc, words))
			d.process(seqs)
			d.deliver()
			in, err := d.Store.Inbound(t.Context(), apptest.Region, seqs[0])
			if err != nil {
				t.Fatal(err)
			}
			return in
		}
		if answer("a", "fail", "1 tolong jelaskan"); len(d.tasks()) != 0 {
			t.Error("a forged mail gave a task")
		}
		answer("b", "pass", "1 tolong angkut sebelum pasar buka")
		if list := d.tasks(); len(list) != 1 || list[0].Unit != "DLH" || list[0].Kind != store.TaskDisposition || list[0].Words != "tolong angkut sebelum pasar buka" {
			t.Errorf("%d tasks, the first %+v", len(list), list[0])
		}
	})
}
