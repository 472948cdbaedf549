package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/tanggap"
)

// The methods of this file are what a person does on the phone. Each returns the
// id of the new message; the webhook goes out with the next Flush, or by Run.

// Say sends a text. The user is named by number ("62811…") or scoped id.
func (m *Meta) Say(user, text string) (string, error) {
	return m.SayAt(user, text, m.cfg.Clock.Now())
}

// SayAt sends a text that carries another time than now: an event that comes late.
func (m *Meta) SayAt(user, text string, at time.Time) (string, error) {
	return m.speak(user, object{"type": "text", "text": object{"body": text}}, Line{Kind: "text", Text: text, At: at})
}

// Forward passes on a text of another chat, which WhatsApp marks as such and without its
// author.
func (m *Meta) Forward(user, text string) (string, error) {
	return m.speak(user, object{"type": "text", "text": object{"body": text}, "context": object{"forwarded": true}}, Line{Kind: "text", Text: text, Forwarded: true})
}

// SendImage sends a JPEG with an optional caption.
func (m *Meta) SendImage(user string, data []byte, caption string) (string, error) {
	return m.SendMedia(user, "image", "image/jpeg", data, caption, "")
}

// ForwardImage passes on an image of another chat, as Forward does a text.
func (m *Meta) ForwardImage(user, mime string, data []byte, caption string) (string, error) {
	return m.sendMedia(user, "image", mime, data, caption, "", true)
}

// SendMedia sends a file as image, video, audio, sticker or document.
func (m *Meta) SendMedia(user, kind, mime string, data []byte, caption, filename string) (string, error) {
	return m.sendMedia(user, kind, mime, data, caption, filename, false)
}

func (m *Meta) sendMedia(user, kind, mime string, data []byte, caption, filename string, forwarded bool) (string, error) {
	m.mu.Lock()
	id := m.store(&metaMedia{data: data, mime: mime, filename: filename, born: m.cfg.Clock.Now()})
	m.mu.Unlock()
	sum := sha256.Sum256(data)
	content := object{"id": id, "mime_type": mime, "sha256": base64.StdEncoding.EncodeToString(sum[:])}
	if caption != "" {
		content["caption"] = caption
	}
	if filename != "" {
		content["filename"] = filename
	}
	if kind == "audio" {
		content["voice"] = strings.Contains(mime, "ogg")
	}
	message := object{"type": kind, kind: content}
	if forwarded {
		message["context"] = object{"forwarded": true}
	}
	return m.speak(user, message, Line{Kind: kind, Text: caption, MediaID: id, Forwarded: forwarded})
}

// SendLocation shares a position in WGS84 degrees.
func (m *Meta) SendLocation(user string, lat, lon float64, name string) (string, error) {
	content := object{"latitude": lat, "longitude": lon}
	if name != "" {
		content["name"] = name
	}
	return m.speak(user, object{"type": "location", "location": content},
		Line{Kind: "location", Text: name, Lat: lat, Lon: lon})
}

// TapButton chooses a button or list row under one of the city's lines.
func (m *Meta) TapButton(user, lineID, buttonID string) (string, error) {
	m.mu.Lock()
	_, line := m.line(lineID)
	var title string
	kind, found := "button_reply", false
	if line != nil && line.FromCity {
		for _, b := range line.Buttons {
			if b.ID == buttonID {
				title, found = b.Title, true
			}
		}
		if line.List {
			kind = "list_reply"
		}
	}
	m.mu.Unlock()
	if !found {
		return "", tanggap.Errorf(tanggap.NotFound, "no button %q under line %q", buttonID, lineID)
	}
	return m.speak(user, object{
		"type":        "interactive",
		"context":     object{"from": m.cfg.DisplayNumber, "id": lineID},
		"interactive": object{"type": kind, kind: object{"id": buttonID, "title": title}},
	}, Line{Kind: "interactive", Text: title, ReplyTo: lineID})
}

// React puts an emoji on a line; an empty one takes it back.
func (m *Meta) React(user, lineID, emoji string) (string, error) {
	return m.speak(user, object{"type": "reaction", "reaction": object{"message_id": lineID, "emoji": emoji}},
		Line{Kind: "reaction", Text: emoji, ReplyTo: lineID})
}

// Raw sends a message of any shape: members are Meta's, without id, time and
// sender, which are added unless given.
func (m *Meta) Raw(user string, members map[string]any) (string, error) {
	message := object{}
	for name, value := range members {
		message[name] = value
	}
	kind, _ := members["type"].(string)
	return m.speak(user, message, Line{Kind: kind})
}

// ReadAll is the person opening the chat: every line of the city is now read.
func (m *Meta) ReadAll(user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.person(user)
	for i := range u.lines {
		if l := &u.lines[i]; l.FromCity && (l.Status == "sent" || l.Status == "delivered") {
			if err := m.tell(u, l, "read", 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// ChangeNumber gives a person a new number and, as WhatsApp does, a new scoped id.
func (m *Meta) ChangeNumber(user, newPhone string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.person(user)
	old := u.MetaUser
	changed := old
	changed.Phone = strings.TrimPrefix(newPhone, "+")
	changed.UserID = m.scopedID(changed.Phone)
	if _, taken := m.users[changed.Phone]; taken {
		return "", tanggap.Errorf(tanggap.Conflict, "number %s belongs to somebody else", changed.Phone)
	}
	e := m.users[old.key()]
	m.unindex(u)
	u.MetaUser = changed
	m.index(e)
	id := m.newID()
	return id, m.enqueue(update{list: "messages", body: object{
		"id": id, "from": old.Phone, "timestamp": unix(m.cfg.Clock.Now()), "type": "system",
		"system": object{
			"type": "user_changed_number", "wa_id": changed.Phone,
			"user_id": changed.UserID, "previous_user_id": old.UserID,
			"body": fmt.Sprintf("User %s changed from %s to %s", old.Name, old.Phone, changed.Phone),
		},
	}})
}

// speak completes a message, shows it in the chat and queues its webhook.
func (m *Meta) speak(user string, message object, l Line) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.person(user)
	if l.At.IsZero() {
		l.At = m.cfg.Clock.Now()
	}
	if u.LastWrote.Before(l.At) {
		u.LastWrote = l.At
	}
	l.ID = m.newID()
	if given, ok := message["id"].(string); ok {
		l.ID = given
	}
	defaults := object{"id": l.ID, "timestamp": unix(l.At)}
	contact := object{"profile": object{"name": u.Name}}
	if u.Phone != "" {
		defaults["from"], contact["wa_id"] = u.Phone, u.Phone
	}
	if u.UserID != "" {
		defaults["from_user_id"], contact["user_id"] = u.UserID, u.UserID
	}
	if u.Username != "" {
		contact["profile"].(object)["username"] = u.Username
	}
	for name, value := range defaults {
		if _, given := message[name]; !given {
			message[name] = value
		}
	}
	if err := m.enqueue(update{list: "messages", contact: contact, body: message}); err != nil {
		return "", err
	}
	m.write(u, l)
	return l.ID, nil
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
