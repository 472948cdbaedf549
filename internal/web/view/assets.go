package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// AssetPath is where Assets must be mounted; the built style sheets name their fonts
// under it.
const AssetPath = "/aset/"

// assets are the built files of dist, all in memory (about 150 KB).
type assets struct {
	names map[string]string // staff.css -> staff.HASH.css
	files map[string][]byte
}

// loadAssets reads dist. A dist that was never built holds no manifest and is no
// error.
func loadAssets(files fs.FS) (*assets, error) {
	a := &assets{names: map[string]string{}, files: map[string][]byte{}}
	text, err := fs.ReadFile(files, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a.names); err != nil {
		return nil, fmt.Errorf("view: dist/manifest.json: %w", err)
	}
	entries, err := fs.ReadDir(files, "dist")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if a.files[e.Name()], err = fs.ReadFile(files, "dist/"+e.Name()); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// address returns where the browser finds an asset, "" when it was not built.
func (a *assets) address(name string) string {
	if built, ok := a.names[name]; ok {
		return AssetPath + built
	}
	return ""
}

// inline returns an asset's text, "" when it was not built.
func (a *assets) inline(name string) string { return string(a.files[a.names[name]]) }

var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// Assets serves the built files under AssetPath. Their names hold a hash of their
// bytes, so they may be cached for ever.
func (r *Renderer) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := path.Base(req.URL.Path)
		body, ok := r.assets.files[name]
		kind := assetTypes[path.Ext(name)]
		if !ok || kind == "" {
			http.NotFound(w, req)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("X-Content-Type-Options", "nosniff")
		if path.Ext(name) == ".txt" {
			h.Set("Cache-Control", "no-cache")
		} else {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if packed, ok := r.assets.files[name+".gz"]; ok {
			h.Set("Vary", "Accept-Encoding")
			if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
				h.Set("Content-Encoding", "gzip")
				body = packed
			}
		}
		w.Write(body)
	})
}
