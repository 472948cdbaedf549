package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"tanggap/internal/access"
	"tanggap/internal/notify"
	"tanggap/internal/report"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// route is one address with who may use it.
type route struct {
	pattern string
	handle  func(w http.ResponseWriter, r *http.Request) error
	who     who
	verb    access.Verb // of officers' routes: asked before the handler runs
	body    int64       // most bytes of a request's body; 0 means maxForm
}

// who says whom a route serves and about what its verb is asked.
type who int

const (
	nobody      who = iota // a route must say more than this; see the route test
	anyone                 // no log-in; the handler checks tokens and codes itself
	onTriage               // officers with the verb on the triage queue
	inRegion               // officers with the verb in some unit of the region
	onCase                 // officers with the verb on the case {id}
	listing                // officers who may list cases; the query holds what they may see
	quietly                // as listing, for what browsers ask by themselves: keeps no session alive
	quietCase              // as onCase, for the same
	quietRegion            // as inRegion, for the same
)

// routes is every address of this package. Citizens' addresses are Indonesian, as
// are those that officers read aloud to each other.
func (s *Server) routes() []route {
	return []route{
		{"GET /{$}", s.home, anyone, "", 0},
		{"GET /lapor", s.reportText, anyone, "", 0},
		{"POST /lapor", s.reportText, anyone, "", maxUpload},
		{"GET /lapor/lokasi", s.reportPlace, anyone, "", 0},
		{"POST /lapor/lokasi", s.reportPlace, anyone, "", 0},
		{"GET /lapor/kontak", s.reportContact, anyone, "", 0},
		{"POST /lapor/kontak", s.reportContact, anyone, "", 0},
		{"GET /lapor/periksa", s.reportCheck, anyone, "", 0},
		{"POST /lapor/periksa", s.reportCheck, anyone, "", 0},
		{"GET /lapor/foto/{id}", s.reportPhoto, anyone, "", 0},
		{"GET /lapor/terkirim/{number}", s.reportSent, anyone, "", 0},
		{"GET /lacak", s.trackForm, anyone, "", 0},
		{"GET /lacak/{code}", s.trackCode, anyone, "", 0},
		{"POST /lacak/{code}/kode", s.codeSend, anyone, "", 0},
		{"GET /lacak/{code}/isi", s.codeForm, anyone, "", 0},
		{"POST /lacak/{code}/isi", s.codeCheck, anyone, "", 0},
		{"GET " + minePath, s.mine, anyone, "", 0},
		{"POST " + minePath, s.mineAsk, anyone, "", 0},
		{"GET " + minePath + "/kode", s.mineCode, anyone, "", 0},
		{"POST " + minePath + "/kode", s.mineCode, anyone, "", 0},
		{"POST " + minePath + "/izin", s.mineWish, anyone, "", 0},
		{"POST " + minePath + "/nama", s.mineName, anyone, "", 0},
		{"POST " + minePath + "/data", s.mineData, anyone, "", 0},
		{"POST " + minePath + "/lapor", s.mineReport, anyone, "", 0},
		{"POST " + minePath + "/keluar", s.mineLeave, anyone, "", 0},
		{"GET /l/{token}", s.private, anyone, "", 0},
		{"POST /l/{token}", s.privateReply, anyone, "", maxUpload},
		{"POST /l/{token}/beres", s.privateSolved, anyone, "", 0},
		{"POST /l/{token}/buka", s.privateReopen, anyone, "", maxUpload},
		{"POST /l/{token}/lanjut", s.privateFollow, anyone, "", maxUpload},
		{"POST /l/{token}/kontak", s.privateContact, anyone, "", 0},
		{"GET " + pathUndo + "{token}", s.contactUndo, anyone, "", 0},
		{"POST " + pathUndo + "{token}", s.contactUndo, anyone, "", 0},
		{"GET /l/{token}/nilai", s.pulse, anyone, "", 0},
		{"POST /l/{token}/nilai", s.pulse, anyone, "", 0},
		{"GET /l/{token}/survei", s.surveyForm, anyone, "", 0},
		{"POST /l/{token}/survei", s.surveySave, anyone, "", 0},
		{"GET /l/{token}/keputusan", s.privateDecision, anyone, "", 0},
		{"POST /l/{token}/keputusan", s.privateObject, anyone, "", 0},
		{"GET /l/{token}/berkas/{id}", s.privateMedia, anyone, "", 0},
		{"GET " + notify.PathConfirm + "{token}", s.confirmContact, anyone, "", 0},
		{"POST " + notify.PathConfirm + "{token}", s.confirmContact, anyone, "", 0},

		{"GET /demo", s.demoPage, anyone, "", 0},
		{"GET /demo/baris", s.demoLines, anyone, "", 0},
		{"POST /demo/pesan", s.demoSay, anyone, "", maxUpload},
		{"GET " + demoMailPath, s.demoMail, anyone, "", 0},
		{"POST " + demoMailPath, s.demoMailSend, anyone, "", 0},
		{"GET /demo/foto/{id}", s.demoPhoto, anyone, "", 0},

		{"GET " + outsidePath + "{token}", s.outside, anyone, "", 0},
		{"POST " + outsidePath + "{token}", s.outsideDo, anyone, "", maxUpload},
		{"GET /masuk", s.loginForm, anyone, "", 0},
		{"POST /masuk", s.login, anyone, "", 0},
		{"POST /masuk/kode", s.loginCode, anyone, "", 0},
		{"GET " + providerPath, s.loginProvider, anyone, "", 0},
		{"GET " + providerBack, s.loginReturn, anyone, "", 0},
		{"POST /masuk/kunci", s.loginKey, anyone, "", 0},
		{"POST /masuk/kunci/minta", s.loginKeyAsk, anyone, "", 0},
		{"GET " + access.PathInvite + "{token}", s.invite, anyone, "", 0},
		{"POST " + access.PathInvite + "{token}", s.invite, anyone, "", 0},
		{"POST /keluar", s.logout, anyone, "", 0},
		{"GET " + notify.PathAck + "{token}", s.alarm, anyone, "", 0},
		{"POST " + notify.PathAck + "{token}", s.alarmAck, anyone, "", 0},

		{"GET /baru", s.typedForm, inRegion, access.CaseOpen, 0},
		{"POST /baru", s.typedSave, inRegion, access.CaseOpen, 0},
		{"GET /baru/{key}", s.typedReceipt, inRegion, access.CaseOpen, 0},
		{"GET " + accountPath, s.account, inRegion, access.OwnAccount, 0},
		{"POST " + accountPath, s.accountSave, inRegion, access.OwnAccount, 0},
		{"POST " + accountPath + "/kunci", s.ownKeyMake, inRegion, access.OwnAccount, 0},
		{"POST " + accountPath + "/kunci/minta", s.ownKeyAsk, inRegion, access.OwnAccount, 0},
		{"GET " + peoplePath, s.people, inRegion, access.AdminOfficers, 0},
		{"POST " + peoplePath, s.peopleInvite, inRegion, access.AdminOfficers, 0},
		{"GET " + peoplePath + "/{officer}", s.person, inRegion, access.AdminOfficers, 0},
		{"POST " + peoplePath + "/{officer}", s.personSave, inRegion, access.AdminOfficers, 0},
		{"GET " + settingsPath, s.settings, inRegion, access.AdminRegion, 0},
		{"GET " + setupPath, s.setup, inRegion, access.AdminRegion, 0},
		{"GET " + systemPath, s.system, inRegion, access.AdminRegion, 0},
		{"GET " + JobsPath + "/{rest...}", s.jobs, inRegion, access.AdminRegion, 0},
		{"POST " + JobsPath + "/{rest...}", s.jobs, inRegion, access.AdminRegion, 0},
		{"PUT " + JobsPath + "/{rest...}", s.jobs, inRegion, access.AdminRegion, 0},
		{"PATCH " + JobsPath + "/{rest...}", s.jobs, inRegion, access.AdminRegion, 0},
		{"DELETE " + JobsPath + "/{rest...}", s.jobs, inRegion, access.AdminRegion, 0},
		{"GET " + draftPath, s.packDraft, inRegion, access.AdminRegion, 0},
		{"POST " + draftPath, s.packDraftDo, inRegion, access.AdminRegion, 0},
		{"POST " + uploadPath, s.packUpload, inRegion, access.AdminRegion, maxArchive},
		{"GET " + simulatorPath, s.simulator, inRegion, access.AdminRegion, 0},
		{"GET " + yearPath, s.year, inRegion, access.AdminRegion, 0},
		{"GET " + wordsPath, s.packWords, inRegion, access.AdminRegion, 0},
		{"POST " + wordsPath, s.packWordsSave, inRegion, access.AdminRegion, 0},
		{"GET " + identityPath, s.identity, inRegion, access.AdminRegion, 0},
		{"POST " + identityPath, s.identitySave, inRegion, access.AdminRegion, 0},
		{"GET " + packFilePath, s.packFile, inRegion, access.AdminRegion, 0},
		{"GET " + versionsPath, s.packVersions, inRegion, access.AdminRegion, 0},
		{"POST " + versionsPath, s.packRestore, inRegion, access.AdminRegion, 0},
		{"GET " + tablePath + "{table}", s.packTable, inRegion, access.AdminRegion, 0},
		{"GET " + tablePath + "{table}/baris", s.packRow, inRegion, access.AdminRegion, 0},
		{"POST " + tablePath + "{table}/baris", s.packRowSave, inRegion, access.AdminRegion, 0},
		{"GET " + unsealPath, s.unsealForm, inRegion, access.CaseUnseal, 0},
		{"POST " + unsealPath, s.unseal, inRegion, access.CaseUnseal, 0},
		{"GET " + notify.PathOpened, s.opened, inRegion, access.AuditRead, 0},
		{"GET " + notify.PathOpened + "/unduh", s.openedCSV, inRegion, access.AuditRead, 0},
		{"POST " + notify.PathOpened + "/{opening}", s.openingReview, inRegion, access.OpeningReview, 0},
		{"GET /karantina", s.quarantine, onTriage, access.QuarantineWork, 0},
		{"GET /karantina/{seq}", s.quarantineItem, onTriage, access.QuarantineWork, 0},
		{"POST /karantina/{seq}/buka", s.quarantineReveal, onTriage, access.QuarantineRead, 0},
		{"POST /karantina/{seq}/ulang", s.quarantineReplay, onTriage, access.QuarantineWork, 0},
		{"POST /karantina/{seq}/selesai", s.quarantineDiscard, onTriage, access.QuarantineWork, 0},
		{"POST /karantina/ulang", s.quarantineReplayAll, onTriage, access.QuarantineWork, 0},
		{"GET " + readerPath, s.reader, inRegion, access.ReaderRead, 0},
		{"POST " + readerPath, s.readerUse, inRegion, access.AdminRegion, 0},
		{"GET " + channelsPath, s.channels, inRegion, access.ChannelRead, 0},
		{"POST " + channelsPath + "/uji", s.channelTest, inRegion, access.AdminRegion, 0},

		{"GET /kotak-masuk", s.inbox, listing, access.CaseList, 0},
		{"POST /kotak-masuk", s.bulk, inRegion, access.CaseTake, 0},
		{"POST /kotak-masuk/tampilan", s.viewSave, listing, access.CaseList, 0},
		{"GET " + repliesPath, s.savedReplies, inRegion, access.ReplyEdit, 0},
		{"POST " + repliesPath, s.replySave, inRegion, access.ReplyEdit, 0},
		{"GET " + foresightPath, s.foresight, inRegion, access.ForecastRead, 0},
		{"POST " + foresightPath + "/kegiatan", s.eventDeclare, inRegion, access.ForecastWork, 0},
		{"POST " + foresightPath + "/beban", s.workloadSave, inRegion, access.ForecastWork, 0},
		{"GET " + warningPath + "{surge}", s.warning, inRegion, access.ForecastRead, 0},
		{"POST " + warningPath + "{surge}", s.warningDecide, inRegion, access.ForecastWork, 0},
		{"GET " + baselinePath, s.baseline, inRegion, access.OutsideEdit, 0},
		{"POST " + baselinePath, s.baselineSave, inRegion, access.OutsideEdit, maxOutsideFile + maxForm},
		{"GET " + outsideSeriesPath, s.outsideList, inRegion, access.ForecastRead, 0},
		{"POST " + outsideSeriesPath, s.outsideUpload, inRegion, access.OutsideEdit, maxOutsideFile + maxForm},
		{"GET " + outsideSeriesPath + "/{series}", s.outsideSeries, inRegion, access.ForecastRead, 0},
		{"POST " + outsideSeriesPath + "/{series}", s.outsideChange, inRegion, access.OutsideEdit, 0},
		{"POST " + outsideSeriesPath + "/{series}/kunci", s.outsideKey, inRegion, access.OutsideEdit, 0},
		{"POST " + outsidePushPath + "{series}", s.outsidePush, anyone, "", maxOutsideFile},
		{"GET " + surveysPath, s.surveys, inRegion, access.SurveyRead, 0},
		{"GET " + monthlyPath, s.monthlies, inRegion, access.ReportRead, 0},
		{"POST " + monthlyPath, s.monthlyAsk, inRegion, access.ReportWrite, 0},
		{"POST " + monthlyPath + "/penerima", s.monthlyMail, inRegion, access.ReportApprove, 0},
		{"GET " + monthlyPath + "/{report}", s.monthly, inRegion, access.ReportRead, 0},
		{"GET " + monthlyPath + "/{report}/berkas/{format}", s.monthlyFile, inRegion, access.ReportRead, 0},
		{"POST " + monthlyPath + "/{report}/kata", s.monthlyWords, inRegion, access.ReportWrite, 0},
		{"POST " + monthlyPath + "/{report}/hitung", s.monthlyCount, inRegion, access.ReportWrite, 0},
		{"POST " + monthlyPath + "/{report}/setujui", s.monthlyApprove, inRegion, access.ReportApprove, 0},
		{"POST " + monthlyPath + "/{report}/terbitkan", s.monthlyPublish, inRegion, access.ReportApprove, 0},
		{"POST " + monthlyPath + "/{report}/kembali", s.monthlyReopen, inRegion, access.ReportApprove, 0},
		{"GET " + dataPath, s.dataQueue, inRegion, access.CitizenData, 0},
		{"POST " + dataPath + "/{id}", s.dataAnswer, inRegion, access.CitizenData, 0},
		{"GET " + boardPath, s.dashboard, inRegion, access.FiguresRead, 0},
		{"GET " + boardPath + "/angka", s.dashboardTiles, quietRegion, access.FiguresRead, 0},
		{"GET " + boardPath + "/layar", s.dashboardTiles, inRegion, access.FiguresRead, 0}, // a screen on a wall stays in as long as a session may last
		{"GET " + tasksPath, s.tasks, listing, access.CaseList, 0},
		{"GET " + askPath, s.askForm, inRegion, access.TaskGive, 0},
		{"POST " + askPath, s.ask, inRegion, access.TaskGive, 0},
		{"POST " + tasksPath + "/{task}", s.figureTaskEnd, listing, access.CaseList, 0},
		{"GET " + fieldPath, s.field, inRegion, access.CaseTake, 0},
		{"GET " + fieldPath + "/pekerja.js", s.fieldWorker, anyone, "", 0},
		{"POST " + fieldPath + "/{id}", s.fieldAct, onCase, access.CaseReply, maxUpload},
		{"GET /kotak-masuk/baru", s.inboxNew, quietly, access.CaseList, 0},
		{"GET /alir", s.stream, quietly, access.CaseList, 0},
		{"GET /kasus/{id}", s.casePage, onCase, access.CaseRead, 0},
		{"GET /kasus/{id}/berubah", s.caseChanged, quietCase, access.CaseRead, 0},
		{"GET /kasus/{id}/berkas/{file}", s.caseMedia, onCase, access.AttachmentRead, 0},
		{"POST /kasus/{id}/berkas/{file}/dengar", s.caseHeard, onCase, access.CaseReply, 0},
		{"POST /kasus/{id}/berkas/{file}/ulang", s.caseRefetch, onCase, access.CaseReply, 0},
		{"GET /kasus/{id}/tanda-terima", s.receipt, onCase, access.CaseOpen, 0},
		{"POST /kasus/{id}/saran", s.caseAccept, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/batal", s.caseUndo, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/kejadian", s.caseJoin, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/kejadian/lepas", s.casePart, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/pecah", s.caseSplit, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/ubah", s.caseChange, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/teruskan", s.caseForward, onCase, access.CaseDecide, 0},
		{"POST /kasus/{id}/ambil", s.caseTake, onCase, access.CaseTake, 0},
		{"POST /kasus/{id}/akui", s.caseAck, onCase, access.CaseTake, 0},
		{"POST /kasus/{id}/balas", s.caseReply, onCase, access.CaseReply, 0},
		{"POST /kasus/{id}/konsep", s.caseDraft, onCase, access.CaseReply, 0},
		{"POST /kasus/{id}/urung", s.caseRetract, onCase, access.CaseReply, 0},
		{"POST /kasus/{id}/terlambat", s.caseDelay, onCase, access.CaseReply, 0},
		{"POST /kasus/{id}/ikuti", s.caseFollow, onCase, access.CaseRead, 0},
		{"POST /kasus/{id}/tunda", s.caseSnooze, onCase, access.CaseTake, 0},
		{"POST /kasus/{id}/ingatkan", s.caseRemind, onCase, access.TaskGive, 0},
		{"POST /kasus/{id}/tugas", s.taskGive, onCase, access.CaseRead, 0},
		{"POST /kasus/{id}/tugas/{task}", s.taskEnd, onCase, access.CaseRead, 0},
		{"POST /kasus/{id}/bukti", s.caseProve, onCase, access.CaseReply, maxUpload},
		{"POST /kasus/{id}/bukti/lihat", s.caseLooked, onCase, access.EvidenceLook, 0},
		{"POST /kasus/{id}/hasil", s.caseCheck, onCase, access.EvidenceCheck, 0},
		{"POST /kasus/{id}/instansi", s.caseExternal, onCase, access.CaseMove, 0},
		{"POST /kasus/{id}/tolak", s.caseReject, onCase, access.CaseMove, 0},
		{"POST /kasus/{id}/gabung", s.caseMerge, onCase, access.CaseMerge, 0},
		{"POST /kasus/{id}/tanda", s.caseFlags, onCase, access.CaseFlag, 0},
		{"POST /kasus/{id}/warga", s.caseCitizen, onCase, access.CaseReveal, 0},
		{"GET /kasus/{id}/cetak", s.casePrint, onCase, access.CaseRead, 0},
		{"POST /kasus/{id}/buka-kontak", s.caseReveal, onCase, access.CaseReveal, 0},
		{"POST /kasus/{id}/buka-kata", s.caseWords, onCase, access.WordsReveal, 0},
		{"POST /kasus/{id}/tutup", s.caseSeal, onCase, access.CaseRead, 0},
		{"GET /triase", s.triage, onTriage, access.TriageWork, 0},
		{"POST /triase/{id}", s.triageDecide, onCase, access.TriageWork, 0},

		{"GET " + view.AssetPath, s.asset, anyone, "", 0},
		{"GET " + report.PathCheck + "{hash}", s.monthlyCheck, anyone, "", 0},
		{"GET /robots.txt", s.robots, anyone, "", 0},
		{"/", s.nothing, anyone, "", 0},
	}
}

// serve runs a route: its body is capped, its officer known and allowed, its error a
// page.
func (s *Server) serve(x route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := x.body
		if most == 0 {
			most = maxForm
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		err := s.admit(w, r, x)
		if err == nil {
			err = x.handle(w, r)
		}
		if errors.Is(err, errVisitOver) {
			err = s.redirect(w, r, minePath)
		}
		if errors.Is(err, errSeeLogin) {
			s.toLogin(w, r)
			return
		}
		if errors.Is(err, errSeeAccount) {
			err = s.redirect(w, r, accountPath)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// errSeeAccount asks an officer for the second factor that his role must have.
var errSeeAccount = tanggap.Errorf(tanggap.Forbidden, "nyalakan kode sekali pakai dulu di halaman Akun")

// errSeeLogin asks a visitor who is not logged in to do so.
var errSeeLogin = tanggap.Errorf(tanggap.Unauthorized, "masuk dulu untuk membuka halaman ini")

// admit finds the officer of a request and asks access.Can. A case that he may not
// read does not exist for him.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, x route) error {
	if x.who == anyone {
		return nil
	}
	v := at(r)
	w.Header().Set("Cache-Control", "no-store")
	o, err := s.sessions.Officer(r, v.secure, x.who != quietly && x.who != quietCase && x.who != quietRegion)
	if err != nil {
		return err
	}
	if o == nil || !access.ActorOf(o).In(v.pack.Identity.Code) {
		return errSeeLogin // to a region that did not grant him anything he is a stranger
	}
	v.officer, v.verb = o, x.verb
	if v.actor, err = s.Access.Now(r.Context(), o); err != nil {
		return err
	}
	if s.Access.MustHaveSecond(o) && !access.SecondOn(o) && x.verb != access.OwnAccount {
		return errSeeAccount
	}
	return s.allow(r.Context(), v, x, r.PathValue("id"))
}

// allow asks access whether the officer of a visit may use a route. id is the case
// that its address names, if it names one.
func (s *Server) allow(ctx context.Context, v *visit, x route, id string) (err error) {
	notYours := tanggap.Errorf(tanggap.Forbidden, "peran Anda tidak mencakup halaman ini")
	switch x.who {
	case onTriage:
		if access.Can(v.actor, x.verb, access.TriageOf(v.pack)) {
			return nil
		}
	case inRegion, quietRegion:
		if access.CanIn(v.actor, x.verb, v.pack.Identity.Code) {
			return nil
		}
	case listing, quietly:
		if f := access.ListFilter(v.actor, v.pack); f.Units == nil || len(f.Units) > 0 {
			return nil
		}
	case onCase, quietCase:
		v.opened, err = s.Store.Case(ctx, v.pack.Identity.Code, id)
		if err != nil {
			return err
		}
		return s.may(v, v.opened)
	}
	return notYours
}

// toLogin sends a visitor to the log-in and, after it, back to where he wanted to.
// Fragments and streams get the bare status: a redirect would end up inside a page.
func (s *Server) toLogin(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("HX-Request") != "" || r.URL.Path == "/alir" {
		w.Header().Set("HX-Refresh", "true")
		http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		return
	}
	to := "/masuk"
	if r.Method == http.MethodGet {
		to += "?lanjut=" + url.QueryEscape(at(r).path)
	}
	http.Redirect(w, r, localPath(r, to), http.StatusSeeOther)
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	s.View.Assets().ServeHTTP(w, r)
	return nil
}

// robots keeps search engines to the pages that are meant for everybody.
func (s *Server) robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("User-agent: *\nAllow: /$\nAllow: /lapor$\nAllow: /lacak$\nDisallow: /\n"))
	return err
}

func (s *Server) nothing(http.ResponseWriter, *http.Request) error {
	return tanggap.Errorf(tanggap.NotFound, "halaman ini tidak ada")
}
