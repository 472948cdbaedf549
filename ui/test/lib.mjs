// Shared by the browser tests. Every script is called as: node NAME.mjs BASE [path...]
// Without paths it asks BASE/pages.json, which the preview server answers.
import { chromium } from 'playwright-core';

export const WIDTHS = [360, 1440];

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

export const context = (browser, width, more = {}) => browser.newContext({
  viewport: { width, height: width < 700 ? 780 : 900 },
  locale: 'id-ID', timezoneId: 'Asia/Makassar', reducedMotion: 'reduce', ...more,
});

export async function target() {
  const [base, ...paths] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
  if (!base) throw new Error('usage: node NAME.mjs BASE [path...]');
  const root = base.replace(/\/$/, '');
  if (paths.length) return { root, pages: paths.map((path) => ({ path, staff: false, template: '' })) };
  const answer = await fetch(root + '/pages.json');
  if (!answer.ok) throw new Error(`${root}/pages.json: ${answer.status}; name the paths instead`);
  return { root, pages: await answer.json() };
}

export function option(name) {
  const found = process.argv.find((a) => a.startsWith(`--${name}=`));
  return found && found.slice(name.length + 3);
}
