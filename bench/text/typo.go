package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// typing gives about the share of the words one slip: a letter left out, doubled,
// swapped with the next, or hit beside.
func typing(s string, share float64, random *rand.Rand) string {
	words := strings.Fields(s)
	for i, w := range words {
		r := []rune(w)
		if len(r) < 3 || random.Float64() >= share {
			continue
		}
		at := random.IntN(len(r) - 1)
		switch random.IntN(4) {
		case 0:
			r = append(r[:at], r[at+1:]...)
		case 1:
			r = append(r[:at+1], r[at:]...)
		case 2:
			r[at], r[at+1] = r[at+1], r[at]
		default:
			r[at] = beside(r[at], random)
		}
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

var keyboard = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

func beside(r rune, random *rand.Rand) rune {
	for _, row := range keyboard {
		if i := strings.IndexRune(row, r); i >= 0 {
			if i == 0 || i+1 < len(row) && random.IntN(2) == 0 {
				return rune(row[i+1])
			}
			return rune(row[i-1])
		}
	}
	return r
}

// typos compares every system on clean texts and on the same with slips.
func typos(s set, fast bool) error {
	p := s.parts[0]
	random := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // must repeat, need not be secret
	slipped := make([]row, len(p.eval[""]))
	for i, r := range p.eval[""] {
		slipped[i] = r
		slipped[i].Text = typing(r.Text, 0.3, random)
	}
	s.parts = []part{{p.train, map[string][]row{"clean": p.eval[""], "slips": slipped}}}
	fmt.Printf("\n%s, 30 %% of the words with a slip of the keyboard\n\n", s.name)
	fmt.Println("| system | accuracy clean | with slips | cost | macro-F1 clean | with slips |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, sys := range systems(fast) {
		answers, err := ask(sys, s)
		if err != nil {
			return err
		}
		clean, dirty := answers[:len(slipped)], answers[len(slipped):]
		for i := range dirty {
			clean[i].Group, dirty[i].Group = "", ""
		}
		a, _ := bootstrap(clean, nil)
		b, ahead := bootstrap(dirty, clean)
		fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", sys.name(), a[0], b[0], ahead[0], a[1], b[1])
	}
	return nil
}
