package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tanggap/internal/app"
	"tanggap/internal/durable"
	"tanggap/internal/learn"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

type modelCmd struct {
	List     modelList     `cmd:"" help:"Daftar model dan keadaannya. / List models and their state."`
	Train    modelTrain    `cmd:"" help:"Belajar dari laporan yang dikonfirmasi. / Learn from confirmed cases."`
	Eval     modelEval     `cmd:"" help:"Ukur model. / Measure a model."`
	Explain  modelExplain  `cmd:"" help:"Jelaskan saran untuk satu pesan. / Explain the suggestions for a message."`
	Promote  modelPromote  `cmd:"" help:"Pakai sebuah model. / Put a model in force."`
	Rollback modelRollback `cmd:"" help:"Kembali ke model sebelumnya. / Go back to the model before."`
	Card     modelCard     `cmd:"" help:"Tulis kartu model. / Write the model card."`
}

// with opens the database and the models of one region.
func (m ofRegion) with(e *env, fn func(*learn.Registry, *region.Pack) error) error {
	cfg, err := m.load()
	if err != nil {
		return err
	}
	return m.region(e, func(s *store.Store, p *region.Pack) error {
		return fn(app.Models(&cfg, s, e.log), p)
	})
}

// packOrRegion also lets a pack be tried that no database has.
type packOrRegion struct {
	ofRegion
	Pack string `help:"Model dari contoh paket ini saja: nama bawaan atau folder. / The model of this pack's seeds alone." placeholder:"PAKET"`
}

// with gives the pack and the model: of version, or the one in use where it is "".
func (m packOrRegion) with(e *env, version string, fn func(*region.Pack, *text.Model, []learn.Row) error) error {
	if m.Pack != "" {
		if version != "" {
			return tanggap.Errorf(tanggap.Invalid, "--pack memakai contoh paket; versi %q ada di basis data.", version)
		}
		p, _, err := app.LoadPack(m.Pack)
		if err != nil {
			return err
		}
		model, err := triage.Train(p)
		if err != nil {
			return err
		}
		return fn(p, model, nil)
	}
	return m.ofRegion.with(e, func(r *learn.Registry, p *region.Pack) error {
		model, err := r.Current(e.ctx, p)
		if version != "" {
			model, err = r.Load(e.ctx, p, version)
		}
		if err != nil {
			return err
		}
		rows, err := r.Rows(e.ctx, p, time.Time{})
		if err != nil {
			return err
		}
		_, judge := learn.Split(rows)
		return fn(p, model, judge)
	})
}

const atTerminal = "terminal" // who changed a model from here

type modelList struct{ ofRegion }

func (c modelList) Run(e *env) error {
	return c.with(e, func(r *learn.Registry, p *region.Pack) error {
		active, err := r.Active(e.ctx, p)
		if err != nil {
			return err
		}
		rows, err := r.Store.Models(e.ctx, p.Identity.Code, 50)
		if err != nil {
			return err
		}
		inUse := active
		if inUse == "" {
			inUse = "contoh paket / seeds"
		}
		fmt.Fprintf(e.out, "%s, dipakai / in use: %s\n", p.Identity.Name, inUse)
		for _, m := range rows {
			report, err := learn.ReportOf(m)
			if err != nil {
				return err
			}
			c := report.Compared
			fmt.Fprintf(e.out, "%s  %-8s %s  %5d laporan / cases  %s (n %d, sebelumnya / before %s)  %s %s\n", m.Version, m.State,
				m.TrainedAt.In(p.Location()).Format("2006-01-02 15:04"), m.Learned, share(c.New.Top1), c.New.N, share(c.Old.Top1), c.Verdict, m.ChangedWhy)
		}
		return nil
	})
}

func share(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

type modelTrain struct {
	ofRegion
	DryRun    bool   `help:"Ukur saja, jangan simpan. / Measure only."`
	Shareable bool   `help:"Tanpa teks WhatsApp, ke berkas --out, untuk dibawa keluar daerah. / Without WhatsApp text, to leave the region."`
	Out       string `help:"Berkas untuk --shareable. / File." placeholder:"FILE"`
}

// Help implements kong.HelpProvider.
func (modelTrain) Help() string {
	return `Model baru diuji pada laporan yang tidak dipelajarinya. Yang lebih buruk ditolak; yang lain menunggu
dalam bayangan sampai dipakai. / A new model is tried on cases it has not learned from. A worse one is refused;
others wait in the shadow until promoted.

Contoh / examples:

  tanggap model train -c t.toml --dry-run
  tanggap model train -c t.toml && tanggap model list -c t.toml`
}

func (c modelTrain) Run(e *env) error {
	if c.Shareable != (c.Out != "") {
		return tanggap.Errorf(tanggap.Invalid, "--shareable dan --out dipakai bersama.")
	}
	return c.with(e, func(r *learn.Registry, p *region.Pack) error {
		if c.Shareable {
			m, report, err := r.Shared(e.ctx, p)
			if err != nil {
				return err
			}
			fmt.Fprintf(e.out, "%s: %d contoh paket / seeds, %d laporan / cases (%v)\n", m.Version(), report.Seeds, report.Rows, report.Channels)
			return durable.ReplaceBytes(c.Out, m.Save())
		}
		row, report, err := r.Train(e.ctx, p, atTerminal, c.DryRun)
		if err != nil {
			return err
		}
		tellReport(e.out, report)
		state := row.State
		if c.DryRun {
			state += ", tidak disimpan / not kept"
		}
		fmt.Fprintf(e.out, "%s: %s\n", row.Version, state)
		return nil
	})
}

func tellReport(out io.Writer, r learn.Report) {
	fmt.Fprintf(out, "belajar dari / learned from: %d contoh paket / seeds, %d laporan / cases (%d dikoreksi / corrected), %d petugas / officers\n",
		r.Seeds, r.Rows, r.Origins[learn.Corrected], r.Officers)
	c := r.Compared
	fmt.Fprintf(out, "penguji / judges: %d laporan / cases; lama / old %s, baru / new %s (95 %%: %s–%s), tiga teratas / top 3 %s\n",
		c.New.N, share(c.Old.Top1), share(c.New.Top1), share(c.New.Low), share(c.New.High), share(c.New.Top3))
	if len(c.Worse) > 0 {
		fmt.Fprintf(out, "memburuk / worse: %s\n", strings.Join(c.Worse, ", "))
	}
	fmt.Fprintf(out, "putusan / verdict: %s\n", c.Verdict)
	fmt.Fprintf(out, "jarak dari contoh / drift: %s kata asing / unknown words, pergeseran layanan / shift %s; %s\n",
		share(r.Drift.Unknown), share(r.Drift.Shift), strings.Join(r.Drift.Words, ", "))
}

type modelEval struct {
	packOrRegion
	File    string `arg:"" optional:"" help:"CSV dengan kolom text, service, dan bila ada alternatives. / CSV."`
	Version string `help:"Versi; bawaan: yang dipakai. / Version; default: the one in use."`
}

// Help implements kong.HelpProvider.
func (modelEval) Help() string {
	return `Tanpa berkas, model diuji pada laporan warga penguji, yang tidak pernah dipelajari model mana pun. / Without a file, the
model is asked about the cases of the judging citizens, from which no model ever learns.

Contoh / examples:

  tanggap model eval -c t.toml
  tanggap model eval --pack baubau pesan.csv`
}

func (c modelEval) Run(e *env) error {
	return c.with(e, c.Version, func(p *region.Pack, m *text.Model, rows []learn.Row) error {
		if c.File != "" {
			var err error
			if rows, err = readRows(c.File, p, m); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return tanggap.Errorf(tanggap.NotFound, "Belum ada laporan penguji; sebut berkas CSV.")
		}
		s := learn.Judge(m, rows)
		fmt.Fprintf(e.out, "model %s, n %d: tebakan pertama / first %s (95 %%: %s–%s), tiga teratas / top 3 %s\n",
			m.Version(), s.N, share(s.Top1), share(s.Low), share(s.High), share(s.Top3))
		for _, t := range []float64{p.Identity.Thresholds.Suggest, p.Identity.Thresholds.Auto} {
			taken, wrong := 0, 0
			for _, r := range rows {
				if top := m.Rank(r.Text).Top; len(top) > 0 && top[0].P >= t {
					taken++
					if top[0].Label != r.Service {
						wrong++
					}
				}
			}
			fmt.Fprintf(e.out, "pada / at %.2f: %s dijawab / answered, %s di antaranya salah / of them wrong\n", t,
				share(float64(taken)/float64(len(rows))), share(float64(wrong)/float64(max(1, taken))))
		}
		return nil
	})
}

// maxEval bounds the size of a test file.
const maxEval = 64 << 20

// readRows reads labelled messages. Where a row lists alternatives and the model's first
// guess is one of them, that one counts as its label.
func readRows(file string, p *region.Pack, m *text.Model) ([]learn.Row, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(io.LimitReader(f, maxEval))
	head, err := r.Read()
	if err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s: %v", file, err)
	}
	words, service, more := slices.Index(head, "text"), slices.Index(head, "service"), slices.Index(head, "alternatives")
	if words < 0 || service < 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s: baris pertama harus memuat kolom text dan service.", file)
	}
	var out []learn.Row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, tanggap.Errorf(tanggap.Invalid, "%s: %v", file, err)
		}
		line, _ := r.FieldPos(0)
		x := learn.Row{Text: cells[words], Service: cells[service]}
		if _, ok := p.Service(x.Service); !ok {
			return nil, tanggap.Errorf(tanggap.Invalid, "%s baris %d: layanan %q tidak ada dalam paket.", file, line, x.Service)
		}
		if more >= 0 {
			top := m.Rank(x.Text).Top
			if len(top) > 0 && slices.Contains(strings.Split(cells[more], "|"), top[0].Label) {
				x.Service = top[0].Label
			}
		}
		out = append(out, x)
	}
}

type modelExplain struct {
	packOrRegion
	Text string `arg:"" help:"Pesan dalam tanda kutip. / The message, quoted."`
}

// Help implements kong.HelpProvider.
func (modelExplain) Help() string {
	return `Contoh / example:

  tanggap model explain --pack baubau "lampu jalan di lipu mati mi 3 hari"`
}

func (c modelExplain) Run(e *env) error {
	return c.with(e, "", func(p *region.Pack, m *text.Model, _ []learn.Row) error {
		for _, s := range triage.New(p, m).Decide(triage.Input{Text: c.Text}) {
			value := s.Value
			if value == "" {
				value = "(tidak yakin / unsure)"
			}
			auto := ""
			if s.Automatic && s.Value != "" {
				auto = "  otomatis / automatic"
			}
			fmt.Fprintf(e.out, "%-10s %s  %.2f%s\n", s.Kind, value, s.Confidence, auto)
			for _, x := range s.Candidates {
				fmt.Fprintf(e.out, "           ? %-14s %.2f\n", x.Value, x.Confidence)
			}
			for _, x := range s.Reasons {
				fmt.Fprintf(e.out, "           %+.2f %s %s\n", x.Weight, x.Rule, x.Word)
			}
		}
		return nil
	})
}

type modelPromote struct {
	ofRegion
	Version string `arg:"" help:"Versi dari model list. / Version, see model list."`
	Why     string `help:"Alasan; perlu bila model belum terbukti lebih baik. / Reason; needed where it is unproven."`
}

func (c modelPromote) Run(e *env) error {
	return c.with(e, func(r *learn.Registry, p *region.Pack) error {
		if err := r.Promote(e.ctx, p, c.Version, atTerminal, c.Why); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "Dipakai mulai sekarang / in force: %s\n", c.Version)
		return nil
	})
}

type modelRollback struct {
	ofRegion
	Why string `required:"" help:"Alasan. / Reason."`
}

func (c modelRollback) Run(e *env) error {
	return c.with(e, func(r *learn.Registry, p *region.Pack) error {
		version, err := r.Rollback(e.ctx, p, atTerminal, c.Why)
		if err != nil {
			return err
		}
		if version == "" {
			version = "contoh paket / seeds"
		}
		fmt.Fprintf(e.out, "Dipakai mulai sekarang / in force: %s\n", version)
		return nil
	})
}

type modelCard struct {
	packOrRegion
	Version string `help:"Versi; bawaan: yang dipakai. / Version; default: the one in use."`
}

func (c modelCard) Run(e *env) error {
	if c.Pack != "" {
		return c.packOrRegion.with(e, c.Version, func(p *region.Pack, m *text.Model, _ []learn.Row) error {
			return learn.Card(e.out, p, m, nil)
		})
	}
	return c.ofRegion.with(e, func(r *learn.Registry, p *region.Pack) error {
		version := c.Version
		if version == "" {
			var err error
			if version, err = r.Active(e.ctx, p); err != nil {
				return err
			}
		}
		m, err := r.Load(e.ctx, p, version)
		if err != nil {
			return err
		}
		var row *store.Model
		if version != "" {
			if row, err = r.Store.Model(e.ctx, p.Identity.Code, version); err != nil {
				return err
			}
		}
		return learn.Card(e.out, p, m, row)
	})
}
