package region

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

// What became of a row.
const (
	Added   = "added"
	Dropped = "dropped"
	Changed = "changed"
)

// Change is one difference between two versions of a pack.
type Change struct {
	File     string
	Key      string // code of the row or name of the field
	Kind     string // Added, Dropped or Changed
	Field    string // of a changed row, in lower case; "" where Key is the field
	Old, New string // of what changed, as written in the pack
}

func (c Change) String() string {
	form := "%s menjadi %s"
	if c.File == fileTextID || c.File == fileTextEN {
		form = "%q menjadi %q"
	}
	words := map[string]string{Added: "ditambahkan", Dropped: "dihapus", Changed: fmt.Sprintf(form, c.Old, c.New)}[c.Kind]
	if c.Field != "" {
		words = c.Field + ": " + words
	}
	return c.File + ": " + c.Key + ": " + words
}

// Diff lists what changes from a to b, in the order of files. Seed messages are
// only counted.
func Diff(a, b *Pack) []Change {
	var out []Change
	out = append(out, fields(fileRegion, "", a.Identity, b.Identity)...)
	out = append(out, rows(fileAreas, a.Areas, b.Areas, func(x Area) string { return x.Code })...)
	out = append(out, rows(fileLandmarks, a.Landmarks, b.Landmarks, func(x Landmark) string { return x.Name + "|" + x.Area })...)
	out = append(out, rows(fileUnits, a.Units, b.Units, func(x Unit) string { return x.Code })...)
	out = append(out, rows(fileDuty, a.Duty, b.Duty, func(x Duty) string {
		return fmt.Sprintf("%s|%d|%s|%s|%s", x.Unit, x.Order, x.Officer, x.Weekdays, x.From)
	})...)
	out = append(out, rows(fileServices, a.Services, b.Services, func(x Service) string { return x.Code })...)
	out = append(out, rows(fileRoutes, a.Routes, b.Routes, func(x Route) string { return x.Service + "|" + x.Area })...)
	out = append(out, rows(fileRules, a.Rules, b.Rules, func(x Rule) string { return x.Code + "|" + x.From.Format(time.DateOnly) })...)
	out = append(out, rows(fileCalendar, a.Holidays, b.Holidays, func(x Holiday) string { return x.Date })...)
	out = append(out, rows(fileEmergency, a.Emergency, b.Emergency, func(x EmergencyWord) string {
		return x.Phrase + "|" + x.Kind + "|" + x.Group
	})...)
	out = append(out, rows(fileBoundaries, a.Boundaries, b.Boundaries, func(x Boundary) string { return x.Area })...)
	for _, key := range TextKeys() {
		for _, text := range []struct{ lang, file string }{{"id", fileTextID}, {"en", fileTextEN}} {
			if old, now := a.Texts[key][text.lang], b.Texts[key][text.lang]; old != now {
				out = append(out, Change{File: text.file, Key: key, Kind: Changed, Old: old, New: now})
			}
		}
	}
	if old, now := len(a.Seeds), len(b.Seeds); old != now || !reflect.DeepEqual(a.Seeds, b.Seeds) {
		out = append(out, Change{File: fileSeed, Key: "text", Kind: Changed, Old: written(old), New: written(now)})
	}
	return out
}

// rows compares two tables by key.
func rows[T any](file string, a, b []T, key func(T) string) []Change {
	var out []Change
	for _, x := range a {
		y, ok := find(b, func(y T) bool { return key(y) == key(x) })
		if !ok {
			out = append(out, Change{File: file, Key: key(x), Kind: Dropped})
			continue
		}
		out = append(out, fields(file, key(x), x, y)...)
	}
	for _, y := range b {
		if _, ok := find(a, func(x T) bool { return key(x) == key(y) }); !ok {
			out = append(out, Change{File: file, Key: key(y), Kind: Added})
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
		name := column(x.Type().Field(i))
		c := Change{File: file, Key: key, Kind: Changed, Field: name, Old: written(old), New: written(now)}
		if key == "" {
			c.Key, c.Field = name, ""
		}
		out = append(out, c)
	}
	return out
}

// column is the name under which a field stands in the pack's files.
func column(f reflect.StructField) string {
	if name := f.Tag.Get("toml"); name != "" {
		return name
	}
	switch f.Name {
	case "NameEn":
		return "name_en"
	case "HelpEn":
		return "help_en"
	}
	return strings.ToLower(f.Name)
}

// written is a value as it stands in the pack's files.
func written(v any) string {
	switch x := v.(type) {
	case bool:
		if x {
			return "ya"
		}
		return "tidak"
	case time.Time:
		return x.Format(time.DateOnly)
	case []string:
		return strings.Join(x, "|")
	case orb.MultiPolygon:
		return fmt.Sprintf("bidang dengan %d titik", points(x))
	}
	return fmt.Sprintf("%v", v)
}
