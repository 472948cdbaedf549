package region

import (
	"fmt"
	"strings"
)

// Problem is one fault of a pack. Its message says what is wrong, why that matters
// and what to do, in Indonesian.
type Problem struct {
	File    string
	Line    int // 0 when the fault is of the whole file
	Field   string
	Message string
	Warning bool // the pack works, but somebody should look
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Field != "" {
		fmt.Fprintf(&b, " [%s]", p.Field)
	}
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("peringatan: ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems are all the errors of a pack, in the order of files and lines.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
