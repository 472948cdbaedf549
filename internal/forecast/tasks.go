package forecast

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/tanggap"
)

// Task is one line of a forecasting benchmark: `id,period,h,n,y1…yn,y(n+1)…y(n+h)`. An id
// that ends in @2018-04-23 says the date of the first step.
type Task struct {
	ID      string
	Series  Series
	Horizon int
	Actual  []float64 // what came; the forecaster never sees it
}

// maxTaskLine bounds one line.
const maxTaskLine = 8 << 20

// ReadTasks reads a file of tasks, also when gzip has packed it.
func ReadTasks(r io.Reader) ([]Task, error) {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		b = bufio.NewReader(io.LimitReader(z, 4<<30))
	}
	var out []Task
	lines := bufio.NewScanner(b)
	lines.Buffer(make([]byte, 1<<16), maxTaskLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		t, err := parseTask(line)
		if err != nil {
			return nil, tanggap.Errorf(tanggap.Invalid, "baris %d: %v", n, err)
		}
		out = append(out, t)
	}
	return out, lines.Err()
}

func parseTask(line string) (Task, error) {
	cells := strings.Split(line, ",")
	if len(cells) < 5 {
		return Task{}, errors.New("kurang dari lima kolom; bentuknya id,period,h,n,y1,…")
	}
	var head [3]int
	for i := range head {
		v, err := strconv.Atoi(cells[i+1])
		if err != nil || v < 0 {
			return Task{}, errors.New("period, h dan n harus bilangan bulat, bukan " + strconv.Quote(cells[i+1]))
		}
		head[i] = v
	}
	h, n := head[1], head[2]
	values := cells[4:]
	if len(values) != n && len(values) != n+h {
		return Task{}, errors.New(strconv.Itoa(len(values)) + " nilai, bukan n atau n+h")
	}
	y := make([]float64, len(values))
	for i, c := range values {
		v, err := strconv.ParseFloat(c, 64)
		switch {
		case c == "" || c == "NA":
			v = math.NaN()
		case err != nil:
			return Task{}, errors.New("bukan angka: " + strconv.Quote(c))
		}
		y[i] = v
	}
	t := Task{ID: cells[0], Horizon: h, Series: Series{Period: Period(head[0]), Values: y[:n]}, Actual: y[n:]}
	origin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, date, ok := strings.Cut(t.ID, "@"); ok {
		d, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return Task{}, errors.New("tanggal dalam id tidak terbaca: " + strconv.Quote(date))
		}
		origin = d
	}
	t.Series.Start = t.Series.Period.Date(origin, -n)
	return t, nil
}

// WriteTask writes a forecast as `id,method,cpu_seconds,h,q.025,…,q.975`, a line a step.
func WriteTask(w io.Writer, id, method string, cpu float64, f *Forecast) error {
	var b strings.Builder
	for h, q := range f.Quantiles {
		b.WriteString(id + "," + method + "," + strconv.FormatFloat(cpu, 'f', 4, 64) + "," + strconv.Itoa(h+1))
		for _, v := range q {
			b.WriteByte(',')
			b.WriteString(strconv.FormatFloat(v, 'g', 8, 64))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
