package web

import (
	"bytes"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/media"
	"tanggap/internal/store"
)

// sound puts a voice note into a case.
func (o *office) sound(c *store.Case, state string) string {
	o.t.Helper()
	said, err := o.Store.Messages(o.ctx, c.Region, c.ID)
	o.must(err)
	a := &store.Attachment{Region: c.Region, CaseID: c.ID, MessageID: said[0].ID, CitizenID: c.CitizenID, State: state,
		Kind: "audio", MIME: "audio/ogg", Size: 8, Blob: media.NewKey(), Source: `{"ID":"m"}`, Reason: "penyedia tidak memiliki berkas ini"}
	o.must(o.Store.AddAttachment(o.ctx, a))
	sealed, err := o.Store.SealBlob(o.ctx, a, a.Blob, []byte("OggSOpus"))
	o.must(err)
	o.must(o.Media.Put(o.ctx, a.Blob, bytes.NewReader(sealed)))
	return a.ID
}

func TestVoiceNote(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		id := o.sound(o.dlh, store.AttachmentStored)
		v, file := o.as("dlh"), "/kasus/"+o.dlh.ID+"/berkas/"
		v.get("/kotak-masuk").is(200).says("Perlu didengar")
		p := v.get("/kasus/"+o.dlh.ID).is(200).says("<audio", file+id, "Perlu didengar", "Tulis apa yang terdengar")
		if got := p.header.Get("Content-Security-Policy"); !bytes.Contains([]byte(got), []byte("media-src 'self'")) {
			t.Error(got)
		}
		if got := v.get(file + id).is(200); got.body != "OggSOpus" || got.header.Get("Accept-Ranges") != "bytes" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q %v", got.body, got.header)
		}
		v.on(o, o.dlh, "berkas/"+id+"/dengar", "teks", " ").is(422).says("Tulis apa yang terdengar sebelum menyimpan")
		v.post(file+id+"/dengar", "versi", "0", "tab", "catatan", "teks", "pagar roboh").is(409).says("pagar roboh", `id="tab-catatan" value="catatan" checked`)
		v.on(o, o.dlh, "berkas/"+id+"/dengar", "teks", "Pagar sekolah roboh").is(200).says("Pagar sekolah roboh", "Tidak terlihat warga").hides("Perlu didengar")
		v.get("/kotak-masuk").is(200).hides("Perlu didengar")
		// A file of another case is not there, whoever asks.
		o.as("koord").on(o, o.dlh, "berkas/"+o.far+"/dengar", "teks", "x").is(404)
		o.as("wali").get("/kasus/" + o.dlh.ID).is(200).hides("<audio")
	})
}

func TestLostFileIsFetchedAgain(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	id := o.sound(o.dlh, store.AttachmentRefused)
	v, file := o.as("dlh"), "/kasus/"+o.dlh.ID+"/berkas/"
	v.get("/kasus/"+o.dlh.ID).is(200).says("penyedia tidak memiliki berkas ini", "Ambil lagi").hides("<audio")
	v.post(file+id+"/ulang").is(200).says("diminta lagi", "meminta berkas lagi")
	a, err := o.Store.Attachment(o.ctx, apptest.Region, id)
	if o.must(err); a.State != store.AttachmentPending {
		t.Error(a.State)
	}
	v.post(file + id + "/ulang").is(409)
	v.post(file + o.far + "/ulang").is(404)
}
