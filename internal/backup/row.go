package backup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// Bytes that say what follows, see the package comment.
const (
	tagNull byte = iota
	tagWhole
	tagReal
	tagText
	tagBytes
	tagTime
)

// maxRow caps one row: the largest is a delivery or a region pack, a few MB.
const maxRow = 64 << 20

// sqliteTime is how the store writes times into SQLite.
const sqliteTime = "2006-01-02 15:04:05.999999-07:00"

// appendRow encodes a row as a driver gave it.
func appendRow(b []byte, t table, values []any) ([]byte, error) {
	var row []byte
	for i, c := range t.columns {
		var err error
		if row, err = appendValue(row, c.Kind, values[i]); err != nil {
			return nil, fmt.Errorf("backup: %s.%s: %w", t.name, c.Name, err)
		}
	}
	return append(binary.AppendUvarint(b, uint64(len(row))), row...), nil
}

func appendValue(b []byte, kind string, value any) ([]byte, error) {
	if value == nil {
		return append(b, tagNull), nil
	}
	switch kind {
	case whole:
		switch v := value.(type) {
		case int64:
			return binary.AppendVarint(append(b, tagWhole), v), nil
		case bool:
			n := int64(0)
			if v {
				n = 1
			}
			return binary.AppendVarint(append(b, tagWhole), n), nil
		}
	case real:
		if v, ok := value.(float64); ok {
			return binary.BigEndian.AppendUint64(append(b, tagReal), math.Float64bits(v)), nil
		}
	case text:
		if v, ok := value.(string); ok {
			return append(binary.AppendUvarint(append(b, tagText), uint64(len(v))), v...), nil
		}
	case raw:
		if v, ok := value.([]byte); ok {
			return append(binary.AppendUvarint(append(b, tagBytes), uint64(len(v))), v...), nil
		}
	case when:
		switch v := value.(type) {
		case time.Time:
			return binary.AppendVarint(append(b, tagTime), v.UnixMicro()), nil
		case string:
			at, err := time.Parse(sqliteTime, v)
			if err != nil {
				return nil, err
			}
			return binary.AppendVarint(append(b, tagTime), at.UnixMicro()), nil
		}
	}
	return nil, fmt.Errorf("a value of Go type %T where %s belongs", value, kind)
}

var errRow = errors.New("backup: damaged row")

// nextRow cuts the first row off a chunk; rest is empty after the last one.
func nextRow(chunk []byte) (row, rest []byte, err error) {
	n, used := binary.Uvarint(chunk)
	if used <= 0 || n > maxRow || n > uint64(len(chunk)-used) {
		return nil, nil, errRow
	}
	end := used + int(n)
	return chunk[:end], chunk[end:], nil
}

// values decodes a row into what the target's driver takes.
func values(row []byte, columns []Column, postgres bool) ([]any, error) {
	_, used := binary.Uvarint(row)
	if used <= 0 {
		return nil, errRow
	}
	r := bytes.NewReader(row[used:])
	out := make([]any, len(columns))
	for i, c := range columns {
		tag, err := r.ReadByte()
		if err != nil {
			return nil, errRow
		}
		if tag == tagNull {
			continue
		}
		if tag != tagOf[c.Kind] {
			return nil, errRow
		}
		if out[i], err = value(r, c, postgres); err != nil {
			return nil, err
		}
	}
	if r.Len() != 0 {
		return nil, errRow
	}
	return out, nil
}

var tagOf = map[string]byte{whole: tagWhole, real: tagReal, text: tagText, raw: tagBytes, when: tagTime}

func value(r *bytes.Reader, c Column, postgres bool) (any, error) {
	switch c.Kind {
	case whole, when:
		n, err := binary.ReadVarint(r)
		if err != nil {
			return nil, errRow
		}
		switch {
		case c.Kind == when && postgres:
			return time.UnixMicro(n).UTC(), nil
		case c.Kind == when:
			return time.UnixMicro(n).UTC().Format(sqliteTime), nil
		case c.flag:
			return n != 0, nil
		}
		return n, nil
	case real:
		var b [8]byte
		if n, _ := r.Read(b[:]); n != len(b) {
			return nil, errRow
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b[:])), nil
	}
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(r.Len()) {
		return nil, errRow
	}
	b := make([]byte, n)
	if m, _ := r.Read(b); uint64(m) != n {
		return nil, errRow
	}
	if c.Kind == text {
		return string(b), nil
	}
	return b, nil
}
