package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tanggap/internal/text"
)

// system learns from rows and then names the labels of texts, most likely first.
type system interface {
	name() string
	learn(s set, train []row) (reader, error)
}

type reader interface {
	answers(texts []string) ([][]text.Candidate, error)
	close() error
}

// ask trains a system on every part of a set and collects its answers, always in the
// same order.
func ask(sys system, s set) ([]answer, error) {
	var out []answer
	for _, p := range s.parts {
		r, err := sys.learn(s, p.train)
		if err != nil {
			return nil, err
		}
		for _, group := range slices.Sorted(maps.Keys(p.eval)) {
			eval := p.eval[group]
			texts := make([]string, len(eval))
			for i, e := range eval {
				texts[i] = e.Text
			}
			tops, err := r.answers(texts)
			if err != nil {
				return nil, errors.Join(err, r.close())
			}
			for i, e := range eval {
				out = append(out, answer{group, e.Label, tops[i]})
			}
		}
		if err := r.close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// baseline is fastText.
type baseline struct{}

func (baseline) name() string                             { return "fastText" }
func (baseline) learn(_ set, train []row) (reader, error) { return trainFastText(train) }

// linear is the product's engine.
type linear struct{}

func (linear) name() string { return "linear" }

func (linear) learn(s set, train []row) (reader, error) {
	m, err := text.Train(examples(train), options(s))
	if err != nil {
		return nil, err
	}
	return model{m}, nil
}

func examples(train []row) []text.Example {
	var out []text.Example
	for _, r := range train {
		out = append(out, text.Example{Text: r.Text, Label: r.Label, Weight: recent(r.Date, train[len(train)-1].Date)})
	}
	return out
}

// recent is the weight of a row, the last of which is the newest; sets without dates
// have one weight.
func recent(date, newest string) float64 {
	a, err := time.Parse(time.DateOnly, date[:min(len(date), len(time.DateOnly))])
	b, err2 := time.Parse(time.DateOnly, newest[:min(len(newest), len(time.DateOnly))])
	if err != nil || err2 != nil {
		return 1
	}
	return text.Recent(b.Sub(a))
}

func options(s set) text.Options {
	opt := text.Options{Loss: s.loss, Cost: s.cost}
	if s.timed {
		opt.Newest = 0.2
	}
	return opt
}

// blended is the engine with its second opinion, taken whether it helps or not; the
// rule that the product would follow is told.
type blended struct{}

func (blended) name() string { return "linear + net" }

func (blended) learn(s set, train []row) (reader, error) {
	b, err := text.TrainBlend(examples(train), s.raw, options(s), -1)
	if err != nil {
		return nil, err
	}
	a := b.Ablation()
	verdict := "would be used"
	if a.Mixed-a.Linear < text.Worthwhile {
		verdict = "would not be used"
	}
	fmt.Printf("| | | held out of training, n %d: accuracy linear %.1f, net %.1f, mixed %.1f: by its rule the net %s |\n",
		a.Messages, 100*a.Linear, 100*a.Neural, 100*a.Mixed, verdict)
	return blend{b}, nil
}

type blend struct{ *text.Blend }

func (b blend) answers(texts []string) ([][]text.Candidate, error) {
	var out [][]text.Candidate
	for _, t := range texts {
		out = append(out, b.Classify(t).Top)
	}
	return out, nil
}

func (blend) close() error { return nil }

type model struct{ *text.Model }

func (m model) answers(texts []string) ([][]text.Candidate, error) {
	var out [][]text.Candidate
	for _, t := range texts {
		out = append(out, m.Rank(t).Top)
	}
	return out, nil
}

func (model) close() error { return nil }

// joint averages the linear model with one of the finer labels under each label, whose
// probabilities are summed. It is for sets that have finer labels.
type joint struct{}

func (joint) name() string { return "linear + finer labels" }

// finest is how many rows a finer label needs to stand alone.
const finest = 3

func (joint) learn(s set, train []row) (reader, error) {
	m, err := text.Train(examples(train), options(s))
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, r := range train {
		count[r.Label+"/"+r.Detail]++
	}
	above := map[string]string{}
	fine := examples(train)
	for i, r := range train {
		label := r.Label + "/" + r.Detail
		if count[label] < finest {
			label = r.Label + "/"
		}
		above[label] = r.Label
		fine[i].Label = label
	}
	f, err := text.Train(fine, options(s))
	return summed{m, f, above}, err
}

type summed struct {
	coarse, fine *text.Model
	above        map[string]string
}

func (j summed) answers(texts []string) ([][]text.Candidate, error) {
	var out [][]text.Candidate
	for _, t := range texts {
		p := map[string]float64{}
		for _, c := range j.coarse.Rank(t).Top {
			p[c.Label] += c.P / 2
		}
		for _, c := range j.fine.Rank(t).Top {
			p[j.above[c.Label]] += c.P / 2
		}
		var top []text.Candidate
		for _, label := range slices.Sorted(maps.Keys(p)) {
			top = append(top, text.Candidate{Label: label, P: p[label]})
		}
		slices.SortStableFunc(top, func(a, b text.Candidate) int { return cmp.Compare(b.P, a.P) })
		out = append(out, top)
	}
	return out, nil
}

func (summed) close() error { return nil }
