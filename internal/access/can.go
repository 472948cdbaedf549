package access

import "slices"

// Role of an officer.
type Role string

const (
	CitizenDesk  Role = "citizen-desk" // reads what comes in, places it, speaks with citizens
	UnitOfficer  Role = "unit-officer" // works on his unit's cases
	UnitHead     Role = "unit-head"    // answers for his unit
	Coordinator  Role = "coordinator"  // keeps the whole region's cases moving
	Leader       Role = "leader"       // mayor and secretary: reads, and acts by asking
	Auditor      Role = "auditor"      // reads cases and the history
	Inspectorate Role = "inspectorate" // works on closed matters: bribery, misconduct
	DPO          Role = "dpo"          // protects personal data: sees who looked at what
	Admin        Role = "admin"        // officers and region packs; sees no case
)

// Opener is what an officer is for a while to one closed case that he opened with a reason
// (break-glass). Nobody is granted it for good.
const Opener Role = "opener"

// Roles in the order in which people read them.
var Roles = []Role{CitizenDesk, UnitOfficer, UnitHead, Coordinator, Leader, Auditor, Inspectorate, DPO, Admin}

// Bound reports whether the role makes sense only inside one unit. Such a grant
// without a unit allows nothing.
func (r Role) Bound() bool { return r == UnitOfficer || r == UnitHead }

// Known reports whether r is a role at all.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Verb is something an officer does.
type Verb string

const (
	CaseOpen       Verb = "case.open" // type in what somebody said at the counter or by phone
	CaseList       Verb = "case.list"
	CaseRead       Verb = "case.read"
	CaseTake       Verb = "case.take"
	CaseDecide     Verb = "case.decide" // service, area, unit, urgency
	CaseAssign     Verb = "case.assign" // to another officer
	CaseReply      Verb = "case.reply"
	CaseNote       Verb = "case.note"
	CaseMove       Verb = "case.move" // reject, hand to an outside body
	CaseMerge      Verb = "case.merge"
	CaseFlag       Verb = "case.flag"    // make secret or anonymous
	CaseUnflag     Verb = "case.unflag"  // take secrecy or anonymity back
	CaseReveal     Verb = "case.reveal"  // contact of the citizen, with a purpose
	WordsReveal    Verb = "words.reveal" // what is masked for those who only watch, with a purpose
	CaseUnseal     Verb = "case.unseal"  // open a closed case for an hour, with a reason and told to others
	AttachmentRead Verb = "attachment.read"
	AlarmAck       Verb = "alarm.ack" // shows number, unit and service only
	TriageWork     Verb = "triage.work"

	EvidenceCheck Verb = "evidence.check" // look at a colleague's result before the citizen is told
	EvidenceLook  Verb = "evidence.look"  // judge what is odd about a photo of the work

	TaskGive  Verb = "task.give"  // disposition or a question to the unit, with a due day
	ReplyEdit Verb = "reply.edit" // replies that officers keep ready

	QuarantineWork Verb = "quarantine.work" // replay or end what could not be understood
	QuarantineRead Verb = "quarantine.read" // what it says: masked, and with a purpose as it came
	ChannelRead    Verb = "channel.read"    // how the channels are doing: counts and states only

	ReportRead    Verb = "report.read"    // monthly reports and planning books; of a unit its own figures
	ReportWrite   Verb = "report.write"   // ask for one and change its words, never its figures
	ReportApprove Verb = "report.approve" // stand for it, publish it

	CitizenData   Verb = "citizen.data"   // what citizens ask about their personal data
	SurveyRead    Verb = "survey.read"    // satisfaction of units: figures only
	FiguresRead   Verb = "figures.read"   // sums of cases: the dashboard and what is made from it
	ForecastRead  Verb = "forecast.read"  // what is to be expected, warnings, officer-hours: figures only
	ForecastWork  Verb = "forecast.work"  // judge warnings, declare events, say what a case costs
	OutsideEdit   Verb = "outside.edit"   // bring in figures from elsewhere
	ReaderRead    Verb = "reader.read"    // how the computer reads: figures, and masked examples of what it cannot place
	OwnAccount    Verb = "account.own"    // his own password and second factor
	AuditRead     Verb = "audit.read"     // who opened what
	OpeningReview Verb = "opening.review" // end what somebody opened, and say what one thinks of it
	AdminOfficers Verb = "admin.officers"
	AdminRegion   Verb = "admin.region"
)

// Verbs is every verb.
var Verbs = []Verb{CaseOpen, CaseList, CaseRead, CaseTake, CaseDecide, CaseAssign, CaseReply, CaseNote, CaseMove, CaseMerge, CaseFlag,
	CaseUnflag, CaseReveal, WordsReveal, CaseUnseal, AttachmentRead, AlarmAck, TriageWork, EvidenceCheck, EvidenceLook, TaskGive, ReplyEdit, QuarantineWork, QuarantineRead, ChannelRead, ReaderRead, SurveyRead, FiguresRead, CitizenData, ForecastRead, ForecastWork, OutsideEdit, ReportRead, ReportWrite, ReportApprove, OwnAccount, AuditRead, OpeningReview, AdminOfficers, AdminRegion}

// reach says which objects inside the region and unit of the grant a role's verbs
// touch. Open ones always; secret ones only as named here.
type reach int

const (
	openOnly   reach = iota
	ifAssigned       // also secret cases that the actor himself has taken or was given
	ifTriage         // as ifAssigned, and secret cases that still lie in the triage unit
	withSecret       // also every secret case in the grant's scope
)

var (
	work  = []Verb{CaseOpen, CaseList, CaseRead, CaseTake, CaseDecide, CaseReply, CaseNote, CaseMove, CaseMerge, CaseFlag, CaseReveal, AttachmentRead}
	guide = append([]Verb{CaseAssign, CaseUnflag, EvidenceCheck, EvidenceLook}, work...)
)

// table is the whole policy: role → verb → reach. Who sees a secret case: the head
// of the unit it lies in, the officer it is assigned to, an inspectorate grant (of
// one unit, or of the whole region where the grant names none), and the coordinator
// only until it is placed, because somebody has to place it, or after he has opened it
// for an hour (Opener). Which cases are secret
// is said by the region pack (the service) and by the people who flag them.
var table = func() map[Role]map[Verb]reach {
	t := map[Role]map[Verb]reach{}
	allow := func(r Role, scope reach, verbs ...Verb) {
		if t[r] == nil {
			t[r] = map[Verb]reach{}
		}
		for _, v := range verbs {
			t[r][v] = scope
		}
	}
	allow(CitizenDesk, ifAssigned, work...)
	allow(CitizenDesk, ifAssigned, TriageWork, CaseAssign, QuarantineWork, QuarantineRead)
	allow(CitizenDesk, withSecret, AlarmAck)
	allow(UnitOfficer, ifAssigned, work...)
	allow(UnitOfficer, ifAssigned, EvidenceCheck)
	allow(UnitOfficer, withSecret, AlarmAck)
	allow(UnitHead, withSecret, guide...)
	allow(UnitHead, withSecret, AlarmAck, TriageWork, TaskGive, ReplyEdit, SurveyRead, FiguresRead, ForecastRead, ForecastWork)
	allow(Coordinator, ifTriage, guide...)
	allow(Coordinator, ifTriage, TriageWork, TaskGive, ReplyEdit, QuarantineWork, QuarantineRead, ChannelRead, ReaderRead, SurveyRead, FiguresRead, ForecastRead, ForecastWork, OutsideEdit)
	allow(Coordinator, withSecret, AlarmAck)
	allow(UnitHead, openOnly, ReportRead)
	allow(Coordinator, openOnly, ReportRead, ReportWrite, ReportApprove)
	allow(Leader, openOnly, ReportRead, ReportApprove)
	allow(Auditor, openOnly, ReportRead)
	// He keeps the region's cases moving at night too, and sees placed secrets in no other way.
	allow(Coordinator, withSecret, CaseUnseal)
	allow(Opener, withSecret, CaseRead, CaseNote, CaseReveal, WordsReveal, AttachmentRead)
	allow(Leader, openOnly, CaseList, CaseRead, WordsReveal, TaskGive, SurveyRead, FiguresRead, ForecastRead)
	allow(Auditor, openOnly, CaseList, CaseRead, WordsReveal, AuditRead, OpeningReview, SurveyRead, FiguresRead, ForecastRead)
	allow(Inspectorate, withSecret, guide...)
	allow(Inspectorate, withSecret, AlarmAck, AuditRead)
	allow(DPO, openOnly, AuditRead, OpeningReview, CitizenData)
	for _, r := range []Role{CitizenDesk, UnitOfficer, UnitHead, Coordinator, Leader, Auditor, Inspectorate, DPO, Admin} {
		allow(r, openOnly, OwnAccount)
	}
	// Who keeps the program running may repair what it could not read, not read it.
	allow(Admin, openOnly, AdminOfficers, AdminRegion, QuarantineWork, ChannelRead, ReaderRead)
	return t
}()

// Can reports whether actor may do verb to obj. It is the only place that decides.
func Can(actor Actor, verb Verb, obj Object) bool {
	if actor.ID == "" || obj.Region == "" {
		return false
	}
	// Nobody in the government learns who an anonymous reporter is.
	if verb == CaseReveal && obj.Anonymous {
		return false
	}
	for _, g := range actor.Grants {
		if g.allows(actor.ID, verb, obj) {
			return true
		}
	}
	return false
}

// CanIn reports whether actor may do verb somewhere in a region: in one of the units
// he was granted, or in all of it.
func CanIn(actor Actor, verb Verb, region string) bool {
	return slices.ContainsFunc(actor.Grants, func(g Grant) bool {
		return g.Region == region && Can(actor, verb, Object{Region: region, Unit: g.Unit})
	})
}

func (g Grant) allows(officer string, verb Verb, obj Object) bool {
	scope, ok := table[g.Role][verb]
	if !ok || g.Region != obj.Region || g.Case != "" && g.Case != obj.ID || g.Case == "" && g.Role == Opener || g.Unit != "" && g.Unit != obj.Unit || g.Unit == "" && g.Role.Bound() {
		return false
	}
	if !obj.Secret {
		return true
	}
	switch scope {
	case withSecret:
		return true
	case ifTriage:
		return obj.Triage || obj.OfficerID == officer
	case ifAssigned:
		return obj.OfficerID == officer
	}
	return false
}
