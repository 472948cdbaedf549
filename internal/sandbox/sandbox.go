// Package sandbox runs parsers of hostile bytes in child processes, so that a mail
// or photo that eats memory, spins or crashes takes nothing with it but itself.
//
// A child is this very program, started again with a mark in its environment: main
// (and the TestMain of a test that uses a Pool) calls Main before anything else. It
// gets no secrets by its environment, no files, little memory and, for each request,
// ten seconds of CPU. Requests and answers are length-prefixed frames on its
// standard input and output; a child answers one request at a time and is used again.
package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"tanggap/internal/tanggap"
)

const (
	mark = "TANGGAP_SANDBOX" // set to 1 in the environment of a child

	maxInput  = 64 << 20 // bytes of one request
	maxAnswer = 64 << 20 // bytes of one answer
	maxStack  = 64 << 20 // bytes of one goroutine's stack in a child
	largeWork = 4 << 20  // after a request of this size a child gives memory back
)

// Handler is one kind of work a child can do. Do gets and returns bytes of any form;
// Pack and Unpack fit where a few fields go along with a file.
type Handler struct {
	Name string
	Do   func(input []byte) ([]byte, error)
}

// Main serves requests until its parent closes the pipe, if this process was started
// as a child, and reports whether it was; the caller then returns at once.
func Main(handlers ...Handler) bool {
	if os.Getenv(mark) != "1" {
		return false
	}
	// What ends the parent is not for its children: they finish and see their pipe close.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	debug.SetMaxStack(maxStack)
	if err := limitProcess(); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
	if err := serve(handlers, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
	return true
}

// serve answers requests, one after the other, until r ends.
func serve(handlers []Handler, r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	if _, err := io.WriteString(w, greeting); err != nil {
		return err
	}
	for {
		name, err := readFrame(in, maxName)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		size, err := serveOne(handlers, string(name), in, w)
		if err != nil {
			return err
		}
		if size >= largeWork {
			debug.FreeOSMemory()
		}
	}
}

// serveOne answers one request and returns how many bytes it had.
func serveOne(handlers []Handler, name string, r io.Reader, w io.Writer) (int, error) {
	input, err := readFrame(r, maxInput)
	if err != nil {
		return 0, err
	}
	if err := limitRequest(); err != nil {
		return 0, err
	}
	answer, failure := work(handlers, name, input)
	if err := writeFrame(w, failure); err != nil {
		return 0, err
	}
	return len(input), writeFrame(w, answer)
}

// work does one request. It does not recover a panic: the parent sees the child die
// and takes a new one, whatever state this one is in.
func work(handlers []Handler, name string, input []byte) (answer, failure []byte) {
	for _, h := range handlers {
		if h.Name == name {
			answer, err := h.Do(input)
			if err != nil {
				return nil, packError(err)
			}
			return answer, nil
		}
	}
	return nil, packError(fmt.Errorf("sandbox: no handler %q", name))
}

// packError keeps what a person may read, and the text of any other error.
func packError(err error) []byte {
	known := &tanggap.Error{}
	if !errors.As(err, &known) {
		known = &tanggap.Error{Message: err.Error()}
	}
	b, err := json.Marshal(known)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

func unpackError(b []byte) error {
	var e tanggap.Error
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("sandbox: unreadable failure: %w", err)
	}
	if e.Code == "" {
		return errors.New(e.Message)
	}
	return &e
}

const (
	greeting = "tanggap-sandbox 1\n" // tells a child from a program that does not call Main
	maxName  = 64
)

var errFrame = errors.New("frame longer than allowed")

func writeFrame(w io.Writer, b []byte) error {
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(b)))
	if _, err := w.Write(size[:]); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

// readFrame returns io.EOF only where no frame had begun.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > uint32(limit) {
		return nil, errFrame
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("frame cut off: %w", io.ErrUnexpectedEOF)
	}
	return b, nil
}

// Pack puts a few fields, as JSON on one line, before the bytes of a file.
func Pack(head any, file []byte) ([]byte, error) {
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(line)+1+len(file))
	return append(append(append(out, line...), '\n'), file...), nil
}

// Unpack undoes Pack; file shares memory with packed.
func Unpack(packed []byte, head any) (file []byte, err error) {
	for i, b := range packed {
		if b == '\n' {
			return packed[i+1:], json.Unmarshal(packed[:i], head)
		}
	}
	return nil, errors.New("sandbox: no head in packed bytes")
}
