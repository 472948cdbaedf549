package rig

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Conn is one connection to a server, kept open: a client so small that it leaves the
// processor to the one that is measured.
type Conn struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// Dial prepares a connection; it is made when it is needed.
func Dial(server string) *Conn { return &Conn{address: strings.TrimPrefix(server, "http://")} }

// Close ends the connection.
func (c *Conn) Close() error {
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}

// Request is a signed webhook as it goes over the wire.
func Request(body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /webhook/whatsapp HTTP/1.1\r\nHost: bench\r\nX-Hub-Signature-256: %s\r\nContent-Length: %d\r\n\r\n", Sign(body), len(body))
	b.Write(body)
	return b.Bytes()
}

// Do sends one request and returns the status of the answer and whether it said when
// to try again. An error means that it is not known what became of the request.
func (c *Conn) Do(request []byte, within time.Duration) (status int, retry bool, err error) {
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.address, within); err != nil {
			return 0, false, err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	defer func() {
		if err != nil {
			_ = c.Close() // nothing more is wanted of it
		}
	}()
	if err := c.conn.SetDeadline(clock.Now().Add(within)); err != nil {
		return 0, false, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, false, err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, false, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, false, err
	}
	if resp.Close {
		err := c.Close()
		return resp.StatusCode, resp.Header.Get("Retry-After") != "", err
	}
	return resp.StatusCode, resp.Header.Get("Retry-After") != "", nil
}
