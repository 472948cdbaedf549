// Package channel names what every way of writing to the city has in common: a
// delivery is split into items, an item is parsed into a message or a status, and
// an outbound text is sent. The packages below it (web, whatsapp) know one
// provider each; nobody else does.
package channel

import (
	"context"
	"time"
)

// Names of the channels, as stored and as used in URLs.
const (
	WhatsApp = "whatsapp"
	Email    = "email"
	Web      = "web"
	Desk     = "desk" // an officer typed it for somebody who came or called
)

// Way is a channel of one region: what is sent, fetched or paced goes one way.
type Way struct{ Region, Channel string }

// ItemKind says what one item of a delivery is.
type ItemKind string

const (
	ItemMessage ItemKind = "message" // something a person said
	ItemStatus  ItemKind = "status"  // what became of something we said
	ItemNotice  ItemKind = "notice"  // about the account or an identity, not said by a person
	ItemUnknown ItemKind = "unknown" // cannot be read; kept for an officer
)

// Item is one unit of a delivery, cut out before the delivery is acknowledged.
// Splitting reads ids only; Raw is understood later, by Parse, in a worker.
type Item struct {
	Kind       ItemKind
	Account    string // our number id, mailbox or form
	ExternalID string // unique for ever within channel and account
	Raw        []byte // self-contained: enough for Parse without its delivery
}

// MessageKind is what a person sent.
type MessageKind string

const (
	Text        MessageKind = "text"
	Image       MessageKind = "image"
	Audio       MessageKind = "audio"
	Video       MessageKind = "video"
	Document    MessageKind = "document"
	Sticker     MessageKind = "sticker"
	Location    MessageKind = "location"
	Contacts    MessageKind = "contacts"
	Reaction    MessageKind = "reaction"
	Choice      MessageKind = "choice" // a tapped button or list row
	Unsupported MessageKind = "unsupported"
)

// Message is one thing a person said, in the words of no provider.
type Message struct {
	ID        string // the provider's id, by which later messages cite this one
	Kind      MessageKind
	From      Author
	At        time.Time // when it was sent, by the provider's clock
	Text      string    // body, caption or title of the choice; may be empty
	ChoiceID  string    // id of the tapped button or row
	InReplyTo string    // external id of the message this one answers or reacts to
	Emoji     string    // of a reaction; empty means it was taken back
	Forwarded bool
	Place     *Place
	Media     []Media
	Original  string // the provider's own type word, for unsupported kinds
	Form      *Form  // what a form asked besides; nil on channels without one
	Mail      *Mail  // what only a mail has; nil elsewhere
}

// Mail is what a mail says besides its words. Nothing in it is proof of anything
// but Token, which we gave out ourselves.
type Mail struct {
	Subject    string
	References []string // Message-IDs that the mail answers, nearest first
	Token      string   // of the address it was written to, as Outbound.Thread; "" if none
	Automatic  string   // why a machine is taken for its author; such a mail is never answered
	Silent     string   // why it must not be answered automatically, though a person may have written it
	Auth       Auth     // verdicts of our own receiving server
	Quoted     string   // what was cut off as quotation, signature or boilerplate
	Note       string   // what an officer should know about how it was read
}

// Auth is what our own mail server found out about the sender (RFC 8601): pass,
// fail, softfail, neutral, none, temperror, permerror, or "" if it said nothing. It
// is a sign shown to officers, never a reason to refuse.
type Auth struct{ SPF, DKIM, DMARC string }

// Form is what a form asks and a conversation has to find out.
type Form struct {
	Area      string // area code the citizen picked, "" if none
	Service   string // service code the citizen picked, "" if none
	Place     string // address or landmark as typed; a position stands in Message.Place
	Danger    Danger // what the citizen said about danger to people
	Anonymous bool   // name and contact stay hidden from the unit and the public
	Lang      string // language of the form, "id" or "en"
	Follows   string // id of the case that this report continues, "" if none
	Identity  string // id of the verified contact by which the writer was let in, "" if none
}

// Danger is the answer to "does this endanger people now".
type Danger string

const (
	DangerYes    Danger = "yes"
	DangerNo     Danger = "no"
	DangerUnsure Danger = "unsure"
)

// Author is who the provider says wrote. ExternalID is the identity's key; Phone
// and Email may be empty (a WhatsApp user with a username has no number).
type Author struct {
	ExternalID string
	Aliases    []string // other ids of the same identity in the same delivery
	Phone      string   // E.164 with "+"
	Email      string
	Name       string // profile name: a claim, never an identity
}

// Place is a shared position in WGS84 degrees.
type Place struct {
	Lat, Lon float64
	Name     string
	Address  string
}

// Media names a file that must be fetched from the provider, or, for channels
// that carry files in the delivery itself, the blob already stored under Blob.
type Media struct {
	ID       string
	MIME     string
	SHA256   string // hex, as the provider states it
	Filename string
	Voice    bool
	Blob     string
	Size     int64  // bytes, 0 if not known
	GPS      string // "lat,lon" found in the photo before it was stripped, with Blob
}

// Status is what a provider says became of one of our messages.
type Status struct {
	ProviderID string // the id that Send returned
	AttemptID  string // our own mark given at sending, if the provider returns it
	State      DeliveryState
	At         time.Time
	Fault      Fault // what a failure means; "" unless State is Failed
	ErrorCode  int
	ErrorText  string
	Category   string // as what the provider counts the message, such as "service"; "" if it did not say
	Billable   bool   // with Category: whether it charges for it
}

// DeliveryState is ordered: a later rank never gives way to an earlier one.
type DeliveryState string

const (
	Sent      DeliveryState = "sent"
	Delivered DeliveryState = "delivered"
	Read      DeliveryState = "read"
	Failed    DeliveryState = "failed"
)

// IdentityChange tells that a person's external id is now another one.
type IdentityChange struct {
	Previous, Current string
	Aliases           []string // other ids that named the person until now
	Phone             string   // the new number, E.164 with "+"; may be empty
	At                time.Time
}

// AccountSign is what a provider says about our own account, number or template.
type AccountSign struct {
	Subject string // "account", "number", or "template:NAME/LANGUAGE"
	Sign    string // the provider's word for what changed, such as "quality" or "status"
	Value   string // its new value
	Detail  string // why, in the provider's words; may be empty
	At      time.Time
}

// Parsed is what one Item turned out to be: exactly one field is set, or none for
// a notice that needs no action.
type Parsed struct {
	Message  *Message
	Status   *Status
	Identity *IdentityChange
	Sign     *AccountSign
}

// Address is where an Outbound goes.
type Address struct {
	ExternalID string
	Phone      string
	Email      string
}

// Button is one quick answer offered under a message.
type Button struct {
	ID    string
	Title string // at most 20 characters on WhatsApp
	URL   string // opens the same choice where nothing can be tapped, "" for none
}

// Template is a text approved by the provider beforehand, needed where free text
// is not allowed.
type Template struct {
	Name     string
	Language string
	Params   []string // positional
}

// Outbound is one message to one person.
type Outbound struct {
	AttemptID       string // comes back with statuses where the provider supports it
	To              Address
	Subject         string // channels with subjects
	Text            string
	Buttons         []Button
	RequestLocation bool
	Template        *Template // instead of Text
	InReplyTo       string
	MessageID       string   // of a mail, without angle brackets; the same for every try
	References      []string // Message-IDs of the conversation, oldest first
	Thread          string   // comes back as Mail.Token when the mail is answered
	Automatic       bool     // answers what somebody has just sent (RFC 3834); a mail is then sent with an empty return path
}

// Fault says what to do after a failed send.
type Fault string

const (
	FaultRetry       Fault = "retry"       // passing; try again later
	FaultSlow        Fault = "slow"        // rate limit; try again after RetryAfter
	FaultUnknown     Fault = "unknown"     // may or may not have been sent; never retry blindly
	FaultWindow      Fault = "window"      // free text not allowed now; a template is needed
	FaultUnreachable Fault = "unreachable" // this person cannot be reached on this channel
	FaultMessage     Fault = "message"     // this message is wrong; no retry helps
	FaultTemplate    Fault = "template"    // the template is missing, paused or wrong; alert
	FaultAccount     Fault = "account"     // our account is the problem; stop and alert
)

// SendError is the only error a Sender returns.
type SendError struct {
	Fault      Fault
	Code       int // the provider's code, 0 if none
	Detail     string
	RetryAfter time.Duration
}

func (e *SendError) Error() string { return string(e.Fault) + ": " + e.Detail }

// Sender sends one message and returns the provider's id for it. An error is
// always a *SendError.
type Sender interface {
	Send(ctx context.Context, out Outbound) (providerID string, err error)
}

// Reader understands deliveries of one channel.
type Reader interface {
	// Split cuts a verified delivery into items. It never fails: a body it cannot
	// cut is one ItemUnknown named by its hash.
	Split(body []byte) []Item
	// Parse understands one item. An error means quarantine.
	Parse(item Item) (Parsed, error)
}

// Fetcher fetches a media file that a message names.
type Fetcher interface {
	// Fetch returns at most limit bytes, checked against the stated SHA-256.
	Fetch(ctx context.Context, m Media, limit int64) (data []byte, mime string, err error)
}
