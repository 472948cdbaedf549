package text

import "unicode"

// Language codes that Language returns.
const (
	Indonesian = "id"
	English    = "en"
	Other      = "other"
)

var english = wordList("the is are was were be been have has had my me you your we our they there here this that and or not no in on at of to for with from please help broken street light water no since can will how what where when who why it its do does did near house home road fire")

// Language guesses whether a message is Indonesian (standard or local) or English by
// its commonest words. A message that shows neither is "other"; one without words is
// "id", the language citizens are answered in.
func Language(s string) string {
	id, en, total, foreign := 0, 0, 0, 0
	for _, t := range Tokens(head(s)) {
		if t.Kind == Particle {
			id++
			continue
		}
		if t.Kind != Word || isDigit(rune(t.Text[0])) {
			continue
		}
		total++
		for _, r := range t.Text {
			if !unicode.Is(unicode.Latin, r) {
				foreign++
			}
			break
		}
		if english[t.Text] {
			en++
		} else if known(t.Text) {
			id++
		}
	}
	switch {
	case total == 0, id > 0 && id >= en:
		return Indonesian
	case en > id && en*5 >= total:
		return English
	case foreign*2 > total || total >= 4:
		return Other
	}
	return Indonesian
}
