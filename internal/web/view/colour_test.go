package view

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

type rgb [3]float64

// chartColours reads the colours of charts from their style sheet.
func chartColours(t *testing.T) (categories, sequence []rgb) {
	t.Helper()
	text, err := os.ReadFile("../../../ui/src/css/charts.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`--(cat|seq)-\d:#([0-9A-F]{6})`).FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseUint(m[2], 16, 24)
		if err != nil {
			t.Fatal(err)
		}
		c := rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}
		if m[1] == "cat" {
			categories = append(categories, c)
		} else {
			sequence = append(sequence, c)
		}
	}
	return categories, sequence
}

// blindness are the matrices of Machado, Oliveira and Fernandes (2009), severity 1, for
// linear RGB.
var blindness = map[string][3][3]float64{
	"none":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func linear(c rgb) (out rgb) {
	for i, v := range c {
		if v <= 0.04045 {
			out[i] = v / 12.92
		} else {
			out[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return out
}

// lab is CIELAB (D65) of a colour as an eye sees it.
func lab(c rgb, m [3][3]float64) (out rgb) {
	l, seen := linear(c), rgb{}
	for i := range 3 {
		for j := range 3 {
			seen[i] += m[i][j] * l[j]
		}
		seen[i] = min(1, max(0, seen[i]))
	}
	xyz := [3]float64{
		(0.4124564*seen[0] + 0.3575761*seen[1] + 0.1804375*seen[2]) / 0.95047,
		0.2126729*seen[0] + 0.7151522*seen[1] + 0.0721750*seen[2],
		(0.0193339*seen[0] + 0.1191920*seen[1] + 0.9503041*seen[2]) / 1.08883,
	}
	for i, v := range xyz {
		if v > 216.0/24389 {
			xyz[i] = math.Cbrt(v)
		} else {
			xyz[i] = (24389.0/27*v + 16) / 116
		}
	}
	return rgb{116*xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])}
}

func apart(a, b rgb) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// Colours of charts can be told apart by every kind of eye, and stand out from white.
func TestChartColours(t *testing.T) {
	categories, sequence := chartColours(t)
	if len(categories) != 6 || len(sequence) != 7 {
		t.Fatalf("%d categories, %d steps", len(categories), len(sequence))
	}
	for eye, m := range blindness {
		for i, a := range categories {
			for j, b := range categories[:i] {
				if d := apart(lab(a, m), lab(b, m)); d < 20 {
					t.Errorf("%s: categories %d and %d are %.1f apart", eye, i+1, j+1, d)
				}
			}
		}
		for i := 1; i < len(sequence); i++ {
			a, b := lab(sequence[i-1], m), lab(sequence[i], m)
			if d := apart(a, b); d < 10 || b[0] >= a[0] {
				t.Errorf("%s: steps %d and %d are %.1f apart, lightness %.0f and %.0f", eye, i, i+1, d, a[0], b[0])
			}
		}
	}
	for i, c := range categories {
		l := linear(c)
		if contrast := 1.05 / (0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2] + 0.05); contrast < 3 {
			t.Errorf("category %d: contrast %.2f on white", i+1, contrast)
		}
	}
}
