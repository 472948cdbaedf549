package region

import (
	"fmt"
	"reflect"
	"strings"
)

// Change is one difference between two versions of a pack, in words.
type Change struct {
	File  string
	Key   string // code of the row or name of the field
	Words string // Indonesian, e.g. "target: T-3HK menjadi T-2HK"
}

func (c Change) String() string { return c.File + ": " + c.Key + ": " + c.Words }

// Diff lists what changes from a to b, in the order of files. Seed messages are
// only counted.
func Diff(a, b *Pack) []Change {
	var out []Change
	out = append(out, fields(fileRegion, "", a.Identity, b.Identity)...)
	out = append(out, rows(fileAreas, a.Areas, b.Areas, func(x Area) string { return x.Code })...)
	out = append(out, rows(fileLandmarks, a.Landmarks, b.Landmarks, func(x Landmark) string { return x.Name })...)
	out = append(out, rows(fileUnits, a.Units, b.Units, func(x Unit) string { return x.Code })...)
	out = append(out, rows(fileDuty, a.Duty, b.Duty, func(x Duty) string {
		return fmt.Sprintf("%s %s %s %s", x.Unit, x.Officer, x.Weekdays, x.From)
	})...)
	out = append(out, rows(fileServices, a.Services, b.Services, func(x Service) string { return x.Code })...)
	out = append(out, rows(fileRoutes, a.Routes, b.Routes, func(x Route) string { return x.Service + " " + x.Area })...)
	out = append(out, rows(fileRules, a.Rules, b.Rules, func(x Rule) string { return x.Code + " " + x.From.Format("2006-01-02") })...)
	out = append(out, rows(fileCalendar, a.Holidays, b.Holidays, func(x Holiday) string { return x.Date })...)
	out = append(out, rows(fileEmergency, a.Emergency, b.Emergency, func(x EmergencyWord) string {
		return x.Kind + " " + x.Group + " " + x.Phrase
	})...)
	for _, key := range TextKeys() {
		for _, text := range []struct{ lang, file string }{{"id", fileTextID}, {"en", fileTextEN}} {
			if old, now := a.Texts[key][text.lang], b.Texts[key][text.lang]; old != now {
				out = append(out, Change{text.file, key, fmt.Sprintf("%q menjadi %q", old, now)})
			}
		}
	}
	if old, now := len(a.Seeds), len(b.Seeds); old != now || !reflect.DeepEqual(a.Seeds, b.Seeds) {
		out = append(out, Change{fileSeed, "text", fmt.Sprintf("contoh pesan diganti: %d menjadi %d", old, now)})
	}
	return out
}

// rows compares two tables by key.
func rows[T any](file string, a, b []T, key func(T) string) []Change {
	var out []Change
	for _, x := range a {
		y, ok := find(b, func(y T) bool { return key(y) == key(x) })
		if !ok {
			out = append(out, Change{file, key(x), "dihapus"})
			continue
		}
		out = append(out, fields(file, key(x), x, y)...)
	}
	for _, y := range b {
		if _, ok := find(a, func(x T) bool { return key(x) == key(y) }); !ok {
			out = append(out, Change{file, key(y), "ditambahkan"})
		}
	}
	return out
}

// fields compares two structs field by field; key "" means each field is its own key.
func fields(file, key string, a, b any) []Change {
	var out []Change
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		old, now := x.Field(i).Interface(), y.Field(i).Interface()
		if reflect.DeepEqual(old, now) {
			continue
		}
		name := strings.ToLower(x.Type().Field(i).Name)
		words := fmt.Sprintf("%v menjadi %v", old, now)
		if key == "" {
			out = append(out, Change{file, name, words})
		} else {
			out = append(out, Change{file, key, name + ": " + words})
		}
	}
	return out
}
