package region

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Keys of the region's words. Every pack has all of them.
const (
	// What the citizen is told.
	TextGreeting          = "citizen.greeting"            // nothing but a greeting came
	TextReceived          = "citizen.received"            // a case was opened and has a unit
	TextReceivedTriage    = "citizen.received_triage"     // a case was opened, a person will place it
	TextReceivedSecret    = "citizen.received_secret"     // a case whose content few may see
	TextReceivedLinked    = "citizen.received_linked"     // a new case that follows an older one
	TextReceivedMail      = "citizen.received_mail"       // to an address that may be a stranger's
	TextAdded             = "citizen.added"               // words were added to an open case
	TextComputerNotice    = "citizen.computer_notice"     // read by a computer, checked by a person
	TextAnonymous         = "citizen.anonymous"           // the reporter's name is hidden
	TextOutOfHours        = "citizen.out_of_hours"        // when a person reads it
	TextEmergency         = "citizen.emergency"           // first answer to danger, with numbers
	TextEmergencyNoNumber = "citizen.emergency_no_number" // the same while no number is confirmed
	TextAskPlace          = "citizen.ask_place"
	TextAskPhoto          = "citizen.ask_photo"
	TextAskWhich          = "citizen.ask_which"      // pick the nearest of a list
	TextAskedByOfficer    = "citizen.asked"          // an officer's question; the clock pauses
	TextAskReminder       = "citizen.asked_reminder" // the question is still open
	TextTriage            = "citizen.triage"         // status changes
	TextAssigned          = "citizen.assigned"
	TextInProgress        = "citizen.in_progress"
	TextDueChanged        = "citizen.due_changed"
	TextOverdue           = "citizen.overdue"
	TextDelayed           = "citizen.delayed"            // why it runs late, and a new day
	TextObjected          = "citizen.objected"           // an objection is with a person
	TextObjectionAnswered = "citizen.objection_answered" // what that person says
	TextAnswered          = "citizen.answered"           // the unit's answer, with three buttons
	TextClosedConfirmed   = "citizen.closed_confirmed"
	TextClosedSilence     = "citizen.closed_silence"
	TextRate              = "citizen.rate"  // how satisfied, with four choices
	TextRated             = "citizen.rated" // and may say why
	TextRateThanks        = "citizen.rate_thanks"
	TextMine              = "citizen.mine"          // his own cases, and where the rest is
	TextDataAnswered      = "citizen.data_answered" // what became of a request about his data
	TextReopened          = "citizen.reopened"      // and asks what is still wrong
	TextExternal          = "citizen.external"
	TextRejected          = "citizen.rejected"
	TextMerged            = "citizen.merged"
	TextNews              = "citizen.news" // several cases of one citizen changed
	TextNewsLine          = "citizen.news_line"
	TextUnsupported       = "citizen.unsupported" // a kind of message nobody can read yet
	TextVoice             = "citizen.voice"       // a voice note is kept for an officer
	TextMediaFailed       = "citizen.media_failed"
	TextMediaTooLarge     = "citizen.media_too_large"
	TextConfirmContact    = "citizen.confirm_contact"
	TextContactConfirmed  = "citizen.contact_confirmed"
	TextContactChanged    = "citizen.contact_changed" // to the old contact, with a link to take it back
	TextCode              = "citizen.code"            // one-time code
	TextThanks            = "citizen.thanks"          // answer to thanks
	TextStatus            = "citizen.status"          // answer to "how far is it"
	TextStatusNone        = "citizen.status_none"
	TextOfficerCalled     = "citizen.officer_called" // asked for a person
	TextTooMany           = "citizen.too_many"
	TextStopped           = "citizen.stopped"   // asked not to be written to
	TextKept              = "citizen.kept"      // what could not be worked on is kept for an officer
	TextTell              = "citizen.tell"      // asked how to report
	TextNotOurs           = "citizen.not_ours"  // after the receipt: somebody else answers for it
	TextWithdrawn         = "citizen.withdrawn" // asked to take a report back
	TextEnough            = "citizen.enough"    // has nothing to add to a question
	TextPolite            = "citizen.polite"    // the one answer to mere abuse
	TextReporterAnonymous = "citizen.no_name"   // stands for the name of an anonymous reporter

	// What an officer is told who passes on what others wrote.
	ForwardAsk       = "forward.ask"
	ForwardNumber    = "forward.number"
	ForwardUnknown   = "forward.unknown" // no such case, or not his
	ForwardOpened    = "forward.opened"  // and asks who wrote it
	ForwardDanger    = "forward.danger"  // opened at once
	ForwardLate      = "forward.late"    // opened because nothing was chosen
	ForwardAdded     = "forward.added"
	ForwardCancelled = "forward.cancelled"
	ForwardContact   = "forward.contact" // one confirmation goes to the source
	ForwardNoContact = "forward.no_contact"
	ForwardBadNumber = "forward.bad_number"

	// Buttons; WhatsApp shows at most 20 characters.
	ButtonReport    = "button.report"
	ButtonCheck     = "button.check"
	ButtonOfficer   = "button.officer"
	ButtonSkipPhoto = "button.skip_photo"
	ButtonSolved    = "button.solved"
	ButtonUnsolved  = "button.unsolved"
	ButtonUnsure    = "button.unsure"
	ButtonOther     = "button.other"
	ButtonRate4     = "button.rate_4"
	ButtonRate3     = "button.rate_3"
	ButtonRate2     = "button.rate_2"
	ButtonRate1     = "button.rate_1"
	ButtonConfirm   = "button.confirm"
	ButtonAck       = "button.ack"

	ButtonForwardNew    = "button.forward_new"
	ButtonForwardAdd    = "button.forward_add"
	ButtonForwardCancel = "button.forward_cancel"
	ButtonForwardNobody = "button.forward_nobody"

	// What the officer is told.
	OfficerAlarm     = "officer.alarm"      // danger, with an acknowledge link
	OfficerAlarmNext = "officer.alarm_next" // the one before did not acknowledge
	OfficerAssigned  = "officer.assigned"
	OfficerReply     = "officer.reply" // the citizen wrote again
	OfficerReopened  = "officer.reopened"
	OfficerDueSoon   = "officer.due_soon"
	OfficerOverdue   = "officer.overdue"
	OfficerUnsealed  = "officer.unsealed" // somebody opened a closed case
	OfficerDigest    = "officer.digest"
	OfficerLine      = "officer.digest_line" // one case in a digest
	OfficerWarning   = "officer.warning"     // more came than was to be expected
	OfficerSilence   = "officer.silence"     // nothing came where something always comes
	OfficerBrief     = "officer.brief"       // a leader's morning
	OfficerReport    = "officer.report"      // a monthly report or planning book is published
	OfficerTest      = "officer.test"        // an administrator tries a channel
	OfficerAsked     = "officer.asked"       // a unit's head: what is asked about a figure
	OfficerExplained = "officer.explained"   // who asked: the unit's answer
	OfficerTask      = "officer.task"        // who has a case, and his head: a task about it
	OfficerTaskDone  = "officer.task_done"   // who gave it: it is answered
	OfficerNoted     = "officer.noted"       // who answered the brief: what was made of it
	OfficerWhich     = "officer.which"       // the same: whom he means is not clear

	// Subjects and foot of mails.
	SubjectReceived  = "mail.subject_received"
	SubjectUpdate    = "mail.subject_update"
	SubjectConfirm   = "mail.subject_confirm"
	SubjectCode      = "mail.subject_code"
	SubjectAlarm     = "mail.subject_alarm"
	SubjectOfficer   = "mail.subject_officer"
	SubjectUnsealed  = "mail.subject_unsealed"
	SubjectDigest    = "mail.subject_digest"
	SubjectWarning   = "mail.subject_warning"
	SubjectBrief     = "mail.subject_brief"
	SubjectReport    = "mail.subject_report"
	SubjectTest      = "mail.subject_test"
	SubjectAsked     = "mail.subject_asked"
	SubjectExplained = "mail.subject_explained"
	MailFoot         = "mail.foot"
)

// TextDraft and TextSteps are the keys, with a tanggap.Kind behind them, of the reply
// that an officer is offered and of what he does next, a line each. The steps of field,
// external and judges come behind those of the kind where the service is such a one.
const (
	TextDraft     = "draft."
	TextSteps     = "steps."
	StepsField    = "steps.field"
	StepsExternal = "steps.external"
	StepsJudges   = "steps.judges"
)

// TextState is the key of a state's name, e.g. state.in_progress.
const TextState = "state."

// ButtonLimit is the longest button a channel can show, in characters (WhatsApp
// Cloud API, reply buttons).
const ButtonLimit = 20

// TextLimit is the longest message of a channel, in characters (WhatsApp Cloud API).
const TextLimit = 4096

// Placeholders lists the names that a text must hold and those that it may.
func Placeholders(key string) (needed, allowed []string) {
	a, b, _ := strings.Cut(placeholders[key], "|")
	return strings.Fields(a), append(strings.Fields(b), "region", "emergency")
}

// placeholders lists for each key the words a caller always gives and, after the
// bar, those it may give. {region} and {emergency} are filled for every text.
var placeholders = map[string]string{
	TextGreeting: "", TextReceived: "number due link | time service unit opens", TextReceivedTriage: "number due link | time opens",
	TextReceivedSecret: "number due link | time unit", TextReceivedLinked: "number previous due link | time",
	TextReceivedMail: "number due link confirm",
	TextAdded:        "number link", TextComputerNotice: "", TextAnonymous: "", TextOutOfHours: "opens",
	TextEmergency: "", TextEmergencyNoNumber: "", TextAskPlace: "| service", TextAskPhoto: "", TextAskWhich: "",
	TextAskedByOfficer: "number question | link", TextAskReminder: "number question | link",
	TextTriage: "number | link", TextAssigned: "number unit | link due", TextInProgress: "number unit | link due",
	TextDueChanged: "number due | reason link", TextOverdue: "number | due unit link",
	TextDelayed: "number reason until | due unit link", TextObjected: "number due | link", TextObjectionAnswered: "number answer | unit link",
	TextAnswered: "number answer | unit link days", TextClosedConfirmed: "number | link days",
	TextClosedSilence: "number days | link", TextReopened: "number | link",
	TextRate: "| number link", TextRated: "survey | number", TextRateThanks: "| number", TextMine: "link | cases", TextDataAnswered: "answer link",
	TextExternal: "number to | link reference",
	TextRejected: "number reason | link days", TextMerged: "number into | link", TextNews: "count cases", TextNewsLine: "number status | due link unit", TextUnsupported: "| kind",
	TextVoice: "| number", TextMediaFailed: "", TextMediaTooLarge: "limit", TextConfirmContact: "link",
	TextContactConfirmed: "| number link", TextContactChanged: "number link", TextCode: "code minutes", TextThanks: "", TextStatus: "number status | due link unit",
	TextKept: "", TextTell: "", TextNotOurs: "unit", TextWithdrawn: "number | link", TextEnough: "number | link", TextPolite: "",
	TextStatusNone: "", TextOfficerCalled: "opens | number", TextTooMany: "", TextStopped: "", TextReporterAnonymous: "",

	ButtonReport: "", ButtonCheck: "", ButtonOfficer: "", ButtonSkipPhoto: "", ButtonSolved: "", ButtonUnsolved: "",
	ButtonUnsure: "", ButtonOther: "", ButtonRate4: "", ButtonRate3: "", ButtonRate2: "", ButtonRate1: "", ButtonConfirm: "", ButtonAck: "",
	ButtonForwardNew: "", ButtonForwardAdd: "", ButtonForwardCancel: "", ButtonForwardNobody: "",

	ForwardAsk: "", ForwardNumber: "", ForwardUnknown: "", ForwardOpened: "number link | due unit", ForwardDanger: "number link | unit", ForwardLate: "number link | unit",
	ForwardAdded: "number link", ForwardCancelled: "", ForwardContact: "number", ForwardNoContact: "number", ForwardBadNumber: "| number",

	OfficerAlarm: "number service link | place time", OfficerAlarmNext: "number service link | place time previous",
	OfficerAssigned: "number link | service place due", OfficerReply: "number link", OfficerReopened: "number link | service",
	OfficerDueSoon: "number due link | service", OfficerOverdue: "number due link | service",
	OfficerDigest: "count link | late today cases date", OfficerLine: "number | service place due", OfficerReport: "title link", OfficerTest: "| time",
	OfficerWarning: "what observed expected from link", OfficerSilence: "what from link", OfficerBrief: "date link | opened open late expected ontime matters",
	OfficerAsked: "from words due link | about unit", OfficerExplained: "unit answer link | from about words due",
	OfficerTask: "number due link | service", OfficerTaskDone: "number link | service",
	OfficerNoted: "unit due link | from about words", OfficerWhich: "link | about", SubjectAsked: "| from unit due about words link", SubjectExplained: "unit | from about due words link answer",
	OfficerUnsealed: "number officer until link", SubjectUnsealed: "number | officer until link",

	SubjectReceived: "number", SubjectUpdate: "number", SubjectConfirm: "", SubjectCode: "", SubjectAlarm: "number | service",
	SubjectOfficer: "number", SubjectDigest: "| count date", SubjectWarning: "what", SubjectBrief: "| date expected", SubjectReport: "title", SubjectTest: "", MailFoot: "",

	TextDraft + "layanan": "service | number unit due help", TextDraft + "pengaduan": "service | number unit due help",
	TextDraft + "informasi": "service | number unit due help", TextDraft + "aspirasi": "service | number unit due help",
	TextSteps + "layanan": "| help unit", TextSteps + "pengaduan": "| help unit", TextSteps + "informasi": "| help unit", TextSteps + "aspirasi": "| help unit",
	StepsField: "", StepsExternal: "| unit", StepsJudges: "",

	TextState + "received": "", TextState + "triage": "", TextState + "assigned": "", TextState + "in_progress": "",
	TextState + "waiting_citizen": "", TextState + "answered": "", TextState + "done": "", TextState + "reopened": "",
	TextState + "external": "", TextState + "rejected": "", TextState + "merged": "", TextState + "archived": "",
}

// TextKeys returns all keys in order.
func TextKeys() []string { return slices.Sorted(maps.Keys(placeholders)) }

var placeholder = regexp.MustCompile(`\{[^{}\n]*\}`)

// Text returns the words for key in lang ("id" or "en"), Indonesian when lang has
// none, with {name} replaced by args[name]. What args contains is not looked at
// again; a placeholder without a value becomes empty. An unknown key is returned
// as it is, so that a mistake shows.
func (p *Pack) Text(lang, key string, args map[string]string) string {
	text, ok := p.Texts[key][lang]
	if !ok {
		if text, ok = p.Texts[key]["id"]; !ok {
			return key
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		switch name := s[1 : len(s)-1]; name {
		case "region":
			return p.PublicName()
		case "emergency":
			return p.EmergencyNumbers()
		default:
			return args[name]
		}
	})
}

// readTexts reads one language into the pack. Keys are "table.name".
func (l *loader) readTexts(lang, file string) {
	var tables map[string]map[string]string
	l.decode(file, &tables)
	for table, texts := range tables {
		for name, text := range texts {
			key := table + "." + name
			line := l.tomlLine(file, toml.Key{table, name})
			spec, known := placeholders[key]
			if !known {
				l.add(file, line, key, "Teks ini tidak dipakai di mana pun. Hapus, atau perbaiki ejaannya.")
				continue
			}
			if l.pack.Texts[key] == nil {
				l.pack.Texts[key] = map[string]string{}
			}
			l.pack.Texts[key][lang] = strings.TrimSpace(text)
			l.checkText(file, line, key, text, spec)
		}
	}
}

func (l *loader) checkText(file string, line int, key, text, spec string) {
	required, optional, _ := strings.Cut(spec, "|")
	allowed := append(strings.Fields(required), strings.Fields(optional)...)
	allowed = append(allowed, "region", "emergency")
	used := namesIn(text)
	for _, name := range used {
		if !slices.Contains(allowed, name) {
			l.add(file, line, key, "{%s} tidak tersedia untuk teks ini, sehingga akan kosong. Yang tersedia: %s.", name, strings.Join(allowed, ", "))
		}
	}
	for _, name := range strings.Fields(required) {
		if !slices.Contains(used, name) {
			l.add(file, line, key, "Teks ini harus memuat {%s}, karena penerima membutuhkannya. Tambahkan.", name)
		}
	}
	if strings.TrimSpace(text) == "" {
		l.add(file, line, key, "Teks ini kosong, sehingga penerima mendapat pesan kosong. Isi teksnya.")
	}
	if n := len([]rune(text)); n > TextLimit {
		l.add(file, line, key, "Teks ini %d huruf, sedangkan WhatsApp menolak lebih dari %d. Persingkat.", n, TextLimit)
	}
	if n := len([]rune(text)); strings.HasPrefix(key, "button.") && n > ButtonLimit {
		l.add(file, line, key, "Tombol ini %d huruf, sedangkan WhatsApp menolak lebih dari %d. Persingkat.", n, ButtonLimit)
	}
}

// namesIn returns the placeholders of a text, sorted, each once.
func namesIn(text string) []string {
	var names []string
	for _, s := range placeholder.FindAllString(text, -1) {
		names = append(names, s[1:len(s)-1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
