package text

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// format is raised when features or fields change, so that an old file is trained
// anew instead of being read wrongly.
const format = 1

// stored is the file of a model. Rows are kept as differences, which deflate well.
type stored struct {
	Format    int
	Labels    []string
	Gaps      []uint32
	IDF       []float32
	Odd       float32
	Weights   []byte
	Scale     []float32
	Bias      []float32
	Sharpness float64
	Settings  string
}

const (
	magic    = "tanggap-text\n"
	maxModel = 256 << 20 // bytes of an unpacked model
)

// seal packs the model once and names it by the hash of the unpacked bytes.
func (m *Model) seal() {
	s := stored{
		Format: format, Labels: m.labels, IDF: m.vocab.idf, Odd: m.vocab.odd,
		Scale: m.scale, Bias: m.bias, Sharpness: m.sharpness, Settings: m.settings,
	}
	last := uint32(0)
	for _, r := range m.rows {
		s.Gaps = append(s.Gaps, r-last)
		last = r
	}
	s.Weights = make([]byte, len(m.weights))
	for i, w := range m.weights {
		s.Weights[i] = byte(w)
	}
	plain, err := json.Marshal(s)
	must(err)
	m.version = hashName(plain)
	packed := bytes.NewBufferString(magic)
	z, err := flate.NewWriter(packed, flate.BestSpeed)
	must(err)
	_, err = z.Write(plain)
	must(err)
	must(z.Close())
	m.packed = packed.Bytes()
}

func hashName(plain []byte) string {
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:6])
}

// must is for writes to memory, which cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Save returns the model as bytes for Load; the caller must not change them.
func (m *Model) Save() []byte { return m.packed }

// Load reads a model saved by the same format of this package. Every size is checked
// before it is used.
func Load(data []byte) (*Model, error) {
	body, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, errors.New("text: not a model file")
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(body)), maxModel+1))
	if err != nil {
		return nil, fmt.Errorf("text: model: %w", err)
	}
	if len(plain) > maxModel {
		return nil, errors.New("text: model is too large")
	}
	var s stored
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, fmt.Errorf("text: model: %w", err)
	}
	k, n := len(s.Labels), len(s.Gaps)
	switch {
	case s.Format != format:
		return nil, fmt.Errorf("text: model has format %d, this program reads %d", s.Format, format)
	case k < 2, k > maxLabels, len(s.IDF) != n, len(s.Weights) != n*k, len(s.Scale) != k, len(s.Bias) != k,
		!(s.Sharpness > 0 && s.Sharpness < math.MaxFloat32):
		return nil, errors.New("text: model is damaged")
	}
	m := &Model{
		labels: s.Labels, vocab: &vocabulary{row: make([]int32, buckets), idf: s.IDF, odd: s.Odd},
		scale: s.Scale, bias: s.Bias, sharpness: s.Sharpness, settings: s.Settings,
		rows: make([]uint32, n), weights: make([]int8, n*k),
		version: hashName(plain), packed: bytes.Clone(data),
	}
	for b := range m.vocab.row {
		m.vocab.row[b] = -1
	}
	at := uint64(0)
	for i, gap := range s.Gaps {
		if at += uint64(gap); at >= buckets || i > 0 && gap == 0 {
			return nil, errors.New("text: model is damaged")
		}
		m.rows[i] = uint32(at)
		m.vocab.row[at] = int32(i)
	}
	for i, w := range s.Weights {
		m.weights[i] = int8(w)
	}
	return m, nil
}
