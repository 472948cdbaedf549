package edition_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const admin = "0198b0d0-0000-7000-8000-000000000001"

// begin puts the Baubau pack, without its large table, in force as version 1.
func begin(t *testing.T, s *store.Store) *region.Pack {
	t.Helper()
	fsys, err := region.Embedded("baubau")
	if err != nil {
		t.Fatal(err)
	}
	files, err := region.ReadFiles(fsys)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "composed.csv")
	p, err := files.Load()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := files.Archive()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := edition.Put(t.Context(), s, p, archive, "mulai"); err != nil || v != 1 {
		t.Fatalf("version %d, %v", v, err)
	}
	return p
}

func set(table, key string, cells ...string) func(f region.Files) error {
	return func(f region.Files) error {
		x, _ := region.TableOf(table)
		m := map[string]string{}
		for i := 0; i < len(cells); i += 2 {
			m[cells[i]] = cells[i+1]
		}
		return f.Set(x, key, m)
	}
}

func edit(t *testing.T, s *store.Store, fn func(f region.Files) error) {
	t.Helper()
	if err := edition.Edit(t.Context(), s, apptest.Region, admin, edition.Edited, map[string]any{"table": "units"}, fn); err != nil {
		t.Fatal(err)
	}
}

func draft(t *testing.T, s *store.Store) *edition.Draft {
	t.Helper()
	d, err := edition.Open(t.Context(), s, apptest.Region)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func code(t *testing.T, err error, want tanggap.Code, words string) {
	t.Helper()
	if tanggap.CodeOf(err) != want || !strings.Contains(err.Error(), words) {
		t.Fatalf("got %v, want %s with %q", err, want, words)
	}
}

func TestDraftComesIntoForce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		old := begin(t, s)
		ctx := t.Context()
		if d := draft(t, s); d.Row != nil {
			t.Fatal("a draft before anybody changed anything")
		}
		_, err := edition.Enforce(ctx, s, apptest.Region, admin, 1, "")
		code(t, err, tanggap.Conflict, "tidak ada konsep")
		edit(t, s, set(region.TableUnits, "PUPR", "phone", "0800-000-0000"))
		seen := draft(t, s).Row.Version
		edit(t, s, set(region.TableUnits, "DLH", "phone", "0800-000-0001"))
		// What somebody has not seen is not put in force in his name.
		_, err = edition.Enforce(ctx, s, apptest.Region, admin, seen, "")
		code(t, err, tanggap.Conflict, "berubah")
		p, err := edition.Enforce(ctx, s, apptest.Region, admin, draft(t, s).Row.Version, "telepon baru")
		if err != nil || p.Version != 2 {
			t.Fatalf("%v, %v", p, err)
		}
		now, err := edition.Version(ctx, s, apptest.Region, 2)
		if err != nil || now.Hash != p.Hash {
			t.Fatal(err)
		}
		if u, _ := now.Unit("PUPR"); u.Phone != "0800-000-0000" {
			t.Error("the change is lost")
		}
		if draft(t, s).Row != nil {
			t.Error("the draft outlives its enforcement")
		}
		if err := edition.Restore(ctx, s, apptest.Region, admin, 1); err != nil {
			t.Fatal(err)
		}
		back, err := draft(t, s).Files.Load()
		if err != nil || back.Hash != old.Hash {
			t.Errorf("restored %v, want %v: %v", back.Hash, old.Hash, err)
		}
		if err := edition.Discard(ctx, s, apptest.Region, admin); err != nil || draft(t, s).Row != nil {
			t.Error("not discarded", err)
		}
		events, err := s.RegionEvents(ctx, apptest.Region, edition.Events, 20)
		if err != nil {
			t.Fatal(err)
		}
		var types []string
		for _, e := range events {
			types = append(types, e.Type)
			if e.Actor != "officer:"+admin || strings.Contains(e.Payload, "0800") {
				t.Errorf("event %s by %s: %s", e.Type, e.Actor, e.Payload)
			}
		}
		if got := strings.Join(types, " "); got != "pack.discarded pack.restored pack.enforced pack.edited pack.edited" {
			t.Error(got)
		}
	})
}

// TestFaultyDraftNeverComesIntoForce: not by a button, not by a date, and not by the hand
// of time.
func TestFaultyDraftNeverComesIntoForce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		begin(t, s)
		ctx := t.Context()
		edit(t, s, set(region.TableUnits, "PUPR", "hours", "tidak ada"))
		v := draft(t, s).Row.Version
		_, err := edition.Enforce(ctx, s, apptest.Region, admin, v, "")
		code(t, err, tanggap.Invalid, "kesalahan")
		code(t, edition.Schedule(ctx, s, apptest.Region, admin, v, "", apptest.Start.AddDate(0, 0, 3)), tanggap.Invalid, "kesalahan")
		// Even a row written behind the program's back does not.
		row, err := s.PackDraft(ctx, apptest.Region)
		if err != nil {
			t.Fatal(err)
		}
		row.EffectiveAt = apptest.Start.AddDate(0, 0, -1)
		if err := s.InTx(ctx, func(tx *store.Store) error { return tx.PutPackDraft(ctx, row) }); err != nil {
			t.Fatal(err)
		}
		if done, err := edition.Due(ctx, s, apptest.Region); done || err != nil {
			t.Fatalf("%v, %v", done, err)
		}
		if d := draft(t, s); d.InForce != 1 || d.Row == nil || !d.Row.EffectiveAt.IsZero() {
			t.Errorf("%+v", d.Row)
		}
		if err := edition.Upload(ctx, s, apptest.Region, admin, []byte("kein zip")); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Error(err)
		}
		kudus, err := region.Embedded("kudus")
		if err != nil {
			t.Fatal(err)
		}
		archive, err := region.Archive(kudus)
		if err != nil {
			t.Fatal(err)
		}
		if err := edition.Upload(ctx, s, apptest.Region, admin, archive); err != nil {
			t.Fatal(err)
		}
		_, err = edition.Enforce(ctx, s, apptest.Region, admin, draft(t, s).Row.Version, "")
		code(t, err, tanggap.Invalid, "daerah")
	})
}

func TestDateOfADraft(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		begin(t, s)
		ctx, clock := t.Context(), s.Clock().(*apptest.Clock)
		edit(t, s, set(region.TableUnits, "PUPR", "phone", "0800-000-0000"))
		v, day := draft(t, s).Row.Version, apptest.Start.AddDate(0, 0, 3)
		code(t, edition.Schedule(ctx, s, apptest.Region, admin, v, "", apptest.Start), tanggap.Invalid, "sudah lewat")
		if err := edition.Schedule(ctx, s, apptest.Region, admin, v, "", day); err != nil {
			t.Fatal(err)
		}
		err := edition.Edit(ctx, s, apptest.Region, admin, edition.Edited, nil, set(region.TableUnits, "PUPR", "phone", ""))
		code(t, err, tanggap.Conflict, "dijadwalkan")
		for _, step := range []struct {
			at   time.Time
			done bool
		}{{day.Add(-time.Second), false}, {day, true}, {day.Add(time.Hour), false}} {
			clock.Set(step.at)
			if done, err := edition.Due(ctx, s, apptest.Region); err != nil || done != step.done {
				t.Fatalf("at %v: %v, %v", step.at, done, err)
			}
		}
		if d := draft(t, s); d.InForce != 2 || d.Row != nil {
			t.Errorf("version %d in force", d.InForce)
		}
		// An import in between: the date is lost, nothing is.
		edit(t, s, set(region.TableUnits, "DLH", "phone", "0800-000-0000"))
		if err := edition.Schedule(ctx, s, apptest.Region, admin, draft(t, s).Row.Version, "", clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		begin2(t, s)
		clock.Advance(2 * time.Hour)
		if done, err := edition.Due(ctx, s, apptest.Region); err != nil || done {
			t.Fatalf("%v, %v", done, err)
		}
		d := draft(t, s)
		if d.InForce != 3 || d.Row == nil || !d.Row.EffectiveAt.IsZero() || !d.Moved() {
			t.Errorf("%d, %+v", d.InForce, d.Row)
		}
		_, err = edition.Enforce(ctx, s, apptest.Region, admin, d.Row.Version, "")
		code(t, err, tanggap.Conflict, "versi 3")
		if err := edition.Rebase(ctx, s, apptest.Region, admin, d.Row.Version); err != nil {
			t.Fatal(err)
		}
		if _, err := edition.Enforce(ctx, s, apptest.Region, admin, draft(t, s).Row.Version, ""); err != nil {
			t.Fatal(err)
		}
	})
}

// begin2 imports another version as the command line does.
func begin2(t *testing.T, s *store.Store) {
	t.Helper()
	files, err := edition.Files(t.Context(), s, apptest.Region, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(region.TableUnits, "BPBD", "phone", "0800-000-0002")(files); err != nil {
		t.Fatal(err)
	}
	p, err := files.Load()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := files.Archive()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := edition.Put(t.Context(), s, p, archive, "impor"); err != nil {
		t.Fatal(err)
	}
}

// TestPromisesOnlyGrowStronger: a weaker promise needs a reason, a stronger one none.
func TestPromisesOnlyGrowStronger(t *testing.T) {
	s := apptest.SQLite(t)
	old := begin(t, s)
	ctx := t.Context()
	files := draft(t, s).Files
	rule := func(amount string) *region.Pack {
		t.Helper()
		f := files.Clone()
		r, _ := old.Rule("ADUAN-14HK", apptest.Start)
		if err := set(region.TableRules, "ADUAN-14HK|"+r.From.Format(time.DateOnly), "amount", amount)(f); err != nil {
			t.Fatal(err)
		}
		p, err := f.Load()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if list := edition.Loosened(old, rule("10"), apptest.Start); len(list) != 0 {
		t.Errorf("tightening counts as loosening: %v", list)
	}
	if list := edition.Loosened(old, rule("20"), apptest.Start); len(list) < 5 {
		t.Errorf("only %d services feel it", len(list))
	}
	r, _ := old.Rule("ADUAN-14HK", apptest.Start)
	edit(t, s, set(region.TableRules, "ADUAN-14HK|"+r.From.Format(time.DateOnly), "amount", "20"))
	v := draft(t, s).Row.Version
	_, err := edition.Enforce(ctx, s, apptest.Region, admin, v, "")
	code(t, err, tanggap.Invalid, "lebih longgar")
	if _, err := edition.Enforce(ctx, s, apptest.Region, admin, v, "putusan rapat"); err != nil {
		t.Fatal(err)
	}
	list, err := s.Packs(ctx, apptest.Region)
	if err != nil || list[0].Note != "putusan rapat" {
		t.Errorf("%+v, %v", list[0], err)
	}
}

func TestUploadOfAFolder(t *testing.T) {
	s := apptest.SQLite(t)
	begin(t, s)
	files := draft(t, s).Files
	if err := set(region.TableUnits, "PUPR", "phone", "0800-000-0009")(files); err != nil {
		t.Fatal(err)
	}
	disk := fstest.MapFS{}
	for name, data := range files {
		disk[name] = &fstest.MapFile{Data: data}
	}
	archive, err := region.Archive(disk)
	if err != nil {
		t.Fatal(err)
	}
	if err := edition.Upload(t.Context(), s, apptest.Region, admin, archive); err != nil {
		t.Fatal(err)
	}
	edited, err := draft(t, s).Files.Load()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := region.Load(disk)
	if err != nil || folder.Hash != edited.Hash {
		t.Errorf("%v", err)
	}
}
