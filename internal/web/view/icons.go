package view

import (
	"fmt"
	"html/template"
)

// icons are small drawings on a 24×24 grid, stroked in the text's colour. They always
// stand beside words, so they are hidden from screen readers.
var icons = map[string]string{
	"dot":      `<circle cx="12" cy="12" r="6" fill="currentColor"/>`,
	"half":     `<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 0 0 16z" fill="currentColor"/>`,
	"arrow":    `<path d="M4 12h15M13 6l6 6-6 6"/>`,
	"play":     `<path d="M7 5l12 7-12 7z" fill="currentColor"/>`,
	"question": `<path d="M8 9a4 4 0 1 1 5.6 3.7c-1 .5-1.6 1.2-1.6 2.3M12 19v.5"/>`,
	"speech":   `<path d="M4 5h16v11H10l-5 4v-4H4z"/>`,
	"check":    `<path d="M4 13l5 5L20 6"/>`,
	"undo":     `<path d="M8 4L4 8l4 4M4 8h10a6 6 0 0 1 0 12H8"/>`,
	"out":      `<path d="M7 17L18 6M9 6h9v9"/>`,
	"cross":    `<path d="M6 6l12 12M18 6L6 18"/>`,
	"merge":    `<path d="M4 4h11v11H4zM9 20h11V9"/>`,
	"box":      `<path d="M3 5h18v4H3zM5 9v11h14V9M10 13h4"/>`,
	"up":       `<path d="M12 20V5M6 11l6-6 6 6"/>`,
	"alert":    `<path d="M12 3l10 18H2zM12 10v5M12 17.6v.4"/>`,
	"clock":    `<circle cx="12" cy="12" r="9"/><path d="M12 7v5l4 2"/>`,
	"camera":   `<path d="M3 7h5l2-3h4l2 3h5v13H3z"/><circle cx="12" cy="13" r="4"/>`,
	"pin":      `<path d="M12 21s7-6.5 7-12a7 7 0 0 0-14 0c0 5.5 7 12 7 12z"/><circle cx="12" cy="9" r="2.5"/>`,
	"pen":      `<path d="M4 20l1-5L16 4l4 4L9 19z"/>`,
	"send":     `<path d="M4 4l17 8-17 8 3-8zM7 12h14"/>`,
	"phone":    `<path d="M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4a2 2 0 0 1-2 2A17 17 0 0 1 3 5a2 2 0 0 1 2-2z"/>`,
	"lock":     `<path d="M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4"/>`,
	"inbox":    `<path d="M3 13l3-8h12l3 8v6H3zM3 13h5l2 3h4l2-3h5"/>`,
	"sort":     `<path d="M4 6h16M7 12h10M10 18h4"/>`,
	"plus":     `<path d="M12 5v14M5 12h14"/>`,
	"aside":    `<path d="M4 4h16v5H4zM6 9v11h12V9M10 15l4 0"/>`,
	"chart":    `<path d="M4 20V10M10 20V4M16 20v-7M22 20H2"/>`,
	"pulse":    `<path d="M3 12h4l3-7 4 14 3-7h4"/>`,
	"ear":      `<path d="M7 9a5 5 0 0 1 10 0c0 4-4 4-4 8a3 3 0 0 1-5 2M10 10a2 2 0 0 1 4 0"/>`,
	"print":    `<path d="M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z"/>`,
	"clip":     `<path d="M19 11l-8 8a4.5 4.5 0 0 1-6.5-6.5l9-9a3 3 0 0 1 4.5 4.5l-8.5 8.5a1.5 1.5 0 0 1-2-2l7.5-8"/>`,
	"bulb":     `<path d="M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0c-.7.6-1 1.3-1 2H9c0-.7-.3-1.4-1-2z"/>`,
}

func icon(name string) (template.HTML, error) {
	drawing, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("view: no icon %q", name)
	}
	return template.HTML(`<svg class="i" viewBox="0 0 24 24" aria-hidden="true">` + drawing + `</svg>`), nil
}
