package view

import "time"

// Task is what somebody is asked to do about a case, or without CaseID a unit about a
// figure. Kind is disposition, explanation or outside.
type Task struct {
	ID, Kind, From, Outside   string
	Words, Answer, AnsweredBy string
	CaseID, Number, Title     string
	Unit                      string
	Page                      string // where the figure stands, "" if nowhere
	Due                       time.Time
	Accepted, Done            *time.Time
	Late, Open, Mine          bool
	CanAnswer                 bool // here, about a figure
}

// Tasks is the page "tasks" at /tugas.
type Tasks struct {
	Base
	Waiting, Done []Task
	Ask           string // where a unit is asked about a figure, "" for those who do not ask
}

// Ask is the page "ask" at /tugas/baru. Field ids: unit, perihal, tugas, hari.
type Ask struct {
	Base
	Units, Days              []Option
	Kind, About, Page, Words string
}

// Outside is the page "outside" at /bantu/{token}: for hands that have no account. Field
// ids: jawaban, foto.
type Outside struct {
	Base
	Token, Number, Service, Area, Unit string
	For, Words, Draft                  string
	Due                                time.Time
	Accepted, Done                     *time.Time
}
