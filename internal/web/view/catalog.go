package view

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/BurntSushi/toml"
)

// catalog holds the words of every language: key "home.title" is the line title in
// the table [home] of locale/<lang>.toml.
type catalog struct{ words map[string]map[string]string }

func loadCatalog(files fs.FS) (*catalog, error) {
	c := &catalog{words: map[string]map[string]string{}}
	for _, lang := range Languages {
		text, err := fs.ReadFile(files, "locale/"+lang+".toml")
		if err != nil {
			return nil, err
		}
		var tables map[string]map[string]string
		if err := toml.Unmarshal(text, &tables); err != nil {
			return nil, fmt.Errorf("view: locale/%s.toml: %w", lang, err)
		}
		words := map[string]string{}
		for table, lines := range tables {
			for key, line := range lines {
				words[table+"."+key] = line
			}
		}
		c.words[lang] = words
	}
	return c, nil
}

// text returns the line of key with {name} replaced by the values of the pairs
// name, value. An unknown key or an odd pair is an error, so that a template with a
// typing mistake fails its test instead of showing a key to a citizen.
func (c *catalog) text(lang, key string, pairs ...any) (string, error) {
	line, ok := c.words[lang][key]
	if !ok {
		return "", fmt.Errorf("view: no words for %q in %s", key, lang)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("view: %q needs pairs of name and value", key)
	}
	for i := 0; i < len(pairs); i += 2 {
		line = strings.ReplaceAll(line, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return line, nil
}
