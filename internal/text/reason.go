package text

import (
	"cmp"
	"math"
	"slices"
)

// Reason is what one word adds to the score of the best label over the second best;
// negative weights speak against it. Start and End are bytes of the message.
//
// Weight shares the present margin out among the words and adds up to it; Drop is how
// much the margin falls when the word alone is deleted and the rest read again, where
// the other words then weigh more. Both are exact for a linear model.
type Reason struct {
	Word       string
	Start, End int
	Weight     float64
	Drop       float64
}

// reasons shares the weight of every feature equally among the places it was read
// from, and that of a word pair between its two words.
func (m *Model) reasons(r *Reading, w *work, norm [blocks]float32, best, second int) []Reason {
	out := make([]Reason, len(r.toks))
	for i, t := range r.toks {
		out[i] = Reason{Word: t.Text, Start: t.Start, End: t.End}
	}
	lead := func(row int32) float64 {
		return float64(m.weights.scale[best])*float64(m.weights.at(int(row), best)) -
			float64(m.weights.scale[second])*float64(m.weights.at(int(row), second))
	}
	leads := make([]float64, len(r.feat)) // of one unit of value
	share := make([]float64, len(r.feat)) // of one occurrence
	next := 0
	for i, t := range w.terms {
		if t.row < 0 || next == len(w.coded.row) {
			continue
		}
		leads[i] = lead(t.row)
		share[i] = leads[i] * float64(w.coded.value[next]) * float64(w.coded.step) / float64(r.feat[i].count)
		next++
	}
	for _, o := range r.seen {
		a, b := o.pair()
		out[a].Weight += share[o.feat] / 2
		out[b].Weight += share[o.feat] / 2
	}
	d := deletion{m: m, r: r, terms: w.terms, leads: leads, lead: lead}
	d.sum(norm)
	for i := range out {
		out[i].Drop = d.drop(i)
	}
	slices.SortStableFunc(out, func(a, b Reason) int {
		return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight))
	})
	return out
}

// deletion works out the margin of a message without one of its words from the sums
// of the whole, instead of reading it again for each word.
type deletion struct {
	m     *Model
	r     *Reading
	terms []term
	leads []float64
	lead  func(row int32) float64
	total [blocks]float64 // sum of value x lead, before the norm
	norm  [blocks]float64 // sum of squared values, before the norm
	unit  [blocks]float64 // what the norm multiplied every value by
	named []entry         // the features of words and pairs by hash; row is their index
	from  int             // first occurrence of the word looked at
	gone  []int32
}

func (d *deletion) sum(unit [blocks]float32) {
	for b, u := range unit {
		d.unit[b] = float64(u)
	}
	for i, t := range d.terms {
		b := d.r.feat[i].block
		raw := float64(t.value) / d.unit[b]
		d.total[b] += raw * d.leads[i]
		d.norm[b] += raw * raw
		if b == words {
			d.named = append(d.named, entry{d.r.feat[i].hash, int32(i)})
		}
	}
	slices.SortFunc(d.named, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
}

// drop must be called for the words in order.
func (d *deletion) drop(word int) float64 {
	d.gone = d.gone[:0]
	for ; d.from < len(d.r.seen); d.from++ {
		if a, _ := d.r.seen[d.from].pair(); a > word {
			break
		}
		d.gone = append(d.gone, d.r.seen[d.from].feat)
	}
	if d.from+1 < len(d.r.seen) { // the pair with the next word follows the next word itself
		if a, b := d.r.seen[d.from+1].pair(); a == word && b == word+1 {
			d.gone = append(d.gone, d.r.seen[d.from+1].feat)
		}
	}
	total, norm := d.total, d.norm
	if word > 0 && word+1 < len(d.r.toks) {
		d.join(word, &total, &norm)
	}
	slices.Sort(d.gone)
	for i := 0; i < len(d.gone); {
		j := i
		for j < len(d.gone) && d.gone[j] == d.gone[i] {
			j++
		}
		n := d.gone[i]
		d.change(n, int(d.r.feat[n].count)-(j-i), &total, &norm)
		i = j
	}
	return margin(d.total, d.norm) - margin(total, norm)
}

// change lets feature n occur count times.
func (d *deletion) change(n int32, count int, total, norm *[blocks]float64) {
	f := d.r.feat[n]
	old := float64(d.terms[n].value) / d.unit[f.block]
	now := 0.0
	if count > 0 {
		now = old * float64(tf(uint16(count))/tf(f.count))
	}
	total[f.block] += (now - old) * d.leads[n]
	norm[f.block] += now*now - old*old
}

// join adds the pair that the neighbours of a deleted word make.
func (d *deletion) join(word int, total, norm *[blocks]float64) {
	hash := pairHash(wordHash(d.r.toks[word-1].Text), wordHash(d.r.toks[word+1].Text))
	if i, known := slices.BinarySearchFunc(d.named, hash, func(e entry, hash uint32) int { return cmp.Compare(e.hash, hash) }); known {
		n := d.named[i].row
		if at := slices.Index(d.gone, n); at >= 0 {
			d.gone = slices.Delete(d.gone, at, at+1) // one goes, one comes
		} else {
			d.change(n, int(d.r.feat[n].count)+1, total, norm)
		}
		return
	}
	value, lead := float64(d.m.vocab.odd), 0.0
	if row := d.m.vocab.find(hash); row >= 0 {
		value, lead = float64(d.m.vocab.idf[row]), d.lead(row)
	}
	total[words] += value * lead
	norm[words] += value * value
}

func margin(total, norm [blocks]float64) float64 {
	sum := 0.0
	for b, t := range total {
		if norm[b] > 1e-9 {
			sum += t / math.Sqrt(norm[b])
		}
	}
	return sum
}
