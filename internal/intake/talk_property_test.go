package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// TestTalkKeepsItsRules plays random conversations and holds what must be true of
// every one of them: at most two questions in a case and none after a person wrote or
// was called, one outcome for every item, and no case that a machine closed.
func TestTalkKeepsItsRules(t *testing.T) {
	race.Skip(t)
	words := []string{lamp, "lampu jalan depan rumah mati sudah 3 hari gelap sekali", "ada masalah air di depan rumah saya", "1", "4", "tidak ada",
		"selamat pagi", "terima kasih", "petugas", "batal", "cek", "english", "belum beres", "depan bengkel cat biru", "goblok",
		"TOLONG kebakaran rumah di Wameo api besar sekali", "sampah di belakang pasar menumpuk sudah lima hari tidak diangkut"}
	updates := []string{
		`"type":"image","image":{"id":"m","mime_type":"image/jpeg"}`,
		`"type":"audio","audio":{"id":"m","mime_type":"audio/ogg","voice":true}`,
		`"type":"location","location":{"latitude":-5.46,"longitude":122.6}`,
		`"type":"sticker","sticker":{"id":"m","mime_type":"image/webp"}`,
		`"type":"unsupported","errors":[{"code":131051}]`,
		`"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"skip","title":"Lewati foto"}}`,
		`"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"service:AIR-MATI","title":"Air tidak mengalir"}}`,
		`"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"other","title":"Lainnya"}}`,
		`"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"menu:officer","title":"Bicara petugas"}}`,
		`"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"unsolved","title":"Belum"}}`,
	}
	rapid.Check(t, func(r *rapid.T) {
		d := newPlayer(t, apptest.SQLite(t))
		for i := range rapid.IntRange(2, 8).Draw(r, "messages") {
			d.clock.Advance(rapid.SampledFrom([]time.Duration{0, 10 * time.Second, 3 * time.Minute, 40 * time.Minute, 20 * time.Hour}).Draw(r, "pause"))
			d.deliver()
			update := fmt.Sprintf(`"type":"text","text":{"body":%q}`, rapid.SampledFrom(words).Draw(r, "words"))
			if rapid.IntRange(0, 3).Draw(r, "kind") == 0 {
				update = rapid.SampledFrom(updates).Draw(r, "update")
			}
			d.seqs = append(d.seqs, d.receive(envelope(fmt.Sprintf(`{"from":%q,"id":"r%d","timestamp":"%d",%s}`, waIna, i, d.clock.Now().Unix(), update)))...)
			d.process(d.seqs[len(d.seqs)-1:])
			if open, err := d.Store.DueSteps(t.Context(), apptest.Region, d.clock.Now().Add(1000*time.Hour), 1); err != nil {
				r.Fatal(err)
			} else if len(open) > 0 && rapid.IntRange(0, 4).Draw(r, "officer") == 0 && open[0].State.Open() {
				d.act(open[0], func(tx *store.Store, c *store.Case) error {
					return d.Desk.Take(t.Context(), tx, apptest.Pack(t), c, officer)
				})
			}
		}
		seen := map[string]bool{}
		for _, seq := range d.seqs {
			in, err := d.Store.Inbound(t.Context(), apptest.Region, seq)
			if err != nil || in.State != store.InboundDone || in.Outcome == "" {
				r.Fatalf("item %d: %+v, %v", seq, in, err)
			}
			if in.CaseID == "" || seen[in.CaseID] {
				continue
			}
			seen[in.CaseID] = true
			c := d.caseOf(in)
			asked := slices.DeleteFunc(strings.Fields(c.Asked), func(s string) bool { return s == "called" })
			if len(asked) > 2 {
				r.Errorf("case %s was asked %v", c.Number, asked)
			}
			if c.Asking != "" && casework.Silent(c) {
				r.Errorf("case %s still asks %s", c.Number, c.Asking)
			}
			if c.State == tanggap.Done || c.State == tanggap.Rejected {
				r.Errorf("case %s is %s without a person", c.Number, c.State)
			}
		}
	})
}
