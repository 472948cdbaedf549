package email

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Limits of fetching.
const (
	cutAt      = 1 << 20 // bytes taken of a mail longer than MaxRaw: its header and, nearly always, its words
	batchMails = 32
	batchBytes = 8 << 20 // of several mails in one batch
)

// CutHeader stands first in a mail that was longer than MaxRaw and is delivered
// cut; its value is the length in bytes. Only as the very first line it is ours.
const CutHeader = "X-Tanggap-Cut"

// entry is a mail waiting in the folder.
type entry struct {
	uid  imap.UID
	size int64
}

// list returns what waits in the folder within set, in order of arrival.
func (x *session) list(ctx context.Context, set imap.UIDSet) ([]entry, error) {
	var out []entry
	err := x.do(ctx, fetchTime, func() error {
		cmd := x.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true})
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			var e entry
			for item := msg.Next(); item != nil; item = msg.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					e.uid = item.UID
				case imapclient.FetchItemDataRFC822Size:
					e.size = item.Size
				}
			}
			if set.Contains(e.uid) { // "n:*" always names the last mail too
				out = append(out, e)
			}
		}
		return cmd.Close()
	})
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.uid, b.uid) })
	return out, err
}

// fetch reads mails without marking them. What is no longer in the folder is
// missing from the result.
func (x *session) fetch(ctx context.Context, batch []entry) (map[imap.UID][]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	var set imap.UIDSet
	for _, e := range batch {
		set.AddNum(e.uid)
		if e.size > MaxRaw { // alone in its batch
			section.Partial = &imap.SectionPartial{Size: cutAt}
		}
	}
	out := map[imap.UID][]byte{}
	err := x.do(ctx, fetchTime, func() error {
		cmd := x.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		var broken error
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			var uid imap.UID
			var raw []byte
			for item := msg.Next(); item != nil; item = msg.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					uid = item.UID
				case imapclient.FetchItemDataBodySection:
					if item.Literal != nil && broken == nil {
						raw, broken = io.ReadAll(io.LimitReader(item.Literal, MaxRaw+1))
					}
				}
			}
			out[uid] = raw
		}
		return errors.Join(cmd.Close(), broken)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range batch {
		if raw, there := out[e.uid]; there && max(e.size, int64(len(raw))) > MaxRaw {
			out[e.uid] = cut(raw, max(e.size, int64(len(raw))))
		}
	}
	return out, nil
}

// cut shortens a mail of size bytes and says so at its top.
func cut(raw []byte, size int64) []byte {
	return append(fmt.Appendf(nil, "%s: %d\r\n", CutHeader, size), raw[:min(len(raw), cutAt)]...)
}

// batches cuts a list into parts that fit into memory. alone are fetched by
// themselves.
func batches(list []entry, alone func(imap.UID) bool) [][]entry {
	var out [][]entry
	var bytes int64
	open := false
	for _, e := range list {
		single := alone(e.uid) || e.size > MaxRaw
		if !open || single || bytes+e.size > batchBytes || len(out[len(out)-1]) == batchMails {
			out, bytes = append(out, nil), 0
		}
		last := len(out) - 1
		out[last], bytes, open = append(out[last], e), bytes+e.size, !single
	}
	return out
}

// settle marks committed mails as read and moves them to the done folder. A mail
// that cannot be moved stays, marked, and refused says why; nothing is ever deleted
// without its copy.
func (x *session) settle(ctx context.Context, uids []imap.UID, done string) (refused, err error) {
	set := imap.UIDSetNum(uids...)
	if err := x.flag(ctx, set, imap.FlagSeen); err != nil {
		return nil, err
	}
	err = x.move(ctx, set, done)
	if code := codeOf(err); code == imap.ResponseCodeTryCreate || code == imap.ResponseCodeNonExistent {
		err = x.do(ctx, commandTime, func() error {
			if err := x.client.Create(done, nil).Wait(); err != nil {
				return err
			}
			return x.client.Subscribe(done).Wait()
		})
		if err == nil {
			err = x.move(ctx, set, done)
		}
	}
	if isRefusal(err) {
		return fmt.Errorf("move to %s: %w", done, err), nil
	}
	return nil, err
}

func (x *session) flag(ctx context.Context, set imap.UIDSet, flag imap.Flag) error {
	return x.do(ctx, commandTime, func() error {
		return x.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	})
}

var errNoMove = &imap.Error{Type: imap.StatusResponseTypeNo, Text: "the server has neither MOVE nor UIDPLUS"}

// move does what RFC 6851 calls MOVE, where needed in the three steps it stands
// for. Each waits for the one before: the client library would send them together,
// and the mail would be gone if the copy failed.
func (x *session) move(ctx context.Context, set imap.UIDSet, done string) error {
	var caps imap.CapSet
	err := x.do(ctx, commandTime, func() error {
		caps = x.client.Caps()
		if caps.Has(imap.CapMove) {
			_, err := x.client.Move(set, done).Wait()
			return err
		}
		if !caps.Has(imap.CapUIDPlus) { // a plain EXPUNGE would take mails of others along
			return errNoMove
		}
		_, err := x.client.Copy(set, done).Wait()
		return err
	})
	if err != nil || caps.Has(imap.CapMove) {
		return err
	}
	if err := x.flag(ctx, set, imap.FlagDeleted); err != nil {
		return err
	}
	return x.do(ctx, commandTime, func() error { return x.client.UIDExpunge(set).Close() })
}

// isRefusal reports whether the server answered NO or BAD: the connection lives.
func isRefusal(err error) bool {
	var e *imap.Error
	return errors.As(err, &e) && e.Type != imap.StatusResponseTypeBye
}

func codeOf(err error) imap.ResponseCode {
	var e *imap.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
