package region

import (
	"slices"

	"tanggap/internal/tanggap"
)

// ColumnKind says what the cells of a column hold.
type ColumnKind string

const (
	Words  ColumnKind = "words"
	Code   ColumnKind = "code"
	Choice ColumnKind = "choice" // one of Column.Choices
	YesNo  ColumnKind = "yes"    // ya or tidak
	Count  ColumnKind = "count"  // a whole number
	List   ColumnKind = "list"   // parts divided by "|"
	Ref    ColumnKind = "ref"    // a code of the table Column.Ref, or one of Column.Choices
	Day    ColumnKind = "day"    // 2006-01-02
	Week   ColumnKind = "week"   // a name of Identity.Hours
)

// Column is one column of a table of a pack.
type Column struct {
	Name     string
	Kind     ColumnKind
	Choices  []string
	Ref      string
	Need     bool // no cell may be empty
	Optional bool // may be missing from the file: older packs do not have it
}

// Table is one table of a pack: its file, its columns, and those that name a row.
type Table struct {
	Name    string // e.g. "units"
	File    string
	Key     []string // columns that together name a row
	Columns []Column
	Private bool // its keys hold words about people and stand in no event
}

// Column returns the column with this name.
func (t Table) Column(name string) (Column, bool) {
	return find(t.Columns, func(c Column) bool { return c.Name == name })
}

const (
	TableAreas     = "areas"
	TableLandmarks = "landmarks"
	TableUnits     = "units"
	TableDuty      = "duty"
	TableServices  = "services"
	TableRoutes    = "routes"
	TableRules     = "rules"
	TableCalendar  = "calendar"
	TableEmergency = "emergency"
	TableSeed      = "seed"
)

// Tables are the tables of a pack that people edit, in the order in which they are read.
var Tables = []Table{
	{Name: TableAreas, File: fileAreas, Key: []string{"code"}, Columns: []Column{
		{Name: "code", Kind: Words, Need: true}, {Name: "name", Kind: Words, Need: true},
		{Name: "kind", Kind: Choice, Choices: []string{"kecamatan", "distrik", "kelurahan", "desa", "gampong", "nagari"}},
		{Name: "parent", Kind: Ref, Ref: TableAreas}, {Name: "aliases", Kind: List}, {Name: "ambiguous", Kind: YesNo}, {Name: "population", Kind: Count}}},
	{Name: TableLandmarks, File: fileLandmarks, Key: []string{"name", "area"}, Columns: []Column{
		{Name: "name", Kind: Words, Need: true}, {Name: "aliases", Kind: List}, {Name: "area", Kind: Ref, Ref: TableAreas, Need: true},
		{Name: "source", Kind: Words, Need: true}, {Name: "verified", Kind: YesNo}}},
	{Name: TableUnits, File: fileUnits, Key: []string{"code"}, Columns: []Column{
		{Name: "code", Kind: Code, Need: true}, {Name: "name", Kind: Words, Need: true}, {Name: "short", Kind: Words, Need: true},
		{Name: "kind", Kind: Choice, Choices: []string{"opd", "kecamatan", "kelurahan", "desa", "rs", "bumd", "external", "desk"}},
		{Name: "area", Kind: Ref, Ref: TableAreas}, {Name: "hours", Kind: Week, Need: true}, {Name: "phone", Kind: Words}, {Name: "email", Kind: Words},
		{Name: "verified", Kind: YesNo}, {Name: "does", Kind: Words}, {Name: "retired", Kind: YesNo, Optional: true}, {Name: "into", Kind: Ref, Ref: TableUnits, Optional: true}}},
	{Name: TableDuty, File: fileDuty, Key: []string{"unit", "order", "officer", "weekdays", "from"}, Private: true, Columns: []Column{
		{Name: "unit", Kind: Ref, Ref: TableUnits, Need: true}, {Name: "order", Kind: Count}, {Name: "officer", Kind: Words, Need: true},
		{Name: "weekdays", Kind: Words, Need: true}, {Name: "from", Kind: Words}, {Name: "to", Kind: Words}}},
	{Name: TableServices, File: fileServices, Key: []string{"code"}, Columns: []Column{
		{Name: "code", Kind: Code, Need: true}, {Name: "name", Kind: Words, Need: true}, {Name: "name_en", Kind: Words, Need: true},
		{Name: "kind", Kind: Choice, Choices: []string{string(tanggap.KindService), string(tanggap.KindComplaint), string(tanggap.KindInformation), string(tanggap.KindAspiration)}},
		{Name: "urgency", Kind: Choice, Choices: []string{"1", "2", "3"}},
		{Name: "automation", Kind: Choice, Choices: []string{string(Suggest), string(AutoUndo), string(Auto)}},
		{Name: "secret", Kind: YesNo}, {Name: "judges", Kind: YesNo}, {Name: "external", Kind: YesNo}, {Name: "technical", Kind: YesNo},
		{Name: "rule", Kind: Ref, Ref: TableRules}, {Name: "target", Kind: Ref, Ref: TableRules}, {Name: "field", Kind: YesNo},
		{Name: "evidence", Kind: YesNo, Optional: true}, {Name: "check", Kind: YesNo, Optional: true}, {Name: "keywords", Kind: List},
		{Name: "help", Kind: Words}, {Name: "help_en", Kind: Words}, {Name: "retired", Kind: YesNo, Optional: true}, {Name: "into", Kind: Ref, Ref: TableServices, Optional: true}}},
	{Name: TableRoutes, File: fileRoutes, Key: []string{"service", "area"}, Columns: []Column{
		{Name: "service", Kind: Ref, Ref: TableServices, Choices: []string{anything}, Need: true},
		{Name: "area", Kind: Ref, Ref: TableAreas, Choices: []string{anything, levelVillage, levelDesa, levelDistrict}, Need: true},
		{Name: "unit", Kind: Ref, Ref: TableUnits, Choices: []string{"@" + levelVillage, "@" + levelDistrict}, Need: true},
		{Name: "also", Kind: List}, {Name: "note", Kind: Words}}},
	{Name: TableRules, File: fileRules, Key: []string{"code", "from"}, Columns: []Column{
		{Name: "code", Kind: Words, Need: true}, {Name: "name", Kind: Words, Need: true}, {Name: "amount", Kind: Count},
		{Name: "unit", Kind: Choice, Choices: []string{"working_day", "calendar_day", "hour"}}, {Name: "basis", Kind: Words, Need: true},
		{Name: "verified", Kind: YesNo}, {Name: "from", Kind: Day, Need: true}, {Name: "promise", Kind: YesNo}}},
	{Name: TableCalendar, File: fileCalendar, Key: []string{"date"}, Columns: []Column{
		{Name: "date", Kind: Day, Need: true}, {Name: "name", Kind: Words, Need: true}, {Name: "kind", Kind: Choice, Choices: []string{"national", "joint", "local", "election"}},
		{Name: "status", Kind: Choice, Choices: []string{"official", "estimated"}}, {Name: "source", Kind: Words, Need: true}}},
	{Name: TableEmergency, File: fileEmergency, Key: []string{"phrase", "kind", "group"}, Columns: []Column{
		{Name: "phrase", Kind: Words, Need: true}, {Name: "kind", Kind: Choice, Choices: []string{"sign", "cancel"}}, {Name: "group", Kind: Words, Need: true},
		{Name: "service", Kind: Ref, Ref: TableServices}, {Name: "note", Kind: Words}}},
	{Name: TableSeed, File: fileSeed, Key: []string{"text"}, Private: true, Columns: []Column{
		{Name: "text", Kind: Words, Need: true}, {Name: "service", Kind: Ref, Ref: TableServices, Need: true}, {Name: "voice", Kind: Words, Need: true}}},
}

// composed is the table of synthetic messages, which a program writes and nobody edits.
var composed = Table{Name: "composed", File: fileComposed, Columns: []Column{
	{Name: "text", Kind: Words, Need: true}, {Name: "service", Kind: Words, Need: true}, {Name: "voice", Kind: Words, Need: true}, {Name: "core", Kind: Words, Need: true}}}

// TableOf returns the table with this name.
func TableOf(name string) (Table, bool) {
	return find(Tables, func(t Table) bool { return t.Name == name })
}

// tableOf returns the table of a file.
func tableOf(file string) Table {
	if file == fileComposed {
		return composed
	}
	t, _ := find(Tables, func(t Table) bool { return t.File == file })
	return t
}

func (t Table) names() (all, needed []string) {
	for _, c := range t.Columns {
		all = append(all, c.Name)
		if !c.Optional {
			needed = append(needed, c.Name)
		}
	}
	return all, needed
}

// Keyed reports whether a column helps to name a row.
func (t Table) Keyed(column string) bool { return slices.Contains(t.Key, column) }
