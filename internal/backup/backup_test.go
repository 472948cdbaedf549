package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tanggap/internal/apptest"
	"tanggap/internal/audit"
	"tanggap/internal/backup"
	"tanggap/internal/media"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// system is a database with a bit of everything, and a media folder.
type system struct {
	address, media, keys string
	blob                 string
	caseID               string
}

func engines(t *testing.T, fn func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, apptest.SQLiteFile(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, apptest.PostgresURL(t)) })
}

func fill(t *testing.T, address string) system {
	t.Helper()
	ctx := t.Context()
	sys := system{address: address, media: filepath.Join(t.TempDir(), "media"), keys: t.TempDir(), blob: media.NewKey()}
	s := apptest.Open(t, address)
	err := s.InTx(ctx, func(tx *store.Store) error {
		if _, err := tx.AddPack(ctx, apptest.Region, "hash", []byte("zip"), ""); err != nil {
			return err
		}
		if err := tx.AddOfficer(ctx, &store.Officer{Email: "petugas@contoh.go.id", Name: "Petugas Contoh",
			Roles: []store.Role{{Region: apptest.Region, Role: "officer", Unit: "DLH"}}}); err != nil {
			return err
		}
		if _, err := tx.AddDelivery(ctx, &store.Delivery{Region: apptest.Region, Channel: "web", Body: []byte("halo")},
			[]*store.Inbound{{Account: "form", External: "x1", Kind: "message", Raw: []byte{}}}); err != nil {
			return err
		}
		citizen := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(ctx, citizen); err != nil {
			return err
		}
		c := &store.Case{Region: apptest.Region, State: tanggap.Triage, Urgency: tanggap.High, Channel: "web", CitizenID: citizen.ID, Secret: true,
			Place: "Jl. Contoh", OpenedAt: apptest.Start, DueAt: apptest.Start.Add(time.Hour + 123456*time.Microsecond)}
		if err := tx.AddCase(ctx, c, "BAU", time.UTC); err != nil {
			return err
		}
		sys.caseID = c.ID
		m := &store.Message{Region: apptest.Region, CaseID: c.ID, CitizenID: citizen.ID, Direction: store.In, Channel: "web", Kind: "text", Author: "citizen",
			Body: "pohon tumbang 🌳", Masked: "pohon tumbang 🌳"}
		if err := tx.AddMessage(ctx, m); err != nil {
			return err
		}
		if err := tx.AddAttachment(ctx, &store.Attachment{Region: apptest.Region, CaseID: c.ID, MessageID: m.ID, CitizenID: citizen.ID,
			State: store.AttachmentStored, Kind: "image", Blob: sys.blob}); err != nil {
			return err
		}
		if err := tx.AddDecision(ctx, &store.Decision{Region: apptest.Region, CaseID: c.ID, CitizenID: citizen.ID, Kind: "service", Confidence: 0.123456789, State: store.DecisionOpen}); err != nil {
			return err
		}
		if err := tx.AddNotification(ctx, &store.Notification{Region: apptest.Region, EventID: "e", CaseID: c.ID, CitizenID: citizen.ID, Recipient: "citizen:" + citizen.ID, Channel: "web", Urgent: true}); err != nil {
			return err
		}
		if err := tx.CommitCtx(ctx, "session", []byte("x"), apptest.Start.Add(time.Hour)); err != nil {
			return err
		}
		for range 3 {
			if _, err := tx.AddEvent(ctx, c, "system", "case.opened", nil); err != nil {
				return err
			}
		}
		_, err := audit.Sequence(ctx, tx.AuditLog(apptest.Region), 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := media.OpenDir(sys.media)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := dir.Put(ctx, sys.blob, strings.NewReader("sealed bytes")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sys.keys, "master.json"), []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	return sys
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func write(t *testing.T, sys system, withKeys bool, id *age.X25519Identity) ([]byte, *backup.Manifest) {
	t.Helper()
	src := backup.Source{Database: sys.address, Media: sys.media, Program: "test", Now: apptest.Start}
	if withKeys {
		src.Keys = sys.keys
	}
	var b bytes.Buffer
	m, err := backup.Write(t.Context(), &b, src, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m
}

func sums(t *testing.T, address string) ([]backup.Sum, []backup.RegionSum) {
	t.Helper()
	s, err := backup.OpenSnapshot(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tables, err := s.Sums(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	regions, err := s.RegionSums(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tables, regions
}

// sameTables ignores the one row that restoring adds: outbound is off.
var sameTables = cmp.Options{
	cmpopts.IgnoreUnexported(backup.Column{}),
	cmpopts.IgnoreSliceElements(func(s backup.Sum) bool { return s.Name == "counters" }),
}

func TestRestoreGivesEqualRowsAndRoots(t *testing.T) {
	engines(t, func(t *testing.T, from string) {
		sys := fill(t, from)
		id := identity(t)
		file, m := write(t, sys, true, id)
		if m.Keys.Files != 1 || m.Media.Files != 1 || m.Regions[0].Events != 3 || m.Regions[0].Inbound != 1 {
			t.Errorf("manifest %+v", m)
		}
		for _, c := range []struct {
			name   string
			target func(t *testing.T) backup.Target
		}{
			{"into sqlite", func(t *testing.T) backup.Target { return backup.Target{Dir: filepath.Join(t.TempDir(), "new")} }},
			{"into postgres", func(t *testing.T) backup.Target {
				return backup.Target{Dir: t.TempDir(), Postgres: apptest.EmptyPostgresURL(t)}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				to := c.target(t)
				if _, err := backup.Restore(t.Context(), bytes.NewReader(file), to, apptest.NewClock(apptest.Start), apptest.Log(), id); err != nil {
					t.Fatal(err)
				}
				address := to.Postgres
				if address == "" {
					address = filepath.Join(to.Dir, backup.DatabaseFile)
				}
				wantTables, wantRegions := sums(t, sys.address)
				gotTables, gotRegions := sums(t, address)
				if diff := cmp.Diff(wantTables, gotTables, sameTables); diff != "" {
					t.Errorf("tables: -original +restored\n%s", diff)
				}
				if diff := cmp.Diff(wantRegions, gotRegions); diff != "" {
					t.Errorf("regions: -original +restored\n%s", diff)
				}
				s := apptest.Open(t, address)
				got, err := s.Case(t.Context(), apptest.Region, sys.caseID)
				if err != nil || got.Place != "Jl. Contoh" || !got.Secret || !got.DueAt.Equal(apptest.Start.Add(time.Hour+123456*time.Microsecond)) {
					t.Errorf("restored case %+v, %v", got, err)
				}
				if off, err := s.Counter(t.Context(), apptest.Region, backup.OutboundOff); err != nil || off != 1 {
					t.Errorf("outbound_off = %d, %v", off, err)
				}
				blob, err := os.ReadFile(filepath.Join(to.Dir, backup.MediaDir, sys.blob[len(sys.blob)-2:], sys.blob))
				if err != nil || string(blob) != "sealed bytes" {
					t.Errorf("blob %q, %v", blob, err)
				}
				if key, err := os.ReadFile(filepath.Join(to.Dir, backup.KeysDir, "master.json")); err != nil || string(key) != "key" {
					t.Errorf("key %q, %v", key, err)
				}
			})
		}
	})
}

func TestKeysStayOutUnlessAskedFor(t *testing.T) {
	sys := fill(t, apptest.SQLiteFile(t))
	id := identity(t)
	file, _ := write(t, sys, false, id)
	dir := filepath.Join(t.TempDir(), "new")
	if _, err := backup.Restore(t.Context(), bytes.NewReader(file), backup.Target{Dir: dir}, apptest.NewClock(apptest.Start), apptest.Log(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, backup.KeysDir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("keys were restored: %v", err)
	}
}

func TestDamagedBackupIsRefusedAndLeavesNothing(t *testing.T) {
	sys := fill(t, apptest.SQLiteFile(t))
	id := identity(t)
	file, _ := write(t, sys, false, id)
	flipped := bytes.Clone(file)
	flipped[len(flipped)/2] ^= 1
	noise := make([]byte, 1000)
	rand.Read(noise)
	for name, c := range map[string]struct {
		file []byte
		id   age.Identity
		want tanggap.Code
	}{
		"cut off":     {file[:len(file)-100], id, tanggap.Invalid},
		"flipped bit": {flipped, id, tanggap.Invalid},
		"noise":       {noise, id, tanggap.Invalid},
		"empty":       {nil, id, tanggap.Invalid},
		"other key":   {file, identity(t), tanggap.Forbidden},
	} {
		parent := t.TempDir()
		_, err := backup.Restore(t.Context(), bytes.NewReader(c.file), backup.Target{Dir: filepath.Join(parent, "new")}, apptest.NewClock(apptest.Start), apptest.Log(), c.id)
		if tanggap.CodeOf(err) != c.want {
			t.Errorf("%s: restore: %v", name, err)
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v, %v", name, left, err)
		}
		if _, err := backup.Check(t.Context(), bytes.NewReader(c.file), c.id); tanggap.CodeOf(err) != c.want {
			t.Errorf("%s: check: %v", name, err)
		}
	}
}

func TestRestoreRefusesANonEmptyTarget(t *testing.T) {
	sys := fill(t, apptest.SQLiteFile(t))
	id := identity(t)
	file, want := write(t, sys, false, id)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "something"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	restore := func(to backup.Target) error {
		_, err := backup.Restore(t.Context(), bytes.NewReader(file), to, apptest.NewClock(apptest.Start), apptest.Log(), id)
		return err
	}
	if err := restore(backup.Target{Dir: dir}); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("folder with a file: %v", err)
	}
	got, err := backup.Check(t.Context(), bytes.NewReader(file), id)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(backup.Column{}, backup.FileSum{})); err != nil || diff != "" {
		t.Errorf("check: %v\n%s", err, diff)
	}
	t.Run("postgres", func(t *testing.T) {
		full := apptest.PostgresURL(t)
		apptest.Open(t, full) // has a region
		if err := restore(backup.Target{Dir: filepath.Join(t.TempDir(), "new"), Postgres: full}); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("database with a region: %v", err)
		}
	})
}

func TestBackupNeedsARecipient(t *testing.T) {
	_, err := backup.Write(context.Background(), &bytes.Buffer{}, backup.Source{Database: apptest.SQLiteFile(t)})
	if tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("unencrypted backup: %v", err)
	}
}

func TestHistoryVerifies(t *testing.T) {
	engines(t, func(t *testing.T, address string) {
		sys := fill(t, address)
		verify := func() audit.Report {
			t.Helper()
			s, err := backup.OpenSnapshot(t.Context(), sys.address)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r, err := audit.Verify(t.Context(), s.History(apptest.Region), audit.Trust{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := verify(); !r.OK() || r.Events != 3 || r.InboundLast != 1 {
			t.Errorf("untouched: %+v", r)
		}
		s := apptest.Open(t, sys.address)
		if _, err := s.SQL().ExecContext(t.Context(), "UPDATE events SET actor = 'officer:x' WHERE seq = 1"); err != nil {
			t.Fatal(err)
		}
		r := verify()
		if len(r.Problems) != 1 || r.Problems[0].Kind != audit.ColumnEdited || r.Problems[0].Seq != 1 || r.Problems[0].Detail != "actor" {
			t.Errorf("tampered: %+v", r)
		}
	})
}
