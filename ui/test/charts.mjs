// Charts say what their tables say: every text and number that a chart holds stands in the
// table below it. A key reads a value out, and without JavaScript the tables are there.
import { context, done, launch, listen, target } from './lib.mjs';

const { root } = await target();
const browser = await launch();
const faults = [];
let charts = 0;

for (const width of [360, 1440]) {
  const c = await context(browser, width);
  const noise = listen(c);
  const page = await c.newPage();
  await page.goto(`${root}/dasbor`, { waitUntil: 'load' });
  for (const panel of await page.locator('.panel:has(.chart)').all()) {
    charts++;
    await panel.scrollIntoViewIfNeeded();
    await panel.locator('canvas').first().waitFor({ timeout: 5000 }).catch(() => {});
    const title = await panel.locator('h2').textContent();
    const chart = JSON.parse(await panel.locator('script[type="application/json"]').textContent());
    const fields = (await panel.locator('td,tbody th').allTextContents()).map((x) => x.trim());
    const whole = fields.join('\n');
    if (!await panel.locator('canvas').count()) faults.push(`${title} @${width}: no chart is drawn`);
    if (await panel.locator('[role=img]').getAttribute('aria-label') !== chart.label) faults.push(`${title}: its label is not the finding`);
    for (const name of chart.names || []) if (!whole.includes(name)) faults.push(`${title}: ${name} is in no row`);
    if (chart.kind === 'bars') for (const text of chart.texts) if (!whole.includes(text)) faults.push(`${title}: ${text} is in no field`);
    if (chart.kind === 'fan') {
      const cells = (await panel.locator('td').allTextContents()).map((x) => x.trim());
      const [least, most, low, high, middle] = chart.rows;
      chart.values.forEach((n, i) => { if (cells[i * 4] !== String(n)) faults.push(`${title}: day ${i} came ${n}, its row says ${cells[i * 4]}`); });
      middle.forEach((n, i) => {
        const row = cells.slice((chart.values.length + i) * 4, (chart.values.length + i) * 4 + 4).join(' ').trim();
        const want = `${n} ${low[i]}–${high[i]} ${least[i]}–${most[i]}`;
        if (row !== want) faults.push(`${title}: expected ${want}, its row says ${row}`);
      });
    }
    if (chart.kind === 'stack') chart.rows.forEach((row) => row.forEach((n) => { if (!fields.includes(String(n))) faults.push(`${title}: ${n} is in no field`); }));
    if (chart.kind === 'calendar') {
      const said = chart.texts.map((t) => t.match(/(\d+) \D*$/)[1]);
      if (said.join() !== (await panel.locator('td').allTextContents()).map((x) => x.trim()).join()) faults.push(`${title}: the days are others than in the table`);
    }
    const box = panel.locator('.chart');
    await box.focus();
    await page.keyboard.press('ArrowRight');
    if (!(await panel.locator('output').textContent()).trim()) faults.push(`${title} @${width}: an arrow key reads nothing out`);
  }
  faults.push(...noise);
}
const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
await plain.goto(`${root}/dasbor`);
if (await plain.locator('canvas,.chart:visible').count()) faults.push('without JavaScript there is a chart');
if (await plain.locator('.panel table').count() < 4) faults.push('without JavaScript tables are missing');
await browser.close();
if (charts < 8) faults.push(`only ${charts} charts were seen`);
done(faults, `charts: ${charts} against their tables`);
