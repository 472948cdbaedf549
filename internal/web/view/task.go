package view

import "time"

// Task is what somebody is asked to do about a case. Kind is disposition, explanation or
// outside.
type Task struct {
	ID, Kind, From, Outside   string
	Words, Answer, AnsweredBy string
	CaseID, Number, Title     string
	Unit                      string
	Due                       time.Time
	Accepted, Done            *time.Time
	Late, Open, Mine          bool
}

// Tasks is the page "tasks" at /tugas.
type Tasks struct {
	Base
	Waiting, Done []Task
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
