package whatsapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tanggap/internal/channel"
)

// Fetch downloads a media file: first its address, which Meta keeps for 5 minutes,
// then the file. If the address has run out in between, a new one is asked for
// once. A media id from a webhook lives 7 days.
//
// An error is always a *channel.SendError: FaultMessage means that the file is
// gone, too large or kept somewhere we do not go, and that no retry helps;
// FaultRetry that it was unreachable or arrived damaged.
func (c *Client) Fetch(ctx context.Context, m channel.Media, limit int64) ([]byte, string, error) {
	if !pathIDForm.MatchString(m.ID) {
		return nil, "", mediaError(channel.FaultMessage, "malformed media id")
	}
	data, mime, refused := c.fetch(ctx, m, limit)
	if refused != nil && refused.Code == http.StatusNotFound {
		data, mime, refused = c.fetch(ctx, m, limit)
	}
	if refused == nil {
		return data, mime, nil
	}
	if refused.Fault == channel.FaultUnknown {
		refused.Fault = channel.FaultRetry // reading twice hurts nobody
	}
	return nil, "", refused
}

func (c *Client) fetch(ctx context.Context, m channel.Media, limit int64) ([]byte, string, *channel.SendError) {
	about, refused := c.call(ctx, http.MethodGet,
		c.address(m.ID)+"?phone_number_id="+url.QueryEscape(c.cfg.PhoneNumberID), nil)
	if refused != nil {
		return nil, "", refused
	}
	if size, ok := about.get("file_size").number(); ok && size > float64(limit) {
		return nil, "", mediaError(channel.FaultMessage, "file is too large")
	}
	address, _ := about.get("url").text()
	if !c.mayFetch(address) {
		return nil, "", mediaError(channel.FaultMessage, "media is kept on a host that is not allowed")
	}
	res, refused := c.do(ctx, http.MethodGet, address, nil)
	if refused != nil {
		return nil, "", refused
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		refused = sendError(res.StatusCode, 0, false, "media: "+res.Status, retryAfter(res.Header))
		refused.Code = res.StatusCode
		return nil, "", refused
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, "", mediaError(channel.FaultRetry, "media: transfer broke off")
	}
	if int64(len(data)) > limit {
		return nil, "", mediaError(channel.FaultMessage, "file is too large")
	}
	sum := sha256.Sum256(data)
	for _, stated := range []string{m.SHA256, about.get("sha256").id()} {
		if want := hexDigest(stated); want != "" && want != hex.EncodeToString(sum[:]) {
			return nil, "", mediaError(channel.FaultRetry, "media: checksum differs")
		}
	}
	mime := oneLine(about.get("mime_type").clean(128))
	if mime == "" {
		mime = m.MIME
	}
	return data, mime, nil
}

// mayFetch tells whether the token may be shown to the address: the hosts of the
// configuration by https, and the base address itself.
func (c *Client) mayFetch(address string) bool {
	u, err := url.Parse(address)
	if err != nil || !safe(u) {
		return false
	}
	if u.Scheme == c.base.Scheme && u.Host == c.base.Host {
		return true
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") &&
		slices.Contains(c.cfg.MediaHosts, strings.ToLower(u.Hostname()))
}

func mediaError(fault channel.Fault, detail string) *channel.SendError {
	return &channel.SendError{Fault: fault, Detail: detail}
}
