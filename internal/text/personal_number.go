package text

import "strings"

// chunk is a run of digits in runes [i, j).
type chunk struct{ i, j int }

func (c chunk) len() int { return c.j - c.i }

// maxGap is how many separators may stand between two digits of one number.
const maxGap = 3

// maxChunks bounds how many chunks one number may be written in: 16 spelled digits
// and one more, so that the search is linear in the text.
const maxChunks = 17

// findNumbers looks for NIK and family card numbers, tax numbers, phone numbers and
// bank accounts. It tries a number at every run of digits and reports all that fit;
// overlapping finds are joined by the caller.
func findNumbers(r []rune, chunks []chunk, add func(i, j int, kind Kind)) {
	for n := range chunks {
		group := numberGroup(r, chunks[n:])
		if j, ok := phone(r, group); ok {
			i := group[0].i
			for i > 0 && (r[i-1] == '+' || r[i-1] == '(') {
				i--
			}
			add(i, j, Phone)
		}
		if j, kind, ok := identity(r, group); ok {
			add(group[0].i, j, kind)
		}
		if j, ok := account(r, group); ok {
			add(group[0].i, j, Account)
		}
	}
}

func digitChunks(r []rune) []chunk {
	var out []chunk
	for i := 0; i < len(r); i++ {
		if !isDigit(r[i]) {
			continue
		}
		j := i
		for j < len(r) && isDigit(r[j]) {
			j++
		}
		out = append(out, chunk{i, j})
		i = j
	}
	return out
}

func separator(c rune) bool { return strings.ContainsRune(" .-/_()\n\t", c) }

// numberGroup returns the leading chunks that only separators divide.
func numberGroup(r []rune, chunks []chunk) []chunk {
	n := 1
	for n < len(chunks) && n < maxChunks {
		from, to := chunks[n-1].j, chunks[n].i
		if to-from > maxGap {
			break
		}
		for _, c := range r[from:to] {
			if !separator(c) {
				return chunks[:n]
			}
		}
		n++
	}
	return chunks[:n]
}

func digitsOf(r []rune, group []chunk) string {
	var b strings.Builder
	for _, c := range group {
		b.WriteString(string(r[c.i:c.j]))
	}
	return b.String()
}

// phone matches 08…, 628…, +62 8… with 9 to 15 digits, and any +country number. A
// number in several chunks goes on while it is too short to be whole, or while the
// separator stays the same.
func phone(r []rune, group []chunk) (end int, ok bool) {
	first := group[0].i
	plus := first > 0 && r[first-1] == '+'
	total := 0
	for n, c := range group {
		total += c.len()
		if total > 16 {
			break
		}
		if n+1 < len(group) && (total < 10 || sameGap(r, group, n+1) && total+group[n+1].len() <= 14) {
			continue
		}
		if d := digitsOf(r, group[:n+1]); phoneDigits(d, plus) && (plus || evenChunks(r, group[:n+1])) {
			return c.j, true
		}
		break
	}
	return 0, false
}

// sameGap reports whether the gap before chunk n looks like the one before it.
func sameGap(r []rune, group []chunk, n int) bool {
	return n >= 2 && string(r[group[n-1].j:group[n].i]) == string(r[group[n-2].j:group[n-1].i])
}

func phoneDigits(d string, plus bool) bool {
	if plus && len(d) >= 8 && len(d) <= 15 && d[0] != '0' {
		return true
	}
	rest, ok := strings.CutPrefix(d, "0")
	if !ok {
		if rest, ok = strings.CutPrefix(d, "62"); !ok {
			return false
		}
		rest = strings.TrimPrefix(rest, "0") // +62 (0) 812 …
	}
	return len(rest) >= 8 && len(rest) <= 13 && rest[0] == '8' && rest[1] != '0'
}

// evenChunks keeps clock times and dates from passing for phone numbers: where a
// chunk inside is shorter than three digits, all gaps must look the same.
func evenChunks(r []rune, group []chunk) bool {
	for n := 1; n+1 < len(group); n++ {
		if group[n].len() >= 3 {
			continue
		}
		for m := 2; m < len(group); m++ {
			if !sameGap(r, group, m) {
				return false
			}
		}
		return true
	}
	return true
}

// identity matches 16 digits (NIK, family card, new NPWP) and 15 (old NPWP). One
// unbroken run of 15 digits or more is always personal; a broken one must look like
// one of these numbers or follow a word that announces it.
func identity(r []rune, group []chunk) (end int, kind Kind, ok bool) {
	first := group[0]
	announced := after(r, first.i, 32, "nik", "ktp", "kk", "kartu keluarga", "npwp")
	tax := after(r, first.i, 32, "npwp")
	if first.len() >= 15 {
		if tax || first.len() == 15 {
			return first.j, NPWP, true
		}
		return first.j, NIK, true
	}
	total := 0
	for n, c := range group {
		total += c.len()
		switch {
		case total == 15 && n > 0 && (tax || npwpShape(group[:n+1])):
			return c.j, NPWP, true
		case total == 16 && n > 0:
			if tax {
				return c.j, NPWP, true
			}
			if announced || plausibleNIK(digitsOf(r, group[:n+1])) || evenShape(group[:n+1]) {
				return c.j, NIK, true
			}
		case total > 16:
			return 0, "", false
		}
	}
	return 0, "", false
}

// npwpShape is 99.999.999.9-999.999.
func npwpShape(group []chunk) bool {
	want := [...]int{2, 3, 3, 1, 3, 3}
	if len(group) != len(want) {
		return false
	}
	for n, c := range group {
		if c.len() != want[n] {
			return false
		}
	}
	return true
}

// evenShape reports the ways people group 16 digits: 4-4-4-4 (but for four years),
// 6-6-4, or one by one.
func evenShape(group []chunk) bool {
	for _, want := range [...][]int{{4, 4, 4, 4}, {6, 6, 4}, {8, 8}, {2, 2, 2, 2, 2, 2, 4}} {
		if len(group) == len(want) {
			same := true
			for n, c := range group {
				same = same && c.len() == want[n]
			}
			if same {
				return true
			}
		}
	}
	return len(group) == 16
}

// plausibleNIK checks province and date of birth (women: day + 40), as written in
// the rules of the civil registry; there is no check digit.
func plausibleNIK(d string) bool {
	two := func(i int) int { return int(d[i]-'0')*10 + int(d[i+1]-'0') }
	province, day, month := two(0), two(6), two(8)
	return province >= 11 && province <= 97 && (day >= 1 && day <= 31 || day >= 41 && day <= 71) && month >= 1 && month <= 12
}

// account matches 8 to 20 digits soon after a word for a bank account.
func account(r []rune, group []chunk) (end int, ok bool) {
	if !after(r, group[0].i, 40, "rek", "transfer", "norek", "bank", "bri ", "bni ", "bca ", "mandiri", "dana ", "ovo", "gopay") {
		return 0, false
	}
	total := 0
	for n, c := range group {
		total += c.len()
		if total > 20 {
			break
		}
		if total >= 8 {
			end = c.j
		}
		if n+1 < len(group) && group[n+1].i-c.j > 1 {
			break
		}
	}
	return end, end > 0
}
