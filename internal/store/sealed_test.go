package store_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// Personal data of a citizen who does not exist.
var personal = []string{"Warga Contoh Rahasia", "+628120000777", "628120000777", "warga.contoh@example.id", "Jl. Contoh Tersembunyi 7", "7472990101990001", "wamid.contoh777"}

// No column of any table holds clear personal data that went through the sealing
// methods.
func TestSealedColumnsHoldNoClearText(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		secrets := slices.Clone(personal)
		err := s.InTx(ctx, func(tx *store.Store) error {
			if _, err := tx.AddDelivery(ctx, &store.Delivery{Region: region, Channel: "whatsapp", Body: []byte(strings.Join(personal, " "))},
				[]*store.Inbound{{Account: "1001", External: personal[6], Kind: "message", Raw: []byte(personal[1])}}); err != nil {
				return err
			}
			citizen := &store.Citizen{Region: region, Name: personal[0], Lang: "id"}
			if err := tx.AddCitizen(ctx, citizen); err != nil {
				return err
			}
			identity := &store.Identity{Region: region, CitizenID: citizen.ID, Channel: "whatsapp", Account: "1001",
				External: personal[2], Phone: personal[1], Email: personal[3]}
			if err := tx.AddIdentity(ctx, identity, "alias-"+personal[2]); err != nil {
				return err
			}
			c := &store.Case{Region: region, State: "received", Urgency: 1, Channel: "whatsapp", CitizenID: citizen.ID, IdentityID: identity.ID,
				Place: personal[4], OpenedAt: s.Clock().Now()}
			if err := tx.AddCase(ctx, c, "BAU", makassar(t)); err != nil {
				return err
			}
			secrets = append(secrets, c.Code, c.Link)
			m := &store.Message{Region: region, CaseID: c.ID, CitizenID: citizen.ID, IdentityID: identity.ID, Direction: store.In, Channel: "whatsapp",
				Kind: "text", Author: "citizen", Body: "NIK saya " + personal[5], Masked: "NIK saya [NIK]", External: personal[6]}
			if err := tx.AddMessage(ctx, m); err != nil {
				return err
			}
			if err := tx.AddAttachment(ctx, &store.Attachment{Region: region, CaseID: c.ID, MessageID: m.ID, CitizenID: citizen.ID, State: store.AttachmentPending,
				Kind: "image", Source: personal[6], GPS: "-5.4,122.6 " + personal[4]}); err != nil {
				return err
			}
			if err := tx.AddDecision(ctx, &store.Decision{Region: region, CaseID: c.ID, CitizenID: citizen.ID, Kind: "service", State: store.DecisionOpen,
				Reasons: []store.Reason{{Words: personal[5]}}}); err != nil {
				return err
			}
			if err := tx.AddNotification(ctx, &store.Notification{Region: region, EventID: "e", CaseID: c.ID, CitizenID: citizen.ID,
				Recipient: "citizen:" + citizen.ID, Channel: "whatsapp", Template: "received", Body: personal[0]}); err != nil {
				return err
			}
			if err := tx.KeepDraft(ctx, c, "officer", "balasan", personal[0]); err != nil {
				return err
			}
			return tx.PutDraft(ctx, &store.Draft{Region: region, ID: "draft", Body: []byte(personal[3])})
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for table := range tables(t, s) {
			for _, row := range dump(t, s, table) {
				rows++
				for _, secret := range secrets {
					if bytes.Contains(row, []byte(secret)) {
						t.Errorf("table %s holds %q in clear", table, secret)
					}
				}
			}
		}
		if rows < 12 {
			t.Errorf("only %d rows looked at", rows)
		}
		list, err := s.Cases(ctx, store.CaseFilter{Region: region})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d cases, %v", len(list), err)
		}
		messages, err := s.Messages(ctx, region, list[0].ID)
		if err != nil || len(messages) != 1 || messages[0].Body != "NIK saya "+personal[5] || messages[0].External != personal[6] {
			t.Errorf("messages do not open: %v, %v", messages, err)
		}
	})
}

// dump returns the rows of a table, each as its columns' bytes.
func dump(t testing.TB, s *store.Store, table string) (out [][]byte) {
	t.Helper()
	rows, err := s.SQL().QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				b.Write(v)
			case sql.RawBytes:
				b.Write(v)
			default:
				fmt.Fprint(&b, v)
			}
			b.WriteByte(0)
		}
		out = append(out, b.Bytes())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
