package text

import "unicode"

// maxName is how many words of a name are taken.
const maxName = 5

// findNames looks for names that their surroundings announce.
func findNames(f *folded, add func(i, j int, kind Kind)) {
	r, words := f.runes, nameWords(f)
	for n := 0; n < len(words); n++ {
		from, trust := announces(r, words, n)
		if trust == none {
			continue
		}
		to := from
		for to < len(words) && to-from < maxName && joined(r, words, from, to) && words[to].name(r, trust, to-from) {
			to++
		}
		if to > from {
			add(words[from].i, words[to-1].j, Name)
			n = to - 1
		}
	}
}

// nameWord is a run of letters in runes [i, j).
type nameWord struct {
	i, j  int
	lower string
}

func nameWords(f *folded) []nameWord {
	r := f.runes
	out := make([]nameWord, 0, len(r)/6+1)
	for i := 0; i < len(r); i++ {
		if !letter(r[i]) {
			continue
		}
		j := i
		for j < len(r) && (letter(r[j]) || r[j] == '\'' && j+1 < len(r) && letter(r[j+1])) {
			j++
		}
		out = append(out, nameWord{i, j, f.lower(i, j)})
		i = j
	}
	return out
}

// joined reports whether word n follows the word before it with nothing but spaces,
// a full stop (La Ode M. Contoh) or a hyphen between; the first word of a name may
// also follow a colon.
func joined(r []rune, words []nameWord, from, n int) bool {
	if n == 0 {
		return true
	}
	gap := r[words[n-1].j:words[n].i]
	if len(gap) > 4 {
		return false
	}
	for _, c := range gap {
		switch c {
		case ' ', '\t', '-':
		case '.':
			if n > from && words[n-1].j-words[n-1].i > 2 {
				return false
			}
		case ':', '=', '"', '\'', '*', '(':
			if n > from {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// trust is how surely the surroundings announce a name, and so what may pass for one.
type trust int

const (
	none  trust = iota
	hint        // a title or prefix: capitalised words that are not ordinary ones
	said        // "atas nama": also an ordinary word in title case
	owned       // "nama saya", La Ode: also up to three words in small letters
)

// name reports whether the word can be the k-th part of a name.
func (w nameWord) name(r []rune, t trust, k int) bool {
	switch {
	case nameParts[w.lower]:
		return true
	case notName[w.lower]:
		return false
	case known(w.lower) || short[w.lower] != "":
		return t >= said && titled(r, w)
	}
	return unicode.IsUpper(r[w.i]) || t == owned && k < 3
}

// nameParts are ordinary words or shortenings that are also parts of names.
var nameParts = wordList("ode la wa haji hj h m muh sitti siti nur")

// notName are words that follow a name's announcement without being one.
var notName = wordList("adalah admin alamat anggota asli baznas bapa bot center dari di dengan dinas grup group hamil jalan kami kantor kepala ketua kecamatan kelurahan keluarga lurah camat lengkap lorong mau mohon nik no nomor pak pemerintah pemilik pt cv rt rw saya sekolah seorang tinggal umur usia yang yth terhormat walikota toko usaha wilayah kota desa ust ustad jl blok presiden wali wakil kadis sekda bupati gubernur menteri dirut direktur kapolsek kapolres danramil babinsa bhabinkamtibmas imam ustaz pendeta dosen mantri satpam sekretaris bendahara operator ojek sopir dprd hakim jaksa")

// announces reports whether word n announces a name, how surely, and the index of the
// name's first word.
func announces(r []rune, words []nameWord, n int) (from int, t trust) {
	at := func(k int) string {
		if n+k < len(words) {
			return words[n+k].lower
		}
		return ""
	}
	switch at(0) {
	case "nama":
		k := 1
		for nameOwner[at(k)] {
			k++
		}
		if k > 1 || colonAfter(r, words[n].j) {
			return n + k, owned
		}
		return n + 1, said
	case "bernama", "namanya", "namaku":
		return n + 1, owned
	case "an":
		if words[n].j < len(r) && r[words[n].j] == '.' {
			return n + 1, said
		}
	case "a":
		if at(1) == "n" && words[n+1].i-words[n].j <= 2 {
			return n + 2, said
		}
	case "pak", "bapak", "bu", "ibu", "sdr", "sdri", "saudara", "saudari":
		if n+1 < len(words) && titled(r, words[n+1]) {
			return n + 1, hint
		}
	case "la", "wa":
		return prefixed(r, words, n)
	}
	return 0, none
}

// nameOwner are the words between "nama" and the name: nama lengkap saya …
var nameOwner = wordList("saya sy sa lengkap ku pelapor pemohon ibu ayah bapak suami istri anak")

// prefixed handles the name prefixes of Buton and Muna: La and Wa (a man's and a
// woman's name), La Ode and Wa Ode. "Wa" is also how people write WhatsApp, and a
// street may carry a name.
func prefixed(r []rune, words []nameWord, n int) (from int, t trust) {
	if n > 0 && (words[n-1].lower == "jalan" || words[n-1].lower == "jl" || words[n-1].lower == "jln") {
		return 0, none
	}
	if n+1 >= len(words) || !joined(r, words, n, n+1) {
		return 0, none
	}
	next := words[n+1]
	switch {
	case next.lower == "ode":
		return n, owned
	case unicode.IsUpper(r[words[n].i]) && unicode.IsUpper(r[next.i]) && next.j-next.i >= 2 && next.name(r, hint, 1):
		return n, hint
	}
	return 0, none
}

// titled reports a word in title case: one capital, then small letters.
func titled(r []rune, w nameWord) bool {
	return w.j-w.i >= 3 && unicode.IsUpper(r[w.i]) && unicode.IsLower(r[w.i+1])
}

func colonAfter(r []rune, i int) bool {
	for ; i < len(r) && r[i] == ' '; i++ {
	}
	return i < len(r) && (r[i] == ':' || r[i] == '=')
}
