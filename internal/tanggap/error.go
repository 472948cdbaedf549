package tanggap

import (
	"errors"
	"fmt"
)

// Code is the small set of reasons a request can fail that a person can act on.
// web and api map it to an HTTP status in one switch; every other error is
// internal and its text never leaves the log.
type Code string

const (
	Invalid      Code = "invalid"      // the input is wrong; the message says what to change
	NotFound     Code = "not_found"    // no such thing, or not visible to the asker
	Conflict     Code = "conflict"     // somebody else changed it first, or the state forbids it
	Unauthorized Code = "unauthorized" // log in first
	Forbidden    Code = "forbidden"    // logged in, but not allowed
	TooMany      Code = "too_many"     // slow down; try again later
	Unavailable  Code = "unavailable"  // a part is down; the request may be repeated
	Internal     Code = "internal"     // our fault; details are in the log
)

// Error is an error whose Message may be shown to a person.
type Error struct {
	Code    Code
	Message string
	Field   string // name of the form field or pack column at fault, if any
}

func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s: %s", e.Code, e.Field, e.Message)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of the first Error in err's chain, Internal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
