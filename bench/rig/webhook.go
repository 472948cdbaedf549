package rig

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Words is one message of a made-up person.
type Words struct {
	ID     string // the provider's id
	Person int    // 0 to 9999
	Text   string
}

// Webhook is the body of a delivery of texts, as the provider sends it.
func Webhook(list ...Words) []byte {
	var people, messages []string
	at := newMorning().Now().Unix()
	for _, m := range list {
		people = append(people, fmt.Sprintf(`{"profile":{"name":"Warga Contoh %04d"},"wa_id":"62811000%04d"}`, m.Person, m.Person))
		messages = append(messages, fmt.Sprintf(`{"from":"62811000%04d","id":%q,"timestamp":"%d","type":"text","text":{"body":%q}}`, m.Person, m.ID, at, m.Text))
	}
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"100000000000009","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"62402000000","phone_number_id":"100000000000001"},"contacts":[` +
		strings.Join(people, ",") + `],"messages":[` + strings.Join(messages, ",") + `]}}]}]}`)
}

// Post delivers a signed webhook. err is nil where the server answered at all.
func Post(ctx context.Context, client *http.Client, server string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/webhook/whatsapp", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Hub-Signature-256", Sign(body))
	return client.Do(req)
}

// Sign is the header that vouches for body.
func Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Client holds conns connections to one server.
func Client(conns int, timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns}}
}
