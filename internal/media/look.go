package media

import (
	"image"
	"math"
	"math/bits"
)

// LookSize is the length in bytes of what a photo looks like.
const LookSize = 16

// plain is the spread of brightness, of 255, below which a picture shows too little to be
// told from another one: the night, a wall, a finger on the lens.
const plain = 8

// Look says in 16 bytes what a photo looks like: for each of 8 × 8 places whether it is
// brighter than its neighbour on the right, then than the one below (difference hash,
// N. Krawetz, "Kind of Like That", 2013, in both directions). Photos that were only
// shrunk or encoded anew differ in few bits, others in about half. It is nil for a
// picture that shows too little.
func Look(img *image.RGBA) []byte {
	across, down := shrink(img, 9, 8), shrink(img, 8, 9)
	if spread(across) < plain {
		return nil
	}
	out := make([]byte, LookSize)
	for i := range 64 {
		x, y := i%8, i/8
		if across[y*9+x] > across[y*9+x+1] {
			out[i/8] |= 1 << (i % 8)
		}
		if down[y*8+x] > down[(y+1)*8+x] {
			out[8+i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// Apart counts in how many of 128 places two photos look different; all of them where
// one cannot be compared.
func Apart(a, b []byte) int {
	if len(a) != LookSize || len(b) != LookSize {
		return 8 * LookSize
	}
	n := 0
	for i := range a {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

// shrink is the mean brightness of w × h boxes of a picture, row by row.
func shrink(img *image.RGBA, w, h int) []float64 {
	size := img.Rect.Size()
	out := make([]float64, w*h)
	for y := range h {
		for x := range w {
			x0, x1 := x*size.X/w, max((x+1)*size.X/w, x*size.X/w+1)
			y0, y1 := y*size.Y/h, max((y+1)*size.Y/h, y*size.Y/h+1)
			sum := 0
			for row := min(y0, size.Y-1); row < min(y1, size.Y); row++ {
				line := img.Pix[row*img.Stride:]
				for col := min(x0, size.X-1); col < min(x1, size.X); col++ {
					p := line[col*4 : col*4+3]
					sum += 299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) // ITU-R BT.601
				}
			}
			out[y*w+x] = float64(sum) / 1000 / float64((min(y1, size.Y)-min(y0, size.Y-1))*(min(x1, size.X)-min(x0, size.X-1)))
		}
	}
	return out
}

// spread is the standard deviation of brightness.
func spread(v []float64) float64 {
	var sum, squares float64
	for _, x := range v {
		sum += x
		squares += x * x
	}
	n := float64(len(v))
	return math.Sqrt(max(0, squares/n-sum/n*sum/n))
}
