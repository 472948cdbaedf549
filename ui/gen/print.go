package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// printFonts are the cuts that reports are set in: the typeface of the pages, as
// TrueType.
var printFonts = map[string]string{
	"regular.ttf": "400Regular/PlusJakartaSans_400Regular.ttf",
	"bold.ttf":    "700Bold/PlusJakartaSans_700Bold.ttf",
}

const (
	tabular   = ".tf" // how the typeface names figures of one width
	wideSpace = 240   // of 1000; its own 170 lets words run together, as word-spacing mends on screen
	printFrom = "@expo-google-fonts/plus-jakarta-sans"
)

// printCuts writes the cuts for paper: figures of one width by default, because what draws
// a PDF knows no font features, a wider space, and no tables that only layout engines
// read.
func printCuts(modules, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, source := range printFonts {
		b, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(printFrom), filepath.FromSlash(source)))
		if err != nil {
			return err
		}
		cut, err := printCut(b)
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		if err := os.WriteFile(filepath.Join(out, name), cut, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var be = binary.BigEndian

func printCut(b []byte) ([]byte, error) {
	tables := map[string][]byte{}
	for i := range int(be.Uint16(b[4:])) {
		d := b[12+16*i:]
		from, length := be.Uint32(d[8:]), be.Uint32(d[12:])
		tables[string(d[:4])] = slices.Clone(b[from : from+length])
	}
	glyphs, err := charMap(tables["cmap"])
	if err != nil {
		return nil, err
	}
	names := glyphNames(tables["post"])
	for i, digit := range []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"} {
		g := slices.Index(names, digit+tabular)
		if g < 0 {
			return nil, fmt.Errorf("no glyph %s%s", digit, tabular)
		}
		glyphs[uint16('0'+i)] = uint16(g)
	}
	be.PutUint16(tables["hmtx"][4*int(glyphs[' ']):], wideSpace)
	be.PutUint16(tables["hmtx"][4*int(glyphs[0xa0]):], wideSpace)
	tables["cmap"] = writeCharMap(glyphs)
	for _, layout := range []string{"GDEF", "GPOS", "GSUB", "STAT"} {
		delete(tables, layout)
	}
	return writeFont(tables), nil
}

// charMap reads the format 4 subtable, which every TrueType font of the kind has.
func charMap(t []byte) (map[uint16]uint16, error) {
	for i := range int(be.Uint16(t[2:])) {
		s := t[be.Uint32(t[4+8*i+4:]):]
		if be.Uint16(s) != 4 {
			continue
		}
		n := int(be.Uint16(s[6:])) / 2
		ends, starts, deltas, offsets := s[14:], s[16+2*n:], s[16+4*n:], s[16+6*n:]
		out := map[uint16]uint16{}
		for k := range n {
			from, to := int(be.Uint16(starts[2*k:])), int(be.Uint16(ends[2*k:]))
			delta, offset := be.Uint16(deltas[2*k:]), int(be.Uint16(offsets[2*k:]))
			for c := from; c <= to && c < 0xffff; c++ {
				g := uint16(c) + delta
				if offset != 0 {
					if g = be.Uint16(offsets[2*k+offset+2*(c-from):]); g != 0 {
						g += delta
					}
				}
				if g != 0 {
					out[uint16(c)] = g
				}
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("no character map of format 4")
}

// writeCharMap writes a format 4 map with one segment for each run of characters whose
// glyphs follow each other.
func writeCharMap(glyphs map[uint16]uint16) []byte {
	chars := make([]int, 0, len(glyphs))
	for c := range glyphs {
		chars = append(chars, int(c))
	}
	slices.Sort(chars)
	type run struct{ from, to, delta int }
	var runs []run
	for _, c := range chars {
		delta := int(glyphs[uint16(c)]) - c
		if n := len(runs); n > 0 && runs[n-1].to == c-1 && runs[n-1].delta == delta {
			runs[n-1].to = c
			continue
		}
		runs = append(runs, run{c, c, delta})
	}
	runs = append(runs, run{0xffff, 0xffff, 1})
	n := len(runs)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := []uint16{0, 1, 3, 1, 0, 12, 4, uint16(16 + 8*n), 0, uint16(2 * n), uint16(2 * power), uint16(log), uint16(2 * (n - power))}
	for _, r := range runs {
		out = append(out, uint16(r.to))
	}
	out = append(out, 0)
	for _, r := range runs {
		out = append(out, uint16(r.from))
	}
	for _, r := range runs {
		out = append(out, uint16(r.delta))
	}
	out = append(out, make([]uint16, n)...)
	b := make([]byte, 0, 2*len(out))
	for _, v := range out {
		b = be.AppendUint16(b, v)
	}
	return b
}

// glyphNames reads the names of a format 2 post table; the first 258 of the usual
// order are left empty.
func glyphNames(t []byte) []string {
	n := int(be.Uint16(t[32:]))
	var own []string
	for rest := t[34+2*n:]; len(rest) > 0; rest = rest[1+int(rest[0]):] {
		own = append(own, string(rest[1:1+int(rest[0])]))
	}
	out := make([]string, n)
	for g := range out {
		if i := int(be.Uint16(t[34+2*g:])); i >= 258 {
			out[g] = own[i-258]
		}
	}
	return out
}

func writeFont(tables map[string][]byte) []byte {
	var tags []string
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.SortFunc(tags, strings.Compare)
	n := len(tags)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	head := be.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 * power, log, 16 * (n - power)} {
		head = be.AppendUint16(head, uint16(v))
	}
	var body []byte
	for _, tag := range tags {
		t := tables[tag]
		length := len(t)
		for len(t)%4 != 0 {
			t = append(t, 0)
		}
		sum := uint32(0)
		for i := 0; i < len(t); i += 4 {
			sum += be.Uint32(t[i:])
		}
		head = append(head, tag...)
		head = be.AppendUint32(head, sum)
		head = be.AppendUint32(head, uint32(12+16*n+len(body)))
		head = be.AppendUint32(head, uint32(length))
		body = append(body, t...)
	}
	return append(head, body...)
}
