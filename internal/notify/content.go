// Package notify decides who must hear what, in which words, on which channel and
// when. An Outbox owes notices inside the transaction that gives rise to them; a
// Dispatcher sends what is owed, once.
package notify

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// ChannelOfficer reaches officers: the inbox inside the program and whatever else
// the operator has set up, see Officers.
const ChannelOfficer = "officer"

// Dropped is the outcome of a notice that was never sent because it is not needed
// any more; Error says why. It stands beside the states of package store.
const Dropped = "dropped"

// Content is what Notification.Body holds as JSON.
type Content struct {
	Key             string            `json:",omitempty"` // text key of the region pack, "" for an officer's own words
	Args            map[string]string `json:",omitempty"` // what the text was filled with, for templates
	Text            string            // rendered when the notice became owed, in the reader's language
	Lang            string
	Buttons         []channel.Button `json:",omitempty"`
	RequestLocation bool             `json:",omitempty"`
	Subject         string           `json:",omitempty"`
	ReplyTo         string           `json:",omitempty"` // provider id of the message that is answered
	Message         string           `json:",omitempty"` // id of the store.Message with the same words
}

func (c Content) encode() (string, error) {
	b, err := json.Marshal(c)
	return string(b), err
}

// Options change how a notice to a citizen is owed.
type Options struct {
	Urgent          bool              // safety: breaks quiet hours, goes before others, is repeated once if its fate stays unknown
	First           bool              // answers what the citizen has just written; goes out in quiet hours too
	Args            map[string]string // what only the caller knows, e.g. reason; added to Outbox.Args
	Buttons         []channel.Button
	RequestLocation bool
	Text            string        // an officer's own words, instead of a text key
	Lead            string        // text key of words that go before, in the same message: danger must not wait for the next one
	Author          string        // "officer:ID"; "" means system
	ReplyTo         string        // provider id of the message that is answered
	Hold            time.Duration // how long the notice waits at least; an urgent one does not
}

// freeText stands for the text key of an officer's own words.
const freeText = "text"

// statusKeys are notices that only say where the case stands: a newer notice of the
// case makes those that still wait worthless.
var statusKeys = []string{region.TextTriage, region.TextAssigned, region.TextInProgress, region.TextDueChanged, region.TextOverdue}

// newsKeys are the other notices that say where the case stands, and more.
var newsKeys = []string{region.TextAnswered, region.TextClosedConfirmed, region.TextClosedSilence, region.TextReopened,
	region.TextExternal, region.TextRejected, region.TextMerged, region.TextDelayed}

func isStatus(key string) bool { return slices.Contains(statusKeys, key) }
func isNews(key string) bool   { return isStatus(key) || slices.Contains(newsKeys, key) }

// again marks the template of the one repetition of an urgent notice whose fate
// stayed unknown.
const again = "/again"

func isAgain(n *store.Notification) bool { return strings.HasSuffix(n.Template, again) }

const citizenPrefix, officerPrefix = "citizen:", "officer:"

func toCitizen(n *store.Notification) bool { return strings.HasPrefix(n.Recipient, citizenPrefix) }

// wayTo returns the channel on which an identity can be written to, "" for none. A
// contact left on the web is a number or an address.
func wayTo(i *store.Identity) string {
	switch {
	case i == nil:
		return ""
	case i.Channel != channel.Web:
		return i.Channel
	case i.Phone != "":
		return channel.WhatsApp
	case i.Email != "":
		return channel.Email
	}
	return ""
}
