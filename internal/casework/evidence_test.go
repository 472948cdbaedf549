package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/media"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const second = "01900000-0000-7000-8000-000000000002"

// look is a photo that differs from the one of the same seed in so many places.
func look(seed byte, differs int) []byte {
	out := slices.Repeat([]byte{seed, seed ^ 0x5a}, media.LookSize/2)
	for i := range differs {
		out[i%len(out)] ^= 1 << (i / len(out))
	}
	return out
}

func (b *bench) photo(c *store.Case, look []byte) casework.Photo {
	return casework.Photo{Attachment: &store.Attachment{Region: c.Region, CitizenID: c.CitizenID, State: store.AttachmentStored, MIME: "image/jpeg", Blob: media.NewKey()}, Look: look}
}

func (b *bench) proveWith(id, who string, x casework.Proof) (*store.Case, error) {
	b.t.Helper()
	return b.try(id, func(tx *store.Store, c *store.Case) error { return b.Prove(b.t.Context(), tx, b.p, c, who, x, nil) })
}

func (b *bench) evidence(c *store.Case) []*store.Evidence {
	b.t.Helper()
	list, err := b.s.CaseEvidence(b.t.Context(), c.Region, c.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) answer(id string) (*store.Case, error) {
	return b.try(id, func(tx *store.Store, c *store.Case) error {
		return b.Reply(b.t.Context(), tx, b.p, c, officer, "Lampu sudah diganti.", tanggap.Answered)
	})
}

// No result is told without a photo or a reason, in any round of a case, and photos of
// before are none; cases of one event share theirs.
func TestNoResultWithoutEvidence(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		refused := func(id string) {
			t.Helper()
			if c, err := b.answer(id); tanggap.CodeOf(err) != tanggap.Invalid || !strings.Contains(err.Error(), "foto bukti") || c.State == tanggap.Answered {
				t.Fatalf("answered without evidence: %v, %s", err, c.State)
			}
		}
		refused(c.ID)
		if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: store.EvidenceBefore, Photos: []casework.Photo{b.photo(c, look(1, 0))}}); err != nil {
			t.Fatal(err)
		}
		refused(c.ID)
		for name, x := range map[string]casework.Proof{
			"no moment": {Photos: []casework.Photo{b.photo(c, nil)}}, "no photo": {Moment: store.EvidenceAfter},
			"no reason": {Moment: store.EvidenceNone, Reason: "  -  "}, "long reason": {Moment: store.EvidenceNone, Reason: strings.Repeat("gelap ", 100)},
		} {
			if _, err := b.proveWith(c.ID, officer, x); tanggap.CodeOf(err) != tanggap.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: store.EvidenceAfter, Photos: []casework.Photo{b.photo(c, look(2, 0))}}); err != nil {
			t.Fatal(err)
		}
		c, err := b.answer(c.ID)
		if err != nil || c.State != tanggap.Answered {
			t.Fatalf("with a photo: %v, %s", err, c.State)
		}
		// The next round needs its own.
		b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Reopen(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "mati lagi", Masked: "mati lagi"})
		})
		refused(c.ID)
		if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: store.EvidenceNone, Reason: "Sudah gelap sekali."}); err != nil {
			t.Fatal(err)
		}
		if list := b.evidence(c); len(list) != 3 || list[2].Flags != casework.OddNone || !list[2].Odd() || list[2].Reason != "Sudah gelap sekali." {
			t.Errorf("the reason is kept as %+v", list[len(list)-1])
		}
		if _, err := b.answer(c.ID); err != nil {
			t.Error(err)
		}
		// One event, one photo; and services that ask for none need none.
		x, y := b.open("PJU-PADAM"), b.open("PJU-PADAM")
		b.act(x.ID, func(tx *store.Store, c *store.Case) error {
			with, err := tx.Case(t.Context(), y.Region, y.ID)
			if err != nil {
				return err
			}
			return b.Join(t.Context(), tx, c, with, officer)
		})
		refused(y.ID)
		if _, err := b.proveWith(x.ID, officer, casework.Proof{Moment: store.EvidenceAfter, Photos: []casework.Photo{b.photo(x, look(3, 0))}}); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{y.ID, b.open("SRT-DOM").ID} {
			if _, err := b.answer(id); err != nil {
				t.Error(err)
			}
		}
	})
}

// What is odd about a photo is noted, and stops nothing.
func TestOddEvidence(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		earlier := b.open("PJU-PADAM")
		mine := b.photo(earlier, look(9, 0))
		if _, err := b.proveWith(earlier.ID, officer, casework.Proof{Moment: store.EvidenceAfter, Photos: []casework.Photo{mine}}); err != nil {
			t.Fatal(err)
		}
		zone := b.p.Location()
		camera := func(d time.Duration) string { return b.clock.Now().In(zone).Add(d).Format(time.DateTime) }
		inside, home := "-5.47000,122.60000", "Depan pasar (-5.47000, 122.60000)"
		for name, x := range map[string]struct {
			moment, place, spot, taken string
			look                       []byte
			secret                     bool
			want                       string
		}{
			"nothing known":         {moment: store.EvidenceAfter},
			"all well":              {moment: store.EvidenceAfter, place: home, spot: "-5.47200,122.60100", taken: camera(0), look: look(40, 0)},
			"the same photo":        {moment: store.EvidenceAfter, look: look(9, 0), want: "reused"},
			"encoded anew":          {moment: store.EvidenceAfter, look: look(9, 7), want: "reused"},
			"another photo":         {moment: store.EvidenceAfter, look: look(9, 40)},
			"before, also":          {moment: store.EvidenceBefore, look: look(9, 0), want: "reused"},
			"secret":                {moment: store.EvidenceAfter, look: look(9, 0), secret: true},
			"before the report":     {moment: store.EvidenceAfter, taken: camera(-5 * time.Hour), want: "early"},
			"clock a little wrong":  {moment: store.EvidenceAfter, taken: camera(-2 * time.Hour)},
			"photo of before":       {moment: store.EvidenceBefore, taken: camera(-50 * time.Hour)},
			"tomorrow":              {moment: store.EvidenceAfter, taken: camera(24 * time.Hour), want: "future"},
			"with its zone":         {moment: store.EvidenceAfter, taken: b.clock.Now().UTC().Format(time.DateTime) + "+00:00"},
			"nonsense":              {moment: store.EvidenceAfter, taken: "kemarin", spot: "di sini"},
			"elsewhere in the city": {moment: store.EvidenceAfter, place: home, spot: "-5.48000,122.60000", want: "far"},
			"no place, in the city": {moment: store.EvidenceAfter, spot: inside},
			"another island":        {moment: store.EvidenceAfter, spot: "-6.20000,106.80000", want: "outside"},
		} {
			t.Run(name, func(t *testing.T) {
				c := b.open("PJU-PADAM")
				c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
					c.Place, c.Secret = x.place, x.secret
					return tx.SetCase(t.Context(), c)
				})
				photo := b.photo(c, x.look)
				photo.Taken = x.taken
				if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: x.moment, Photos: []casework.Photo{photo}, Spot: casework.KnownSpot(x.spot)}); err != nil {
					t.Fatal(err)
				}
				list := b.evidence(c)
				if len(list) != 1 || list[0].Flags != x.want || list[0].Odd() != (x.want != "") {
					t.Fatalf("flags %+v, want %q", list[0], x.want)
				}
				if x.want == "reused" && list[0].LikeID != mine.ID {
					t.Errorf("looks like %s, want %s", list[0].LikeID, mine.ID)
				}
				if x.want == "far" && (list[0].Facts.Metres < 1000 || list[0].Facts.Metres > 1200) {
					t.Errorf("%d metres away", list[0].Facts.Metres)
				}
				// Each next case compares with the first photo only.
				b.act(c.ID, func(tx *store.Store, c *store.Case) error { return tx.ForgetLooks(t.Context(), c.Region, c.ID) })
			})
		}
	})
}

// A photo that the citizen sent is found again, unless its case became secret.
func TestCitizensOwnPhotoAsResult(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			a := &store.Attachment{Region: c.Region, CaseID: c.ID, MessageID: "m", CitizenID: c.CitizenID, State: store.AttachmentStored, Kind: "image", MIME: "image/jpeg"}
			if err := tx.AddAttachment(t.Context(), a); err != nil {
				return err
			}
			return casework.KeepLook(t.Context(), tx, c, a, look(7, 0))
		})
		flags := func(moment string) string {
			t.Helper()
			photo := b.photo(c, look(7, 3))
			if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: moment, Photos: []casework.Photo{photo}}); err != nil {
				t.Fatal(err)
			}
			list := b.evidence(c)
			return list[len(list)-1].Flags
		}
		if got := flags(store.EvidenceBefore); got != "" {
			t.Errorf("the citizen's photo as the one before: %q", got)
		}
		if got := flags(store.EvidenceAfter); got != casework.OddReused {
			t.Errorf("the citizen's photo as the one after: %q", got)
		}
		b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Flags(t.Context(), tx, b.p, c, officer, true, false)
		})
		if left, err := s.Lookalikes(t.Context(), c.Region, look(7, 0)); err != nil || len(left) != 0 {
			t.Errorf("%d photos of a secret case can be found, %v", len(left), err)
		}
		for _, table := range []string{"looks", "evidence", "attachments"} {
			var n int
			if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || table == "looks" && n != 0 || table != "looks" && n == 0 {
				t.Errorf("%d rows in %s, %v", n, table, err)
			}
		}
	})
}

// A service that asks for it: nobody is told before a second person has looked.
func TestSecondPersonLooks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("JLN-RUSAK")
		waits := func() {
			t.Helper()
			if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: store.EvidenceAfter, Photos: []casework.Photo{b.photo(c, nil)}}); err != nil {
				t.Fatal(err)
			}
			var err error
			if c, err = b.answer(c.ID); err != nil || c.State != tanggap.InProgress || c.CheckingAt.IsZero() || !c.AnsweredAt.IsZero() || b.owed(c.ID, region.TextAnswered) {
				t.Fatalf("not held back: %v %+v", err, c)
			}
		}
		pass := func(who string, heads bool) error {
			_, err := b.try(c.ID, func(tx *store.Store, c *store.Case) error {
				return b.Pass(t.Context(), tx, b.p, c, who, heads, func(*store.Case) bool { return false })
			})
			return err
		}
		giveBack := func(who, why string) error {
			_, err := b.try(c.ID, func(tx *store.Store, c *store.Case) error { return b.Return(t.Context(), tx, b.p, c, who, why) })
			return err
		}
		waits()
		if err := pass(officer, true); tanggap.CodeOf(err) != tanggap.Forbidden {
			t.Errorf("checked by himself: %v", err)
		}
		if err := giveBack(second, " "); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("given back without a reason: %v", err)
		}
		if err := giveBack(second, "Foto kurang jelas."); err != nil {
			t.Fatal(err)
		}
		if err := pass(second, true); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("confirmed what was given back: %v", err)
		}
		// What is odd needs the head; his confirmation is his look.
		if _, err := b.proveWith(c.ID, officer, casework.Proof{Moment: store.EvidenceNone, Reason: "Hujan deras sekali."}); err != nil {
			t.Fatal(err)
		}
		waits()
		if err := pass(second, false); tanggap.CodeOf(err) != tanggap.Forbidden {
			t.Errorf("an officer judged what is odd: %v", err)
		}
		if err := pass(second, true); err != nil {
			t.Fatal(err)
		}
		c = b.act(c.ID, func(*store.Store, *store.Case) error { return nil })
		if c.State != tanggap.Answered || !c.CheckingAt.IsZero() || !b.owed(c.ID, region.TextAnswered) {
			t.Errorf("confirmed: %+v", c)
		}
		if slices.ContainsFunc(b.evidence(c), (*store.Evidence).Odd) {
			t.Error("the head's confirmation left something to look at")
		}
		// A case that goes another way takes its result along.
		c = b.open("JLN-RUSAK")
		waits()
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Decide(t.Context(), tx, b.p, c, second, casework.Choice{Unit: "DLH"})
		})
		if err := pass(second, true); tanggap.CodeOf(err) != tanggap.Conflict || !c.CheckingAt.IsZero() {
			t.Errorf("confirmed after it was forwarded: %v %v", err, c.CheckingAt)
		}
	})
}
