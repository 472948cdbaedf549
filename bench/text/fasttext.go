package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tanggap/internal/text"
)

// fastText runs Debian's fasttext as it is used for such texts: lower case,
// punctuation apart, word bigrams, 25 epochs, one thread so that runs repeat.
type fastText struct {
	dir    string
	labels []string
	number map[string]int
}

func fastTextInstalled() bool {
	_, err := exec.LookPath("fasttext")
	return err == nil
}

func plain(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsPunct(r):
			b.WriteString(" " + string(r) + " ")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// trainFastText learns from the rows; close removes its files (about 800 MB).
func trainFastText(train []row) (*fastText, error) {
	dir, err := os.MkdirTemp("", "fasttext")
	if err != nil {
		return nil, err
	}
	f := &fastText{dir: dir, number: map[string]int{}}
	var b bytes.Buffer
	for _, r := range train {
		n, ok := f.number[r.Label]
		if !ok {
			n = len(f.labels)
			f.number[r.Label] = n
			f.labels = append(f.labels, r.Label)
		}
		fmt.Fprintf(&b, "__label__%d %s\n", n, plain(r.Text))
	}
	if err := os.WriteFile(f.path("train.txt"), b.Bytes(), 0o600); err != nil {
		return nil, errors.Join(err, f.close())
	}
	out, err := exec.Command("fasttext", "supervised", "-input", f.path("train.txt"), "-output", f.path("model"),
		"-wordNgrams", "2", "-lr", "1.0", "-epoch", "25", "-thread", "1", "-verbose", "0").CombinedOutput()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fasttext: %w: %s", err, out), f.close())
	}
	return f, nil
}

func (f *fastText) path(name string) string { return filepath.Join(f.dir, name) }
func (f *fastText) close() error            { return os.RemoveAll(f.dir) }

func (f *fastText) write(name string, texts []string) error {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(plain(t) + "\n")
	}
	return os.WriteFile(f.path(name), []byte(b.String()), 0o600)
}

// answers gives the labels of every text, most likely first.
func (f *fastText) answers(texts []string) ([][]text.Candidate, error) {
	if err := f.write("in.txt", texts); err != nil {
		return nil, err
	}
	out, err := exec.Command("fasttext", "predict-prob", f.path("model.bin"), f.path("in.txt"), strconv.Itoa(len(f.labels))).Output()
	if err != nil {
		return nil, fmt.Errorf("fasttext: %w", err)
	}
	var all [][]text.Candidate
	for line := range strings.Lines(string(out)) {
		var top []text.Candidate
		fields := strings.Fields(line)
		for i := 0; i+1 < len(fields); i += 2 {
			n, err := strconv.Atoi(strings.TrimPrefix(fields[i], "__label__"))
			if err != nil {
				return nil, fmt.Errorf("fasttext: %w", err)
			}
			p, err := strconv.ParseFloat(fields[i+1], 64)
			if err != nil {
				return nil, fmt.Errorf("fasttext: %w", err)
			}
			top = append(top, text.Candidate{Label: f.labels[n], P: p})
		}
		all = append(all, top)
	}
	if len(all) != len(texts) {
		return nil, fmt.Errorf("fasttext: %d answers to %d texts", len(all), len(texts))
	}
	return all, nil
}

// speed returns the CPU time of predicting the texts beyond that of predicting one,
// which is the time to load the model.
func (f *fastText) speed(texts []string) (load, predict time.Duration, err error) {
	run := func(name string, texts []string) (time.Duration, error) {
		if err := f.write(name, texts); err != nil {
			return 0, err
		}
		c := exec.Command("fasttext", "predict", f.path("model.bin"), f.path(name))
		if err := c.Run(); err != nil {
			return 0, fmt.Errorf("fasttext: %w", err)
		}
		return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
	}
	if load, err = run("one.txt", texts[:1]); err != nil {
		return 0, 0, err
	}
	all, err := run("all.txt", texts)
	return load, all - load, err
}
