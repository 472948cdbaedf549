package compose

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// Message is one synthetic message.
type Message struct {
	Text, Service string
	Voice         string // such as "sintetis:dialek"
	Core          string // of which sentence it was made, such as "PJU-PADAM/3"
}

// Synthetic marks the voices of composed messages.
const Synthetic = "sintetis:"

// Compose says every core once in every voice; the same text comes only once. areas are
// the names that {kel} stands for.
func (b *Bank) Compose(areas []string, seed uint64) []Message {
	var out []Message
	seen := map[string]bool{}
	for _, service := range b.services {
		for i, core := range b.cores[service] {
			for _, v := range voices {
				w := &writer{bank: b, areas: areas, rng: source(seed, service, core, v.name)}
				text := w.say(v, core)
				key := strings.ToLower(text)
				if text == "" || seen[key] {
					continue
				}
				seen[key] = true
				out = append(out, Message{text, service, Synthetic + v.name, fmt.Sprintf("%s/%d", service, i+1)})
			}
		}
	}
	return out
}

// source gives every message randomness of its own, so that a new sentence changes no
// other message.
func source(seed uint64, parts ...string) *rand.Rand {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p + "\x00"))
	}
	return rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // must repeat, need not be secret
}

// writer writes one message.
type writer struct {
	bank  *Bank
	areas []string
	rng   *rand.Rand
}

func (w *writer) chance(p float64) bool { return w.rng.Float64() < p }

func (w *writer) pick(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[w.rng.IntN(len(list))]
}

// shared picks from a named list and fills it in.
func (w *writer) shared(name string) string { return w.fill(w.pick(w.bank.shared[name])) }

// fill chooses among (a|b) and fills {slots}, from the inside out.
func (w *writer) fill(line string) string {
	for {
		open := strings.LastIndexByte(line, '(')
		if open < 0 {
			break
		}
		end := open + strings.IndexByte(line[open:], ')')
		line = line[:open] + w.pick(strings.Split(line[open+1:end], "|")) + line[end+1:]
	}
	for {
		before, rest, ok := strings.Cut(line, "{")
		if !ok {
			break
		}
		slot, after, _ := strings.Cut(rest, "}")
		line = before + w.slot(slot) + after
	}
	return tidy(line)
}

var amounts = []string{"50 ribu", "100rb", "20.000", "Rp150.000", "300 ribu", "5 ribu", "35rb", "dua ratus ribu", "1 juta"}

func (w *writer) slot(name string) string {
	switch name {
	case "kel":
		return w.pick(w.areas)
	case "nomor":
		return fmt.Sprint(2 + w.rng.IntN(8))
	case "uang":
		return w.pick(amounts)
	case "di":
		if w.chance(0.25) {
			return "" // people often do not say where
		}
	}
	return w.shared(name)
}

// tidy takes out what empty choices left behind.
func tidy(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer(" ,", ",", " .", ".", " ?", "?").Replace(s)
}
