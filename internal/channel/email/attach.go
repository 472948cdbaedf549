package email

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/sandbox"
	"tanggap/internal/tanggap"
)

// fileType is a type of file that is taken from a mail; whether it is kept decides
// package media by its content.
type fileType struct {
	kind channel.MessageKind
	mime string
}

var byExtension = map[string]fileType{
	".jpg": {channel.Image, "image/jpeg"}, ".jpeg": {channel.Image, "image/jpeg"}, ".jpe": {channel.Image, "image/jpeg"},
	".jfif": {channel.Image, "image/jpeg"}, ".png": {channel.Image, "image/png"}, ".webp": {channel.Image, "image/webp"},
	".heic": {channel.Image, "image/heic"}, ".heif": {channel.Image, "image/heif"},
	".pdf": {channel.Document, "application/pdf"},
	".ogg": {channel.Audio, "audio/ogg"}, ".oga": {channel.Audio, "audio/ogg"}, ".opus": {channel.Audio, "audio/ogg"},
	".aac": {channel.Audio, "audio/aac"}, ".amr": {channel.Audio, "audio/amr"}, ".mp3": {channel.Audio, "audio/mpeg"},
	".m4a": {channel.Audio, "audio/mp4"}, ".mp4": {channel.Video, "video/mp4"}, ".m4v": {channel.Video, "video/mp4"},
	".3gp":  {channel.Video, "video/3gpp"},
	".doc":  {channel.Document, "application/msword"},
	".docx": {channel.Document, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	".xls":  {channel.Document, "application/vnd.ms-excel"},
	".xlsx": {channel.Document, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	".odt":  {channel.Document, "application/vnd.oasis.opendocument.text"},
	".ods":  {channel.Document, "application/vnd.oasis.opendocument.spreadsheet"},
}

// byMIME has also the spellings that are in use besides the registered ones.
var byMIME = func() map[string]fileType {
	m := map[string]fileType{
		"image/jpg": byExtension[".jpg"], "image/pjpeg": byExtension[".jpg"], "application/x-pdf": byExtension[".pdf"],
		"audio/mp3": byExtension[".mp3"], "audio/x-m4a": byExtension[".m4a"], "audio/opus": byExtension[".opus"],
	}
	for _, f := range byExtension {
		m[f.mime] = f
	}
	return m
}()

// fileType decides by the name's last extension, and by the declared type where the
// name has none: a name that lies about its type is refused rather than believed.
func (p *part) fileType() (fileType, bool) {
	if ext := strings.ToLower(path.Ext(p.filename)); ext != "" && len(ext) <= 6 {
		f, ok := byExtension[ext]
		return f, ok
	}
	f, ok := byMIME[p.typ]
	return f, ok
}

// tinyImage is below how many encoded bytes an image inside the text is taken for
// decoration.
const tinyImage = 8 << 10

// files picks what is attached, but for the file that was read as words, and notes
// what is not taken.
func files(t *tree, read *part, mail string, n *notes) (media []channel.Media, kind channel.MessageKind) {
	var refused, beyond []string
	for _, p := range t.parts {
		if len(p.parts) > 0 || !p.attached() || p == read || p.typ == "text/x-amp-html" { // the last repeats the words
			continue
		}
		name := first(p.filename, p.typ)
		f, wanted := p.fileType()
		switch {
		case p.typ == "application/ms-tnef" || strings.EqualFold(p.filename, "winmail.dat"):
			n.add(noteTNEF)
		case p.typ == "text/calendar" || strings.HasSuffix(strings.ToLower(p.filename), ".ics"):
			n.add(noteCalendar)
		case p.typ == "application/pgp-encrypted" || p.typ == "application/pkcs7-mime" || p.typ == "application/x-pkcs7-mime":
			n.add(noteEncrypted)
		case p.typ == "application/pgp-signature" || p.typ == "application/pkcs7-signature" || p.typ == "application/x-pkcs7-signature":
			// A signature belongs to the words and is no file of the citizen's.
		case p.typ == "message/rfc822" || p.typ == "message/global" || strings.HasPrefix(p.typ, "multipart/"):
			// It lies beyond the caps, which a note tells.
		case t.root.typ == "multipart/report":
			// What a report carries, it carries for machines.
		case !wanted:
			refused = append(refused, name)
		case f.kind == channel.Image && p.contentID && p.disposition != "attachment" && len(p.body) < tinyImage:
			n.add(noteTinyImages)
		case len(media) == MaxMedia:
			beyond = append(beyond, name)
		default:
			media = append(media, channel.Media{ID: partID(p.index, mail), MIME: f.mime, Filename: p.filename})
			if kind == "" || f.kind == channel.Image {
				kind = f.kind
			}
		}
	}
	n.when(len(refused) > 0, fmt.Sprintf(noteRefused, names(refused)))
	n.when(len(beyond) > 0, fmt.Sprintf(noteTooManyOf, MaxMedia, names(beyond)))
	return media, kind
}

// partID names a file of a mail: "part:INDEX:EXTERNAL ID OF THE MAIL".
func partID(index int, mail string) string { return fmt.Sprintf("part:%d:%s", index, mail) }

// PartOf undoes it: the index of the part, and the external id of the item that
// holds it.
func PartOf(m channel.Media) (index int, mail string, ok bool) {
	rest, ok := strings.CutPrefix(m.ID, "part:")
	number, mail, ok2 := strings.Cut(rest, ":")
	index, err := strconv.Atoi(number)
	return index, mail, ok && ok2 && err == nil && index >= 0
}

// ExtractPart cuts a file out of a mail, by its index in the walk. Its errors are
// tanggap.NotFound and, if it holds more than limit bytes, tanggap.Invalid.
func ExtractPart(raw []byte, index int, limit int64) (data []byte, filename, mime string, err error) {
	if len(raw) > MaxRaw {
		return nil, "", "", tanggap.Errorf(tanggap.Invalid, "Surel terlalu besar; paling besar %d MB.", MaxRaw>>20)
	}
	t := walk(raw)
	if index < 0 || index >= len(t.parts) || len(t.parts[index].parts) > 0 {
		return nil, "", "", tanggap.Errorf(tanggap.NotFound, "Lampiran tidak ada dalam surel.")
	}
	p := t.parts[index]
	data, cut := p.decode(int(min(limit, MaxRaw)))
	if cut {
		return nil, "", "", tanggap.Errorf(tanggap.Invalid, "Berkas terlalu besar; paling besar %d MB.", limit>>20)
	}
	f, ok := p.fileType()
	if !ok {
		f.mime = p.typ
	}
	return data, p.filename, f.mime, nil
}

// Files fetches the files of mails out of their stored bytes.
type Files struct {
	// Raw returns the mail that m came with; PartOf names it.
	Raw     func(ctx context.Context, m channel.Media) ([]byte, error)
	Sandbox *sandbox.Pool // nil cuts in this process
}

var _ channel.Fetcher = Files{}

type partQuery struct {
	Index int
	Limit int64
}

type partAnswer struct{ Filename, MIME string }

// Fetch implements channel.Fetcher. A file that is not there, or too large, is a
// *channel.SendError with FaultMessage: no repetition helps.
func (f Files) Fetch(ctx context.Context, m channel.Media, limit int64) ([]byte, string, error) {
	index, _, ok := PartOf(m)
	if !ok {
		return nil, "", &channel.SendError{Fault: channel.FaultMessage, Detail: "no part of a mail"}
	}
	raw, err := f.Raw(ctx, m)
	if err != nil {
		return nil, "", err
	}
	data, mime, err := f.extract(ctx, raw, partQuery{index, limit})
	if code := tanggap.CodeOf(err); code == tanggap.NotFound || code == tanggap.Invalid {
		return nil, "", &channel.SendError{Fault: channel.FaultMessage, Detail: err.Error()}
	}
	return data, mime, err
}

func (f Files) extract(ctx context.Context, raw []byte, q partQuery) ([]byte, string, error) {
	if f.Sandbox == nil {
		data, _, mime, err := ExtractPart(raw, q.Index, q.Limit)
		return data, mime, err
	}
	input, err := sandbox.Pack(q, raw)
	if err != nil {
		return nil, "", err
	}
	answer, err := f.Sandbox.Call(ctx, partName, input)
	if err != nil {
		return nil, "", err
	}
	var a partAnswer
	data, err := sandbox.Unpack(answer, &a)
	return data, a.MIME, err
}
