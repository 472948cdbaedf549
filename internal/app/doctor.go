package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tanggap/internal/audit"
	"tanggap/internal/backup"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

// Level of a finding.
type Level string

const (
	Fine    Level = "baik"
	Look    Level = "periksa" // works, but somebody should look
	Failing Level = "SALAH"   // does not work
)

// Finding is one thing that the doctor looked at, in words: what was found and what
// to do about it.
type Finding struct {
	Level Level
	About string
	Words string
	Do    string // "" if nothing
}

// doctor collects findings. It changes nothing and works before the first start.
type doctor struct {
	cfg  *Config
	deps Deps
	out  []Finding
}

// Doctor examines a configuration and everything it names.
func Doctor(ctx context.Context, cfg Config, deps Deps) []Finding {
	if deps.Clock == nil {
		deps.Clock = tanggap.SystemClock{}
	}
	if deps.HTTP == nil {
		deps.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	d := &doctor{cfg: &cfg, deps: deps}
	d.clock()
	d.disk()
	d.masterKey()
	d.database(ctx)
	var packs []*region.Pack
	for _, r := range cfg.Regions {
		if p := d.pack(&r); p != nil {
			d.address(r, p)
			for _, other := range packs {
				if err := p.Clash(other); err != nil {
					d.fail("daerah", message(err), "Perbaiki region.toml salah satu paket.")
				}
			}
			packs = append(packs, p)
		}
		if r.WhatsApp != nil {
			d.whatsApp(ctx, r.WhatsApp)
		}
		if r.Email != nil {
			d.email(ctx, r.Email)
		}
	}
	if cfg.OIDC != nil {
		d.provider(ctx)
	}
	d.certificate()
	d.outbound(ctx)
	return d.out
}

func (d *doctor) fine(about, format string, args ...any) {
	d.out = append(d.out, Finding{Fine, about, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) look(about, words, do string) {
	d.out = append(d.out, Finding{Look, about, words, do})
}

func (d *doctor) fail(about, words, do string) {
	d.out = append(d.out, Finding{Failing, about, words, do})
}

// provider asks the identity provider about itself. Passwords work without it.
func (d *doctor) provider(ctx context.Context) {
	if err := newProvider(d.cfg.OIDC, d.deps.Clock).Check(ctx); err != nil {
		d.look("masuk tunggal", d.cfg.OIDC.Issuer+": "+err.Error(), "Periksa oidc.issuer dan jaringan ke penyedia; sementara itu petugas masuk dengan kata sandi.")
		return
	}
	d.fine("masuk tunggal", "%s menjawab; alamat kembali: BASE_URL/masuk/sso/kembali", d.cfg.OIDC.Issuer)
}

// message is what a person reads of an error.
func message(err error) string {
	var e *tanggap.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// clock compares the computer's time with what cannot be: before this program's
// newest known files, or decades ahead.
func (d *doctor) clock() {
	now := d.deps.Clock.Now()
	if now.Year() < 2026 || now.Year() > 2060 {
		d.fail("jam", "Jam komputer menunjukkan "+now.Format(time.RFC3339)+", itu tidak mungkin.", "Nyalakan sinkronisasi waktu: timedatectl set-ntp true")
		return
	}
	newest := now
	for _, path := range []string{d.cfg.Database, d.cfg.Database + "-wal"} {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if ahead := newest.Sub(now); ahead > time.Minute {
		d.fail("jam", fmt.Sprintf("Basis data terakhir ditulis %s setelah jam sekarang: jam mundur.", ahead.Round(time.Second)), "Nyalakan sinkronisasi waktu: timedatectl set-ntp true")
		return
	}
	d.fine("jam", "%s", now.Format(time.RFC3339))
}

func (d *doctor) disk() {
	dir := d.cfg.Data
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, err := diskFree(dir)
	switch {
	case err != nil:
		d.fail("disk", "Ruang kosong "+dir+" tidak bisa dibaca: "+err.Error(), "Periksa apakah disk terpasang.")
	case free < minDisk:
		d.fail("disk", fmt.Sprintf("Hanya %d MB kosong di %s.", free>>20, dir), "Kosongkan disk; di bawah 256 MB laporan baru ditolak.")
	case free < 4*minDisk:
		d.look("disk", fmt.Sprintf("Tinggal %d MB kosong di %s.", free>>20, dir), "Kosongkan atau perbesar disk.")
	default:
		d.fine("disk", "%d GB kosong di %s", free>>30, dir)
	}
}

func (d *doctor) masterKey() {
	_, err := loadMaster(d.cfg)
	switch {
	case err == nil:
		d.fine("kunci induk", "%s terbaca, hanya oleh pemiliknya", d.cfg.MasterKey)
	case tanggap.CodeOf(err) == tanggap.NotFound && !strings.HasPrefix(d.cfg.MasterKey, "credential:"):
		d.look("kunci induk", message(err), "Pada start pertama dibuat sendiri. Bila basis data sudah berisi, kembalikan salinan kunci.")
	default:
		d.fail("kunci induk", message(err), "Perbaiki sebelum tanggap serve.")
	}
	_, err = audit.LoadKey(auditKeyPath(d.cfg))
	switch {
	case err == nil:
		d.fine("kunci audit", "%s terbaca, hanya oleh pemiliknya", auditKeyPath(d.cfg))
	case errors.Is(err, fs.ErrNotExist):
		d.look("kunci audit", "Belum ada.", "Dibuat sendiri pada start pertama.")
	default:
		d.fail("kunci audit", message(err), "Perbaiki izin atau kembalikan salinan berkas itu.")
	}
}

func (d *doctor) database(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	s, err := backup.OpenSnapshot(ctx, d.cfg.Database)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		d.look("basis data", message(err), "Dibuat sendiri pada start pertama.")
		return
	}
	if err == nil {
		defer s.Close()
		var regions []string
		if regions, err = s.RegionsIfAny(ctx); err == nil {
			d.fine("basis data", "terjangkau, %d daerah", len(regions))
			d.schema(ctx, s, regions)
		}
	}
	if err != nil {
		d.fail("basis data", err.Error(), "Periksa alamat, izin, dan apakah servernya hidup.")
		return
	}
	if d.cfg.Postgres() {
		d.postgres(ctx)
	} else {
		d.sqlite(ctx)
	}
}

func (d *doctor) schema(ctx context.Context, s *backup.Snapshot, regions []string) {
	if len(regions) == 0 {
		d.look("skema", "Basis data masih kosong.", "Diisi sendiri pada start pertama.")
		return
	}
	version, err := s.Schema(ctx)
	if err != nil {
		d.fail("skema", err.Error(), "Basis data ini bukan milik tanggap, atau rusak.")
		return
	}
	d.fine("skema", "versi %d", version)
	h := &history{dir: d.cfg.path(backup.CheckpointsDir)}
	if h.key, err = audit.LoadKey(auditKeyPath(d.cfg)); err != nil {
		return
	}
	for _, code := range regions {
		d.evidence(ctx, s, h, code)
	}
}

// evidence compares a region with what is kept outside the database.
func (d *doctor) evidence(ctx context.Context, s *backup.Snapshot, h *history, code string) {
	about := "riwayat " + code
	counted, stored, err := s.History(code).LastInbound(ctx)
	if err == nil && stored != counted {
		err = restoreNeeded(code, fmt.Sprintf("kiriman masuk tersimpan sampai %d, padahal %d diberi nomor", stored, counted))
	}
	var seen int64
	if err == nil {
		seen, err = h.inbound(code)
	}
	if err == nil && counted < seen {
		err = restoreNeeded(code, fmt.Sprintf("kiriman masuk berakhir pada %d, pernah tercatat %d", counted, seen))
	}
	var c audit.Checkpoint
	var ok bool
	if err == nil {
		c, ok, err = h.file(code).Newest()
	}
	if err == nil && ok {
		err = audit.CheckHead(ctx, s.History(code), counted, c)
	}
	if err != nil {
		d.fail(about, message(err), "Pulihkan dari cadangan; jangan hapus berkas apa pun.")
		return
	}
	if ok && d.deps.Clock.Now().Sub(c.At) > 48*time.Hour {
		d.look(about, "Titik periksa terakhir "+c.At.Format(time.RFC3339)+".", "Wajar bila tidak ada peristiwa sejak itu; bila ada, periksa apakah worker berjalan.")
		return
	}
	d.fine(about, "%d kiriman, sesuai dengan titik periksa", counted)
}

// minSQLite is the first version without the WAL-reset fault.
const minSQLite = 3051003

func (d *doctor) sqlite(ctx context.Context) {
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(d.cfg.Database, "file:")+"?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)")
	if err != nil {
		d.fail("sqlite", err.Error(), "")
		return
	}
	defer db.Close()
	var version, mode, health string
	var level, tables int
	err = errors.Join(
		db.QueryRowContext(ctx, "SELECT sqlite_version(), count(*) FROM sqlite_schema").Scan(&version, &tables),
		db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level),
		db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode),
		db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&health))
	var major, minor, patch int
	if err == nil {
		_, err = fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch)
	}
	switch {
	case err != nil:
		d.fail("sqlite", err.Error(), "Berkas rusak atau bukan SQLite; pulihkan dari cadangan.")
	case major*1_000_000+minor*1000+patch < minSQLite:
		d.fail("sqlite", "Versi "+version+" dapat merusak data.", "Bangun tanggap dengan SQLite 3.51.3 atau lebih baru.")
	case level < 2:
		d.fail("sqlite", fmt.Sprintf("synchronous = %d: laporan yang sudah dijawab bisa hilang saat listrik padam.", level), "Pakai program tanggap yang resmi.")
	case health != "ok":
		d.fail("sqlite", "Pemeriksaan menemukan kerusakan: "+health, "Hentikan tanggap dan pulihkan dari cadangan.")
	case mode != "wal":
		d.look("sqlite", "journal_mode = "+mode+".", "Menjadi wal sendiri pada start pertama.")
	default:
		d.fine("sqlite", "%s, synchronous FULL, wal, utuh", version)
	}
}

func (d *doctor) postgres(ctx context.Context) {
	db, err := sql.Open("pgx", d.cfg.Database)
	if err != nil {
		d.fail("postgresql", err.Error(), "")
		return
	}
	defer db.Close()
	var version, commit, fsync, standby string
	var skew float64
	before := d.deps.Clock.Now()
	err = db.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync'),
		current_setting('synchronous_standby_names'), extract(epoch FROM clock_timestamp())::float8`).Scan(&version, &commit, &fsync, &standby, &skew)
	if err != nil {
		d.fail("postgresql", err.Error(), "Periksa izin pengguna basis data.")
		return
	}
	skew -= float64(before.UnixMicro()) / 1e6
	switch {
	case fsync != "on":
		d.fail("postgresql", "fsync = "+fsync+": laporan yang sudah dijawab hilang saat listrik padam.", "Setel fsync = on.")
	case commit == "off" || commit == "local" && standby != "":
		d.fail("postgresql", "synchronous_commit = "+commit+".", "Setel synchronous_commit = on.")
	case skew > 5 || skew < -5:
		d.fail("postgresql", fmt.Sprintf("Jam server basis data berbeda %.0f detik dari jam komputer ini.", skew), "Sinkronkan waktu di kedua mesin.")
	case standby == "":
		d.look("postgresql", version+" tanpa cadangan sinkron: bila mesinnya mati, detik-detik terakhir bisa hilang.", "Setel synchronous_standby_names, mis. 'ANY 1 (s1, s2)'.")
	default:
		d.fine("postgresql", "%s, synchronous_commit %s, cadangan %s", version, commit, standby)
	}
}

// pack examines a region's pack and returns it, nil when it does not load.
func (d *doctor) pack(r *Region) *region.Pack {
	about := "paket " + r.Pack
	fsys, err := PackFS(r.Pack)
	if err != nil {
		d.fail(about, message(err), "Perbaiki pack di konfigurasi.")
		return nil
	}
	now := d.deps.Clock.Now()
	warnings, faults := 0, 0
	for _, p := range region.Check(fsys, now) {
		if p.Warning {
			warnings++
		} else {
			faults++
		}
	}
	do := "Lihat: tanggap region check " + r.Pack
	switch {
	case faults > 0:
		d.fail(about, fmt.Sprintf("%d kesalahan, %d peringatan.", faults, warnings), do)
		return nil
	case warnings > 0:
		d.look(about, fmt.Sprintf("Bisa dipakai, %d peringatan.", warnings), do)
	default:
		d.fine(about, "tanpa kesalahan")
	}
	p, err := region.Load(fsys)
	if err != nil {
		d.fail(about, message(err), do)
		return nil
	}
	d.calendar(p, now)
	return p
}

func (d *doctor) calendar(p *region.Pack, now time.Time) {
	local := now.In(p.Location())
	for year := local.Year(); year <= local.Year()+1; year++ {
		about := fmt.Sprintf("kalender %d %s", year, p.PublicName())
		days, official := 0, 0
		for _, h := range p.Holidays {
			if date, err := deadline.ParseDate(h.Date); err == nil && date.Year == year {
				days++
				if h.Status == "official" {
					official++
				}
			}
		}
		switch {
		case days == 0 && year == local.Year():
			d.fail(about, "Tidak ada hari libur tercatat, tenggat salah hitung.", "Isi calendar.csv menurut SKB tiga menteri.")
		case days == 0:
			d.look(about, "Belum ada hari libur tercatat.", "Isi calendar.csv sebelum tahun berganti; SKB biasanya terbit antara September dan November.")
		case official < days:
			d.look(about, fmt.Sprintf("%d hari libur, %d di antaranya masih perkiraan.", days, days-official), "Cocokkan dengan SKB tiga menteri, lalu ubah status menjadi official.")
		default:
			d.fine(about, "%d hari libur, semua resmi", days)
		}
	}
}

func (d *doctor) whatsApp(ctx context.Context, w *WhatsApp) {
	body := []byte(`{"object":"whatsapp_business_account"}`)
	mac := hmac.New(sha256.New, []byte(w.AppSecret.Reveal()))
	mac.Write(body)
	header := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if whatsapp.Signed(body, header, w.secrets()...) && !whatsapp.Signed(append(body, ' '), header, w.secrets()...) {
		d.fine("whatsapp: tanda tangan", "pemeriksaan diri lulus")
	} else {
		d.fail("whatsapp: tanda tangan", "app_secret tidak dapat memeriksa tanda tangan.", "Salin lagi App secret dari Meta.")
	}
	address, err := url.JoinPath(w.BaseURL, w.Version, w.PhoneNumberID)
	if err != nil {
		d.fail("whatsapp: token", err.Error(), "Perbaiki base_url.")
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?fields=id", nil)
	if err != nil {
		d.fail("whatsapp: token", err.Error(), "Perbaiki base_url.")
		return
	}
	req.Header.Set("Authorization", "Bearer "+w.Token.Reveal())
	res, err := d.deps.HTTP.Do(req)
	if err != nil {
		d.fail("whatsapp: token", "Meta tidak terjangkau: "+err.Error(), "Periksa internet dan tembok api. Laporan yang masuk tetap disimpan.")
		return
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		d.fine("whatsapp: token", "diterima Meta untuk nomor %s", w.PhoneNumberID)
	case http.StatusUnauthorized, http.StatusForbidden:
		d.fail("whatsapp: token", "Meta menolak token ("+res.Status+").", "Buat token pengguna sistem baru dengan izin whatsapp_business_messaging.")
	default:
		d.fail("whatsapp: token", "Meta menjawab "+res.Status+".", "Periksa phone_number_id dan versi API.")
	}
}

// address examines where a region's citizens are sent.
func (d *doctor) address(r Region, p *region.Pack) {
	about, base := "alamat publik "+p.PublicName(), d.cfg.baseURL(r, p)
	u, err := url.Parse(base)
	if base == "" || err != nil {
		d.fail(about, "Belum ada, padahal beberapa daerah dilayani bersama.", "Isi base_url di [[region]], atau hosts di region.toml.")
		return
	}
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.")
	switch {
	case d.cfg.TLS.Mode == TLSACME && !slices.Contains(d.cfg.TLS.Hosts, host):
		d.fail(about, host+" tidak ada di tls.hosts, jadi tidak mendapat sertifikat.", "Tambahkan ke tls.hosts.")
	case u.Scheme != "https" && !local:
		d.fail(about, base+" tidak memakai https: kata warga terbaca di jalan.", "Pakai TLS: [tls] mode = \"acme\", atau proksi, dan base_url https.")
	case local:
		d.look(about, base+" hanya untuk mencoba di komputer ini.", "Setel base_url ke alamat yang dibuka warga.")
	case d.cfg.TLS.Mode == TLSOff && len(d.cfg.TrustedProxies) == 0:
		d.look(about, "https di muka, tetapi trusted_proxies kosong: semua warga tampak beralamat sama, batas kiriman akan salah.", "Isi trusted_proxies dengan alamat proksi.")
	default:
		d.fine(about, "%s, tls %s", base, d.cfg.TLS.Mode)
	}
}

// certificate examines a certificate that the configuration names.
func (d *doctor) certificate() {
	if d.cfg.TLS.Mode != TLSFiles {
		return
	}
	pair, err := tls.LoadX509KeyPair(d.cfg.TLS.Cert, d.cfg.TLS.Key)
	if err != nil {
		d.fail("sertifikat", err.Error(), "Periksa tls.cert dan tls.key.")
		return
	}
	if left := pair.Leaf.NotAfter.Sub(d.deps.Clock.Now()); left < 14*24*time.Hour {
		d.fail("sertifikat", "Berlaku sampai "+pair.Leaf.NotAfter.Format(time.DateOnly)+".", "Perbarui sertifikat.")
		return
	}
	d.fine("sertifikat", "berlaku sampai %s", pair.Leaf.NotAfter.Format(time.DateOnly))
}

func (d *doctor) outbound(ctx context.Context) {
	if d.cfg.Outbound == OutboundOff {
		d.look("kiriman keluar", "Dimatikan oleh konfigurasi: warga tidak menerima kabar.", "Setel outbound = \"on\" bila sudah siap.")
		return
	}
	s, err := backup.OpenSnapshot(ctx, d.cfg.Database)
	if err != nil {
		d.fine("kiriman keluar", "menyala")
		return
	}
	defer s.Close()
	stopped, err := s.Stopped(ctx)
	if err == nil && len(stopped) > 0 {
		d.look("kiriman keluar", "Berhenti sejak pemulihan cadangan, untuk daerah "+strings.Join(stopped, ", ")+".", "Pastikan sistem asal sudah mati, lalu: tanggap serve --outbound=resume")
		return
	}
	d.fine("kiriman keluar", "menyala")
}
