// Package parsers lists what a child process of the sandbox can do: every parser of
// bytes that strangers send.
package parsers

import (
	"context"

	"tanggap/internal/channel/email"
	"tanggap/internal/media"
	"tanggap/internal/sandbox"
)

const imageName = "media.sanitise"

// All is what main gives to sandbox.Main.
func All() []sandbox.Handler {
	return append(email.Handlers(), sandbox.Handler{Name: imageName, Do: sanitise})
}

func sanitise(input []byte) ([]byte, error) {
	clean, err := media.Sanitise(input)
	if err != nil {
		return nil, err
	}
	data := clean.Data
	clean.Data = nil
	return sandbox.Pack(clean, data)
}

// Sanitise is media.Sanitise in a child process of pool; in this one if pool is nil.
func Sanitise(ctx context.Context, pool *sandbox.Pool, data []byte) (media.Clean, error) {
	if pool == nil {
		return media.Sanitise(data)
	}
	answer, err := pool.Call(ctx, imageName, data)
	if err != nil {
		return media.Clean{}, err
	}
	var clean media.Clean
	clean.Data, err = sandbox.Unpack(answer, &clean)
	return clean, err
}
