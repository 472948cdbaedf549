package main

import (
	"errors"
	"maps"
	"slices"

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
		out = append(out, text.Example{Text: r.Text, Label: r.Label})
	}
	return out
}

func options(s set) text.Options {
	opt := text.Options{}
	if s.timed {
		opt.Newest = 0.2
	}
	if s.loss == "lr" {
		opt.Loss, opt.Cost = text.Logistic, 10
	}
	return opt
}

type model struct{ *text.Model }

func (m model) answers(texts []string) ([][]text.Candidate, error) {
	var out [][]text.Candidate
	for _, t := range texts {
		out = append(out, m.Rank(t).Top)
	}
	return out, nil
}

func (model) close() error { return nil }
