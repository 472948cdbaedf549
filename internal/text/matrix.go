package text

import "math"

// matrix holds one weight per row and label as 8-bit numbers, eight labels in a machine
// word. A plain multiplication of such a word multiplies four weights at once, which
// makes reading a message several times as fast as one label after another and, being
// whole numbers, the same on every machine.
type matrix struct {
	labels int
	words  int      // machine words a row: labels/8, rounded up
	packed []uint64 // rows x words; each byte a weight plus 128
	scale  []float32
	bias   []float32
}

const (
	offset = 128
	even   = 0x00FF00FF00FF00FF
	low    = 0x0000FFFF0000FFFF
)

// newMatrix rounds the weights to 8 bits per label. weights[k] has one weight a row and
// the bias after them; nil stands for a label nothing was learned about.
func newMatrix(weights [][]float32, rows int) matrix {
	m := matrix{labels: len(weights), words: (len(weights) + 7) / 8}
	m.packed = make([]uint64, rows*m.words)
	m.scale = make([]float32, m.labels)
	m.bias = make([]float32, m.labels)
	for k, w := range weights {
		if w == nil {
			m.bias[k] = -1
			w = make([]float32, rows+1)
			w[rows] = -1
		}
		top := float32(0)
		for _, x := range w[:rows] {
			top = max(top, x, -x)
		}
		m.bias[k] = w[rows]
		m.scale[k] = top / 127
		for r, x := range w[:rows] {
			q := 0
			if top > 0 {
				q = int(math.RoundToEven(float64(x / m.scale[k])))
			}
			m.set(r, k, int8(q))
		}
	}
	return m
}

func (m *matrix) set(row, label int, w int8) {
	m.packed[row*m.words+label/8] |= uint64(uint8(int(w)+offset)) << (label % 8 * 8)
}

func (m *matrix) at(row, label int) int {
	return int(uint8(m.packed[row*m.words+label/8]>>(label%8*8))) - offset
}

// coded is a message's known terms with values as whole numbers 0..127 in units of
// step. The products of two terms and four labels then fit into one machine word.
type coded struct {
	row   []int32 // first machine word of the row
	value []uint64
	step  float32
}

const maxValue = 127

// maxCoded terms of the largest value and weight still sum to less than 32 bits.
const maxCoded = 1 << 16

func (m *matrix) code(terms []term, c *coded) {
	top := float32(0)
	for _, t := range terms {
		if t.row >= 0 {
			top = max(top, t.value)
		}
	}
	c.row, c.value, c.step = c.row[:0], c.value[:0], top/maxValue
	if top == 0 {
		return
	}
	unit := 1 / c.step
	for _, t := range terms {
		if t.row >= 0 && len(c.row) < maxCoded {
			c.row = append(c.row, t.row*int32(m.words))
			c.value = append(c.value, uint64(int32(t.value*unit+0.5)))
		}
	}
}

// scores appends the score of every label.
func (m *matrix) scores(c *coded, out []float64) []float64 {
	var total uint64
	for _, q := range c.value {
		total += q
	}
	for word := range m.words {
		packed := m.packed[word:]
		var a, b, d, e uint64 // labels 0 and 4, 2 and 6, 1 and 5, 3 and 7: 32 bits each
		row := c.row
		value := c.value[:len(row)]
		for ; len(row) >= 2 && len(value) >= 2; row, value = row[2:], value[2:] {
			v, q := packed[row[0]], value[0]
			w, r := packed[row[1]], value[1]
			p := v&even*q + w&even*r
			a += p & low
			b += p >> 16 & low
			p = v>>8&even*q + w>>8&even*r
			d += p & low
			e += p >> 16 & low
		}
		if len(row) > 0 {
			w, q := packed[row[0]], value[0]
			p := w & even * q
			a += p & low
			b += p >> 16 & low
			p = w >> 8 & even * q
			d += p & low
			e += p >> 16 & low
		}
		for j, sum := range [8]uint64{a, d, b, e, a >> 32, d >> 32, b >> 32, e >> 32} {
			if k := word*8 + j; k < m.labels {
				whole := int64(sum&math.MaxUint32) - offset*int64(total)
				out = append(out, float64(whole)*float64(c.step)*float64(m.scale[k])+float64(m.bias[k]))
			}
		}
	}
	return out
}
