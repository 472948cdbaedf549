// Command gen builds the browser assets: it bundles ui/src with esbuild into
// internal/web/view/dist under hashed names, with a manifest and pre-compressed
// copies. It is its own module so that esbuild is never linked into the server.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	ui := flag.String("ui", "..", "the ui folder, with src and node_modules")
	out := flag.String("out", "../../internal/web/view/dist", "the folder to fill")
	flag.Parse()
	if err := build(*ui, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func build(ui, out string) error {
	root, err := filepath.Abs(ui)
	if err != nil {
		return err
	}
	dist, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root,
		EntryPoints: []string{
			"src/css/citizen.css", "src/css/staff.css", "src/css/demo.css",
			"src/js/citizen.js", "src/js/staff.js", "src/js/demo.js", "src/js/field.js", "src/js/field_worker.js",
		},
		Outdir:            dist,
		EntryNames:        "[name].[hash]",
		AssetNames:        "[name].[hash]",
		PublicPath:        "/aset/",
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Target:            api.ES2017,
		Format:            api.FormatIIFE,
		LegalComments:     api.LegalCommentsNone, // LICENSES.txt carries the notices
		Loader:            map[string]api.Loader{".woff2": api.LoaderFile},
		Metafile:          true,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s", strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), "\n"))
	}
	manifest, err := manifestOf(result.Metafile)
	if err != nil {
		return err
	}
	if err := clean(dist); err != nil {
		return err
	}
	for _, f := range result.OutputFiles {
		if err := write(f.Path, f.Contents); err != nil {
			return err
		}
	}
	notices, err := licences(filepath.Join(root, "node_modules"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dist, "LICENSES.txt"), notices, 0o644); err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), text, 0o644)
}

// manifestOf maps each source name (staff.css) to its built name (staff.X.css).
func manifestOf(metafile string) (map[string]string, error) {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string
			Inputs     map[string]any
		}
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, err
	}
	manifest := map[string]string{}
	for name, o := range meta.Outputs {
		source := o.EntryPoint
		for input := range o.Inputs {
			if source == "" {
				source = input
			}
		}
		manifest[filepath.Base(source)] = filepath.Base(name)
	}
	return manifest, nil
}

// write stores a file and, for text, a gzip copy beside it.
func write(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	if strings.HasSuffix(path, ".woff2") {
		return nil
	}
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path+".gz", buf.Bytes(), 0o644)
}

// clean removes what an earlier build left, so that no stale file is embedded.
func clean(dist string) error {
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range old {
		if f.Name() == ".keep" {
			continue
		}
		if err := os.Remove(filepath.Join(dist, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// licences joins the licence texts of the packages whose code is bundled.
func licences(modules string) ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(modules, "*", "LICENSE*"))
	if err != nil {
		return nil, err
	}
	scoped, err := filepath.Glob(filepath.Join(modules, "@*", "*", "LICENSE*"))
	if err != nil {
		return nil, err
	}
	found = append(found, scoped...)
	sort.Strings(found)
	var b bytes.Buffer
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(modules, filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "== %s\n\n%s\n\n", filepath.ToSlash(name), bytes.TrimSpace(text))
	}
	return b.Bytes(), nil
}
