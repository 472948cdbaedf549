package region

import "slices"

// Warnings is how many false warnings of surges a week may bring.
func (id Identity) Warnings() float64 {
	if id.WarnWeekly == 0 {
		return 1
	}
	return id.WarnWeekly
}

// Plays are the steps to take when a warning about a service was confirmed: its own, or
// those for every service. Without a code they are those for every service.
func (p *Pack) Plays(service string) []PlayStep {
	of := func(code string) (out []PlayStep) {
		for _, s := range p.Playbook {
			if s.Service == code {
				out = append(out, s)
			}
		}
		slices.SortStableFunc(out, func(a, b PlayStep) int { return a.Order - b.Order })
		return out
	}
	if own := of(service); len(own) > 0 {
		return own
	}
	return of(anything)
}

// checkForesight checks what stands in a pack about surges.
func (l *loader) checkForesight() {
	if w := l.pack.Identity.WarnWeekly; w < 0 || w > 50 {
		l.identityAt("warnings_weekly", "%v bukan jumlah peringatan yang masuk akal. Tulis berapa peringatan keliru seminggu yang masih bisa diterima, misalnya 1.", w)
	}
	known := func(code string) bool { _, ok := l.pack.Service(code); return ok }
	for n, s := range l.pack.Playbook {
		if s.Service != anything && !known(s.Service) {
			l.at(filePlaybook, n, "service", "Layanan %q tidak ada di services.csv, sehingga langkah ini tidak pernah tampil. Perbaiki kodenya atau tulis *.", s.Service)
		}
		if s.Kind == PlayEnd && s.Days == 0 {
			l.at(filePlaybook, n, "days", "Langkah penutup belum menyebut berapa hari keadaan harus kembali biasa. Isi days, misalnya 7.")
		}
	}
	for n, s := range l.pack.Supplies {
		if !known(s.Service) {
			l.at(fileSupplies, n, "service", "Layanan %q tidak ada di services.csv, sehingga persediaan ini tidak bisa dihitung. Perbaiki kodenya.", s.Service)
		}
	}
}
