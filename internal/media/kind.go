package media

import (
	"bytes"
	"strings"

	"tanggap/internal/tanggap"
)

// Kind groups file types by what an officer does with them.
type Kind string

const (
	Image    Kind = "image"
	Audio    Kind = "audio"
	Video    Kind = "video"
	Document Kind = "document"
)

// format is one allowed type of file.
type format struct {
	kind Kind
	mime string
	ext  string
	max  int // bytes
}

const mib = 1 << 20

// The caps on sound and video are those of WhatsApp; a photo straight from a
// telephone's camera stays below 20 MiB, a scanned document below 25 MiB.
var (
	jpegFormat = format{Image, "image/jpeg", ".jpg", 20 * mib}
	pngFormat  = format{Image, "image/png", ".png", 20 * mib}
	webpFormat = format{Image, "image/webp", ".webp", 20 * mib}
	pdfFormat  = format{Document, "application/pdf", ".pdf", 25 * mib}
	opusFormat = format{Audio, "audio/ogg", ".ogg", 16 * mib}
	aacFormat  = format{Audio, "audio/aac", ".aac", 16 * mib}
	amrFormat  = format{Audio, "audio/amr", ".amr", 16 * mib}
	mp3Format  = format{Audio, "audio/mpeg", ".mp3", 16 * mib}
	m4aFormat  = format{Audio, "audio/mp4", ".m4a", 16 * mib}
	mp4Format  = format{Video, "video/mp4", ".mp4", 16 * mib}
	gp3Format  = format{Video, "video/3gpp", ".3gp", 16 * mib}
)

// MaxSize is the size in bytes above which no file is accepted, whatever its type.
const MaxSize = 25 * mib

// sniff names the type of data by its first bytes.
func sniff(data []byte) (format, error) {
	begins := func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }
	at := func(i int, magic string) bool { return len(data) >= i && bytes.HasPrefix(data[i:], []byte(magic)) }
	switch {
	case begins("\xff\xd8\xff"):
		return jpegFormat, nil
	case begins("\x89PNG\r\n\x1a\n"):
		return pngFormat, nil
	case begins("RIFF") && at(8, "WEBP"):
		return webpFormat, nil
	case begins("%PDF-"):
		return pdfFormat, nil
	case begins("OggS") && bytes.Contains(data[:min(len(data), 64)], []byte("OpusHead")):
		return opusFormat, nil
	case begins("#!AMR\n"), begins("#!AMR-WB\n"):
		return amrFormat, nil
	case begins("ID3"), isMP3Frame(data):
		return mp3Format, nil
	case isADTSFrame(data):
		return aacFormat, nil
	case at(4, "ftyp") && len(data) >= 12:
		return sniffBrand(string(data[8:12]))
	}
	return format{}, tanggap.Errorf(tanggap.Invalid,
		"Jenis berkas ini tidak dapat diterima. Kirim foto (JPEG, PNG, WebP), PDF, rekaman suara, atau video MP4.")
}

// sniffBrand tells the members of the ISO base media family apart by major brand
// (ISO/IEC 14496-12 §4.3).
func sniffBrand(brand string) (format, error) {
	switch {
	case brand == "M4A " || brand == "M4B ":
		return m4aFormat, nil
	case strings.HasPrefix(brand, "3g"):
		return gp3Format, nil
	case strings.HasPrefix(brand, "iso"), strings.HasPrefix(brand, "mp4"),
		brand == "avc1", brand == "M4V ", brand == "MSNV", brand == "dash":
		return mp4Format, nil
	case strings.HasPrefix(brand, "hei"), strings.HasPrefix(brand, "hev"), brand == "mif1", brand == "msf1", brand == "avif":
		return format{}, tanggap.Errorf(tanggap.Invalid,
			"Foto HEIC/AVIF belum dapat dibaca. Kirim sebagai JPEG, atau kirim lewat WhatsApp sebagai foto biasa.")
	}
	return format{}, tanggap.Errorf(tanggap.Invalid, "Jenis video ini tidak dapat diterima. Kirim sebagai MP4.")
}

// isMP3Frame recognises an MPEG audio layer III frame header with real rates.
func isMP3Frame(d []byte) bool {
	return len(d) >= 4 && d[0] == 0xff && d[1]&0xe0 == 0xe0 && d[1]&0x18 != 0x08 && d[1]&0x06 == 0x02 &&
		d[2]>>4 != 0 && d[2]>>4 != 15 && d[2]&0x0c != 0x0c
}

// isADTSFrame recognises an AAC frame in ADTS framing (ISO/IEC 13818-7).
func isADTSFrame(d []byte) bool {
	return len(d) >= 7 && d[0] == 0xff && d[1]&0xf6 == 0xf0 && d[2]>>2&0x0f <= 12
}

func errTooLarge(max int) error {
	return tanggap.Errorf(tanggap.Invalid, "Berkas terlalu besar; paling besar %d MB.", max/mib)
}
