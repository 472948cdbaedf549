package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tanggap/internal/tanggap"
)

// maxNote caps a signed checkpoint in bytes; ours is about 300, the rest is room
// for the signatures of outside witnesses.
const maxNote = 16 << 10

// atLayout writes every instant in one way only.
const atLayout = "2006-01-02T15:04:05.000000Z"

// Checkpoint is the state of a region's history at a moment.
type Checkpoint struct {
	Origin  string    // names the log, such as "tanggap.example.go.id/74.72"; one line
	Size    int64     // number of sequenced events
	Root    tlog.Hash // Merkle root of those events
	Inbound int64     // last number of the gap-free inbound sequence, 0 if none
	At      time.Time // when it was taken, cut to microseconds
}

// NewCheckpoint takes a checkpoint of t. Read t and inbound in one transaction.
func NewCheckpoint(ctx context.Context, t Tree, origin string, inbound int64, at time.Time) (Checkpoint, error) {
	size, err := t.Head(ctx)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: head: %w", err)
	}
	root, err := tlog.TreeHash(size, hashReader(ctx, t))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: root of %d: %w", size, err)
	}
	return Checkpoint{Origin: origin, Size: size, Root: root, Inbound: inbound, At: at.UTC().Truncate(time.Microsecond)}, nil
}

// Text is the body that is signed: the lines of a C2SP tlog-checkpoint (origin,
// size, base64 root) and two extension lines, "inbound N" and "at TIME".
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\ninbound %d\nat %s\n",
		c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.Inbound, c.At.UTC().Format(atLayout))
}

var errCheckpoint = errors.New("audit: not a checkpoint")

// parseCheckpoint reads Text back and accepts nothing that Text would not write.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] == "" {
		return Checkpoint{}, errCheckpoint
	}
	size, err1 := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := tlog.ParseHash(lines[2])
	inbound, err3 := strconv.ParseInt(strings.TrimPrefix(lines[3], "inbound "), 10, 64)
	at, err4 := time.Parse(atLayout, strings.TrimPrefix(lines[4], "at "))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root, Inbound: inbound, At: at}
	if c.Text() != text || size < 0 || inbound < 0 {
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

// Sign returns the checkpoint as a signed note (golang.org/x/mod/sumdb/note).
func Sign(c Checkpoint, key note.Signer) ([]byte, error) {
	text := c.Text()
	if _, err := parseCheckpoint(text); err != nil {
		return nil, err
	}
	msg, err := note.Sign(&note.Note{Text: text}, key)
	if err != nil {
		return nil, fmt.Errorf("audit: sign checkpoint: %w", err)
	}
	return msg, nil
}

// Trust says which checkpoints count: those of this origin signed by one of Keys.
// After a change of key, list the old one too (note.VerifierList).
type Trust struct {
	Origin string
	Keys   note.Verifiers
}

// Open checks the signature of a note and returns its checkpoint. Signatures of
// unknown keys beside a known one are allowed and ignored.
func (t Trust) Open(msg []byte) (Checkpoint, error) {
	if len(msg) > maxNote {
		return Checkpoint{}, fmt.Errorf("audit: checkpoint of %d bytes, limit %d", len(msg), maxNote)
	}
	n, err := note.Open(msg, t.Keys)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: checkpoint: %w", err)
	}
	for _, sig := range n.Sigs {
		// note.Open ignores the spare bits of the last character; we accept one spelling.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("audit: checkpoint signature: %w", err)
		}
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != t.Origin {
		return Checkpoint{}, fmt.Errorf("audit: checkpoint of %q, want %q", c.Origin, t.Origin)
	}
	return c, nil
}

// CheckHead compares the database with a checkpoint kept outside it, by reading a
// handful of hashes: the check for every start. inbound is the last number of
// the gap-free inbound sequence in the database. A database that lost or rewrote
// what the checkpoint signed gives a tanggap.Error with code Conflict.
func CheckHead(ctx context.Context, t Tree, inbound int64, c Checkpoint) error {
	size, err := t.Head(ctx)
	if err != nil {
		return fmt.Errorf("audit: head: %w", err)
	}
	if size < c.Size {
		return tanggap.Errorf(tanggap.Conflict, "history ends at %d events, but a checkpoint signed %d: events were lost or removed", size, c.Size)
	}
	if inbound < c.Inbound {
		return tanggap.Errorf(tanggap.Conflict, "inbound messages end at number %d, but a checkpoint saw %d: messages were lost or removed", inbound, c.Inbound)
	}
	root, err := tlog.TreeHash(c.Size, hashReader(ctx, t))
	if err != nil {
		return fmt.Errorf("audit: root of %d: %w", c.Size, err)
	}
	if root != c.Root {
		return tanggap.Errorf(tanggap.Conflict, "the first %d events of history are not those that a checkpoint signed: history was changed", c.Size)
	}
	return nil
}
