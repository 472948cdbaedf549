package app

import (
	"net/url"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

// settings are what the configuration says about a region.
func (a *App) settings(p *region.Pack) Region {
	for i, code := range a.codes {
		if code == p.Identity.Code {
			return a.cfg.Regions[i]
		}
	}
	return Region{}
}

// baseURL is the public address of a region's pages.
func (a *App) baseURL(p *region.Pack) string {
	return a.cfg.baseURL(a.settings(p), p)
}

// baseURL is the configured address of a region. Where several share a process, the
// one address of the configuration cannot be everybody's: then it is the first host
// of the pack, "" if it has none.
func (c *Config) baseURL(r Region, p *region.Pack) string {
	switch {
	case r.BaseURL != "":
		return r.BaseURL
	case len(c.Regions) == 1:
		return c.BaseURL
	case len(p.Identity.Hosts) > 0:
		return "https://" + p.Identity.Hosts[0]
	}
	return ""
}

// PublicURL is the address of a region's pages as configured, without a slash at its end.
func (c *Config) PublicURL(p *region.Pack) string {
	for _, r := range c.Regions {
		if x, _, err := LoadPack(r.Pack); err == nil && x.Identity.Code == p.Identity.Code {
			return c.baseURL(r, p)
		}
	}
	return c.baseURL(Region{}, p)
}

// answerHosts lets every region answer on the host of its address, and refuses
// regions that nobody could reach or that share a host.
func (a *App) answerHosts() error {
	for _, p := range a.packs.All() {
		base := a.baseURL(p)
		if base == "" {
			return wrong("region.base_url", "%s tidak punya alamat: beberapa daerah dilayani bersama, jadi tiap daerah perlu base_url sendiri atau hosts di region.toml.", p.Identity.Name)
		}
		u, err := url.Parse(base)
		if err != nil {
			return tanggap.Errorf(tanggap.Invalid, "base_url %q dari %s bukan alamat.", base, p.Identity.Name)
		}
		if err := a.packs.Answer(p.Identity.Code, u.Host); err != nil {
			return err
		}
		for _, host := range a.settings(p).aliases {
			if err := a.packs.Answer(p.Identity.Code, host); err != nil {
				return err
			}
		}
	}
	return nil
}
