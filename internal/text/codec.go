package text

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// format is raised when features or fields change, so that an old file is trained
// anew instead of being read wrongly.
const format = 2

// A model's file is the magic line and, deflated, the length of a JSON header, the
// header, and the numbers it announces: hashes, idf and packed weights.
const magic = "tanggap-text\n"

type header struct {
	Format     int
	Labels     []string
	Rows       int
	Odd        float32
	Scale      []float32
	Bias       []float32
	Confidence confidence
	Settings   string
}

const maxModel = 256 << 20 // bytes of an unpacked model

var errDamaged = errors.New("text: model is damaged")

// seal packs the model once and names it by the hash of the unpacked bytes.
func (m *Model) seal() {
	head, err := json.Marshal(header{
		Format: format, Labels: m.labels, Rows: len(m.vocab.idf), Odd: m.vocab.odd,
		Scale: m.weights.scale, Bias: m.weights.bias, Confidence: m.confidence, Settings: m.settings,
	})
	must(err)
	plain := binary.LittleEndian.AppendUint32(nil, uint32(len(head)))
	plain = append(plain, head...)
	for _, h := range m.vocab.hash {
		plain = binary.LittleEndian.AppendUint32(plain, h)
	}
	for _, x := range m.vocab.idf {
		plain = binary.LittleEndian.AppendUint32(plain, math.Float32bits(x))
	}
	for row := range m.vocab.idf {
		for k := range m.labels {
			plain = append(plain, byte(m.weights.at(row, k)))
		}
	}
	sum := sha256.Sum256(plain)
	m.version = hex.EncodeToString(sum[:6])
	packed := bytes.NewBufferString(magic)
	z, err := flate.NewWriter(packed, flate.BestSpeed)
	must(err)
	_, err = z.Write(plain)
	must(err)
	must(z.Close())
	m.packed = packed.Bytes()
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
	h, rest, err := readHeader(plain)
	if err != nil {
		return nil, err
	}
	k, n := len(h.Labels), h.Rows
	if k < 2 || k > maxLabels || len(h.Scale) != k || len(h.Bias) != k || n < 0 || n > len(rest) ||
		len(rest) != n*(8+k) || !h.Confidence.sound(k) {
		return nil, errDamaged
	}
	sum := sha256.Sum256(plain)
	m := &Model{
		labels: h.Labels, vocab: &vocabulary{hash: make([]uint32, n), idf: make([]float32, n), odd: h.Odd},
		weights:    matrix{labels: k, words: (k + 7) / 8, scale: h.Scale, bias: h.Bias},
		confidence: h.Confidence, settings: h.Settings,
		version: hex.EncodeToString(sum[:6]), packed: bytes.Clone(data),
	}
	for r := range n {
		m.vocab.hash[r] = binary.LittleEndian.Uint32(rest[r*4:])
		m.vocab.idf[r] = math.Float32frombits(binary.LittleEndian.Uint32(rest[(n+r)*4:]))
		if !(m.vocab.idf[r] > 0 && m.vocab.idf[r] < 1000) {
			return nil, errDamaged
		}
	}
	m.vocab.index()
	m.weights.packed = make([]uint64, n*m.weights.words)
	for i, w := range rest[n*8:] {
		m.weights.set(i/k, i%k, int8(w))
	}
	return m, nil
}

func readHeader(plain []byte) (h header, rest []byte, err error) {
	if len(plain) < 4 {
		return h, nil, errDamaged
	}
	n := binary.LittleEndian.Uint32(plain)
	if rest = plain[4:]; uint64(n) > uint64(len(rest)) {
		return h, nil, errDamaged
	}
	if err := json.Unmarshal(rest[:n], &h); err != nil {
		return h, nil, fmt.Errorf("text: model: %w", err)
	}
	if h.Format != format {
		return h, nil, fmt.Errorf("text: model has format %d, this program reads %d", h.Format, format)
	}
	return h, rest[n:], nil
}

// sound reports numbers that a model with k labels can work with.
func (c *confidence) sound(k int) bool {
	return c.Sharpness > 0 && c.Sharpness < math.MaxFloat32 && len(c.Least) == k &&
		c.Noise >= 0 && c.Noise < 1 && c.Coverage >= 0 && c.Coverage < 1 && (len(c.Curve) == 0 || len(c.Curve) == curveSteps+1)
}
