package email

import "strings"

// unflow joins the lines that format=flowed broke (RFC 3676): a line that ends with
// a blank goes on in the next one of the same quotation depth.
func unflow(text string, deleteSpace bool) string {
	var out strings.Builder
	open, depth := false, 0
	for n, line := range strings.Split(text, "\n") {
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		body := strings.TrimPrefix(line[d:], " ")
		signature := strings.TrimRight(body, " ") == "--"
		goesOn := strings.HasSuffix(body, " ") && !signature
		if !open || d != depth || signature {
			if n > 0 {
				out.WriteByte('\n')
			}
			if d > 0 {
				out.WriteString(strings.Repeat(">", min(d, maxCite)) + " ")
			}
		}
		open, depth = goesOn, d
		if goesOn && deleteSpace {
			body = body[:len(body)-1]
		}
		out.WriteString(body)
	}
	return out.String()
}

// lines ends every line with one line feed.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// words returns the text of one part of words, at most maxPlain bytes.
func (p *part) words() (text string, cut bool) {
	switch p.typ {
	case "text/html", "application/xhtml+xml", "text/enriched", "text/richtext": // the last two have tags as well
		data, cut := p.decode(maxHTML)
		return HTMLText(toUTF8(data, p.charset()), maxPlain), cut
	}
	data, cut := p.decode(maxPlain)
	text = limit(lines(toUTF8(data, p.charset())), maxPlain)
	if strings.EqualFold(p.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(p.params["delsp"], "yes"))
	}
	return text, cut
}

func (p *part) charset() string { return p.params["charset"] }
