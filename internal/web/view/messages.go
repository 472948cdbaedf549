package view

// Keys of the messages that handlers put into pages with Renderer.T. Names after the
// arrow are the pairs they need.
const (
	MsgTextEmpty     = "message.text_empty"
	MsgTextLong      = "message.text_long" // -> max
	MsgPhotoBig      = "message.photo_big" // -> size
	MsgPhotoKind     = "message.photo_kind"
	MsgPhotoMany     = "message.photo_many" // -> max
	MsgPhotoAdded    = "message.photo_added"
	MsgPlaceEmpty    = "message.place_empty"
	MsgDangerEmpty   = "message.danger_empty"
	MsgContactEmpty  = "message.contact_empty"
	MsgPhoneWrong    = "message.phone_wrong"
	MsgEmailWrong    = "message.email_wrong"
	MsgCodeEmpty     = "message.code_empty"
	MsgCodeWrong     = "message.code_wrong"
	MsgLoginWrong    = "message.login_wrong"
	MsgLoginEmpty    = "message.login_empty"
	MsgReplyEmpty    = "message.reply_empty"
	MsgUnitEmpty     = "message.unit_empty"
	MsgServiceEmpty  = "message.service_empty"
	MsgExternalEmpty = "message.external_empty"
	MsgReasonEmpty   = "message.reason_empty"
	MsgReopened      = "message.reopened"
	MsgSolved        = "message.solved"
	MsgSent          = "message.sent"
	MsgSaved         = "message.saved"
)
