package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const wordsPath = settingsPath + "/teks"

// packWords lists the region's texts, and with ?kunci= one of them in both languages.
func (s *Server) packWords(w http.ResponseWriter, r *http.Request) error {
	page, err := s.wordsPage(r, r.URL.Query().Get("kunci"), nil)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "pack.saved")}
	}
	return s.renderPrivate(w, r, http.StatusOK, "pack_words", page)
}

// wordsPage is the list of texts, or the form of one. typed replaces what stands in the
// draft, by language.
func (s *Server) wordsPage(r *http.Request, key string, typed map[string]string) (*view.PackWords, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.PackWords{Base: base, Find: text.Clean(r.URL.Query().Get("cari"), 100)}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return nil, err
	}
	page.Locked = page.Draft.Effective != nil
	p, problems := d.Files.Check(s.Clock.Now())
	if key == "" {
		for _, k := range region.TextKeys() {
			x := view.PackWordsRow{Key: k, Words: p.Texts[k]["id"], English: p.Texts[k]["en"] != ""}
			if find := strings.ToLower(page.Find); find == "" || strings.Contains(strings.ToLower(k+" "+x.Words+" "+p.Texts[k]["en"]), find) {
				page.Rows = append(page.Rows, x)
			}
		}
		return page, nil
	}
	if !slices.Contains(region.TextKeys(), key) {
		return nil, tanggap.Errorf(tanggap.NotFound, "teks ini tidak ada")
	}
	page.Key, page.Mark = key, mark(p, key)
	page.Needed, page.Allowed = region.Placeholders(key)
	for _, x := range problems {
		if x.Field == key && typed == nil {
			if x.Warning {
				page.Warnings = append(page.Warnings, x.Message)
			} else {
				page.Errors = append(page.Errors, view.FieldError{Field: textField(x.File), Message: x.Message})
			}
		}
	}
	example := map[string]string{}
	for _, name := range slices.Concat(page.Needed, page.Allowed) {
		if name != "region" && name != "emergency" {
			example[name] = s.View.T(v.lang, "example."+name)
		}
	}
	shown := region.Texts{key: {}}
	for _, lang := range view.Languages {
		words, ok := typed[lang]
		if !ok {
			words = p.Texts[key][lang]
		}
		shown[key][lang] = words
		sample := *p
		sample.Texts = shown
		page.Texts = append(page.Texts, view.PackText{Lang: lang, Field: "teks-" + lang, Words: words, Preview: sample.Text(lang, key, example), Length: len([]rune(words))})
	}
	return page, nil
}

// mark changes whenever somebody changes a text.
func mark(p *region.Pack, key string) string {
	return tanggap.HashToken(p.Texts[key]["id"] + "\x00" + p.Texts[key]["en"])[:16]
}

func textField(file string) string {
	return "teks-" + strings.TrimSuffix(strings.TrimPrefix(file, "texts/"), ".toml")
}

// packWordsSave changes a text of the draft, or with aksi=lihat only shows how it reads.
func (s *Server) packWordsSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, key := at(r), r.PostForm.Get("kunci")
	typed := map[string]string{}
	for _, lang := range view.Languages {
		typed[lang] = strings.TrimSpace(text.Clean(r.PostForm.Get("teks-"+lang), 20_000))
	}
	var wrong rowProblems
	err := error(nil)
	if r.PostForm.Get("aksi") != "lihat" {
		err = edition.Edit(r.Context(), s.Store, v.pack.Identity.Code, v.actor.ID, edition.Edited, map[string]any{"text": key}, func(f region.Files) error {
			before, _ := f.Check(s.Clock.Now())
			if mark(before, key) != r.PostForm.Get("sidik") {
				return tanggap.Errorf(tanggap.Conflict, "orang lain mengubah teks ini sejak Anda membukanya; tulisan Anda masih di bawah, bandingkan lalu simpan lagi")
			}
			for _, lang := range view.Languages {
				if typed[lang] == before.Texts[key][lang] {
					continue
				}
				if err := f.SetText(lang, key, typed[lang]); err != nil {
					return err
				}
			}
			var bad rowProblems
			_, problems := f.Check(s.Clock.Now())
			for _, x := range problems {
				if x.Field == key && !x.Warning {
					bad = append(bad, view.FieldError{Field: textField(x.File), Message: x.Message})
				}
			}
			if len(bad) > 0 {
				return bad
			}
			return nil
		})
		if err == nil {
			return s.redirect(w, r, wordsPath+"?kunci="+key+"&tersimpan")
		}
	}
	isWrong := errors.As(err, &wrong)
	if err != nil && !isWrong && statusOf(err) >= http.StatusInternalServerError {
		return err
	}
	page, readErr := s.wordsPage(r, key, typed)
	if readErr != nil {
		return readErr
	}
	status := http.StatusOK
	if isWrong {
		status = http.StatusUnprocessableEntity
	} else if err != nil {
		status = statusOf(err)
		page.Errors = append(page.Errors, errorOf(err, "teks-id"))
	}
	page.Errors = append(page.Errors, wrong...)
	return s.renderPrivate(w, r, status, "pack_words", page)
}
