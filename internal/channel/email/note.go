package email

import (
	"fmt"
	"slices"
	"strings"
)

// What an officer is told about how a mail was read. The words stand with the mail
// for ever and are read by officers only, who work in Indonesian.
const (
	noteForward    = "Isi surel ini diteruskan dari surel lain; pelapor sebenarnya mungkin penulis surel itu."
	noteForwarded  = "Surel ini memuat surel terusan; penulis surel itu mungkin ikut berkepentingan."
	noteReplyTo    = "Pengirim meminta balasan ke alamat lain; balasan tetap dikirim ke alamat pengirim."
	noteEmpty      = "Surel ini tidak berisi kata-kata."
	noteOnlyQuote  = "Surel ini hanya berisi kutipan."
	noteTooLong    = "Teks surel ini terlalu panjang dan dipotong."
	noteCut        = "Surel ini terlalu besar; hanya bagian awalnya yang diambil dari kotak surat."
	noteTooMany    = "Surel ini terdiri atas terlalu banyak bagian; sebagian tidak dibaca."
	noteTooDeep    = "Surel ini bersarang terlalu dalam; sebagian tidak dibaca."
	noteHeader     = "Kepala surel ini terlalu panjang; sebagian tidak dibaca."
	noteTNEF       = "Lampiran winmail.dat (format Outlook) tidak dapat dibuka; minta pengirim mengirim ulang sebagai lampiran biasa."
	noteCalendar   = "Surel ini memuat undangan kalender."
	noteEncrypted  = "Surel ini terenkripsi dan tidak dapat dibaca."
	noteReport     = "Laporan pengiriman surel yang tidak dapat dipahami."
	noteTextFile   = "Teks diambil dari berkas lampiran."
	noteTinyImages = "Gambar kecil dalam surel (tanda tangan atau hiasan) tidak diambil."
	noteRefused    = "Lampiran tidak diterima: %s."
	noteTooManyOf  = "Lebih dari %d lampiran; sisanya tidak diambil: %s."
)

// maxNamed is how many files a note names.
const maxNamed = 10

// notes collects sentences, each once.
type notes struct{ said []string }

func (n *notes) add(note string) {
	if !slices.Contains(n.said, note) {
		n.said = append(n.said, note)
	}
}

func (n *notes) when(condition bool, note string) {
	if condition {
		n.add(note)
	}
}

// names lists files by name, the first few of them.
func names(files []string) string {
	if len(files) > maxNamed {
		return strings.Join(files[:maxNamed], ", ") + fmt.Sprintf(", dan %d lainnya", len(files)-maxNamed)
	}
	return strings.Join(files, ", ")
}

func (n *notes) String() string { return strings.Join(n.said, " ") }
