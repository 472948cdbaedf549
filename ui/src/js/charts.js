// Charts over the tables of the dashboard. Every text comes ready from the server, so that
// a chart says exactly what its table says; without this script the tables are the page.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, CalendarComponent, GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

// The canvas needs no style attributes, which the content security policy forbids.
use([BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, AriaComponent, CalendarComponent, GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

const d = document;
const root = getComputedStyle(d.documentElement);
const colour = (name) => root.getPropertyValue(`--${name}`).trim();
const ink = colour('ink');
const muted = colour('muted');
const sequence = [1, 2, 3, 4, 5, 6, 7].map((i) => colour(`seq-${i}`));
const still = matchMedia('(prefers-reduced-motion:reduce)').matches;
const words = { fontFamily: getComputedStyle(d.body).fontFamily, fontSize: 12, color: ink };

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const kinds = {
  // A line with a dot at its end; the tile's number and sentence say the rest.
  spark: (c) => ({
    grid: { left: 2, right: 6, top: 4, bottom: 4 },
    xAxis: { type: 'category', show: false, data: c.values.map((_, i) => i) },
    yAxis: { type: 'value', show: false },
    series: [{ type: 'line', silent: true, showSymbol: true, symbolSize: (_, p) => (p.dataIndex === c.values.length - 1 ? 6 : 0), data: c.values, lineStyle: { width: 1.5, color: colour('cat-1') }, itemStyle: { color: colour('cat-1') } }],
  }),

  // Bars from 0, the value at their end, the target as a black tick.
  bars: (c, wide) => ({
    grid: { left: 8, right: 90, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: 'value', show: false, min: 0, max: c.max || null },
    yAxis: { type: 'category', inverse: true, data: c.names.map((n) => short(n, wide ? 34 : 18)), axisTick: { show: false }, axisLine: { lineStyle: { color: muted } }, axisLabel: words },
    series: [{
      type: 'bar', data: c.values, barMaxWidth: 22, itemStyle: { color: colour('cat-1') },
      label: { show: true, position: 'right', formatter: (p) => c.texts[p.dataIndex], ...words },
      markLine: c.target ? { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: ink, width: 2, type: 'solid' }, data: [{ xAxis: c.target }] } : undefined,
    }],
    height: Math.max(120, 30 * c.names.length + 20),
  }),

  // What came as a line; what is expected as a dashed line within bands of 95 and 80 %.
  fan: (c) => {
    const [least, most, low, high, middle] = c.rows;
    const from = c.values.length;
    const later = (row) => [...Array(from).fill('-'), ...row];
    const band = (name, under, over, fill) => [
      { type: 'line', name, stack: name, silent: true, symbol: 'none', lineStyle: { opacity: 0 }, data: later(under) },
      { type: 'line', name, stack: name, silent: true, symbol: 'none', lineStyle: { opacity: 0 }, areaStyle: { color: fill, opacity: 1 }, data: later(over.map((x, i) => x - under[i])) },
    ];
    return {
      grid: { left: 8, right: 12, top: 12, bottom: 8, containLabel: true },
      xAxis: { type: 'category', boundaryGap: false, data: c.names, axisLine: { lineStyle: { color: muted } }, axisLabel: words },
      yAxis: { type: 'value', min: 0, minInterval: 1, splitLine: { lineStyle: { color: colour('line') } }, axisLabel: words },
      series: [
        { type: 'line', name: c.series[0], symbolSize: 5, data: [...c.values, ...middle.map(() => '-')], lineStyle: { width: 2, color: colour('cat-1') }, itemStyle: { color: colour('cat-1') }, z: 4 },
        { type: 'line', name: c.series[1], symbolSize: 5, data: later(middle), lineStyle: { width: 2, type: 'dashed', color: colour('cat-1') }, itemStyle: { color: colour('cat-1') }, z: 4,
          markLine: { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: ink, width: 1, type: 'solid' }, data: [{ xAxis: from - 1 }] } },
        ...band(c.series[2], least, most, sequence[0]), ...band(c.series[3], low, high, sequence[1]),
      ],
      legendOf: [[c.series[2], sequence[0]], [c.series[3], sequence[1]]],
    };
  },

  stack: (c, wide) => ({
    grid: { left: 8, right: 60, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: 'value', show: false, min: 0 },
    yAxis: { type: 'category', inverse: true, data: c.names.map((n) => short(n, wide ? 34 : 18)), axisTick: { show: false }, axisLine: { lineStyle: { color: muted } }, axisLabel: words },
    series: c.series.map((name, s) => ({
      type: 'bar', stack: 'all', name, data: c.rows[s], barMaxWidth: 22, itemStyle: { color: sequence[1 + s + (s > 1 ? 1 : 0)], borderColor: '#fff', borderWidth: 1 },
      label: s === c.series.length - 1 ? { show: true, position: 'right', formatter: (p) => c.texts[p.dataIndex], ...words } : undefined,
    })),
    legendOf: c.series.map((name, s) => [name, sequence[1 + s + (s > 1 ? 1 : 0)]]),
    height: Math.max(120, 30 * c.names.length + 20),
  }),

  calendar: (c, wide) => {
    const from = wide ? 0 : Math.max(0, c.days.length - 13 * 7 - (c.days.length % 7));
    return {
      calendar: {
        left: 36, right: 8, top: 26, bottom: 8, cellSize: ['auto', 'auto'], range: [c.days[from], c.days[c.days.length - 1]],
        dayLabel: { firstDay: 1, nameMap: c.week, color: muted, fontFamily: words.fontFamily }, monthLabel: { nameMap: c.months, color: muted, fontFamily: words.fontFamily },
        yearLabel: { show: false }, splitLine: { show: false }, itemStyle: { borderColor: '#fff', borderWidth: 2, color: '#fff' },
      },
      visualMap: { show: false, type: 'piecewise', dimension: 1, pieces: sequence.slice(0, 6).map((x, i) => ({ value: i, color: x })) },
      series: [{ type: 'heatmap', coordinateSystem: 'calendar', data: c.days.slice(from).map((day, i) => [day, c.classes[from + i]]) }],
      first: from,
      legendOf: c.legend.map((text, i) => [text, sequence[i]]),
    };
  },

  // One square for each kelurahan; a dashed empty one where there is too little data.
  tiles: (c, wide) => {
    const across = Math.max(...c.x) + 1;
    const down = Math.max(...c.y) + 1;
    return {
      grid: { left: 4, right: 4, top: 4, bottom: 4 },
      xAxis: { type: 'value', show: false, min: -0.5, max: across - 0.5 },
      yAxis: { type: 'value', show: false, inverse: true, min: -0.5, max: down - 0.5 },
      series: [{
        type: 'scatter', symbol: 'rect',
        data: c.x.map((x, i) => ({
          value: [x, c.y[i]],
          itemStyle: c.classes[i] < 0 ? { color: '#fff', borderColor: muted, borderType: 'dashed', borderWidth: 1.5 } : { color: sequence[c.classes[i]], borderColor: muted, borderWidth: 0.5 },
          label: { color: c.classes[i] > 3 ? '#fff' : ink },
        })),
        label: { show: wide, formatter: (p) => short(c.names[p.dataIndex], 14), fontFamily: words.fontFamily, fontSize: 12 },
      }],
      height: wide ? 44 * down + 8 : 34 * down + 8,
      square: [across, down],
      legendOf: c.legend.map((text, i) => [text, i === c.legend.length - 1 ? '' : sequence[i]]),
    };
  },

  // The kelurahan in their outlines, the small ones above those that surround them; a dashed
  // white one where there is too little data.
  map: (c, wide, across) => {
    const [most, tall] = c.size;
    const span = (rings) => {
      const x = rings.flatMap((ring) => ring.filter((_, i) => i % 2 === 0));
      return Math.max(...x) - Math.min(...x);
    };
    const spans = c.shapes.map(span);
    const outlines = (i, api) => {
      const scale = Math.min((api.getWidth() - 8) / most, (api.getHeight() - 8) / tall);
      const left = (api.getWidth() - most * scale) / 2;
      const top = (api.getHeight() - tall * scale) / 2;
      return c.shapes[i].map((ring) => {
        const points = [];
        for (let k = 0; k < ring.length; k += 2) points.push([left + ring[k] * scale, top + ring[k + 1] * scale]);
        return points;
      });
    };
    return {
      xAxis: { show: false, min: 0, max: 1 },
      yAxis: { show: false, min: 0, max: 1 },
      series: [{
        type: 'custom', data: c.shapes.map((_, i) => [0.5, 0.5, i]),
        renderItem: (_, api) => {
          const i = api.value(2);
          const none = c.classes[i] < 0;
          return {
            type: 'group',
            children: outlines(i, api).map((points) => ({
              type: 'polygon', shape: { points }, z2: most - spans[i],
              style: { fill: none ? '#fff' : sequence[c.classes[i]], stroke: muted, lineWidth: 0.75, lineDash: none ? [4, 3] : undefined },
              emphasis: { style: { stroke: ink, lineWidth: 2 } },
            })),
          };
        },
      }],
      height: Math.round(Math.max(200, Math.min(560, across * tall / most))),
      legendOf: c.legend.map((text, i) => [text, i === c.legend.length - 1 ? '' : sequence[i]]),
    };
  },
};

// legend explains colours beside the chart as text with a patch.
function legend(box, list) {
  if (!list || box.parentNode.querySelector('.keys')) return;
  const line = d.createElement('p');
  line.className = 'keys hint';
  for (const [text, fill] of list) {
    const patch = d.createElement('i');
    patch.style.background = fill || 'none';
    if (!fill) patch.className = 'void';
    line.append(patch, ` ${text} `);
  }
  box.after(line);
}

function draw(box) {
  const data = d.getElementById(box.dataset.chart);
  if (!data || box.hasAttribute('_echarts_instance_')) return;
  const c = JSON.parse(data.textContent);
  if (!kinds[c.kind]) return;
  box.hidden = false;
  const wide = box.clientWidth >= 560;
  const option = kinds[c.kind](c, wide, box.clientWidth);
  const { height, legendOf, square, first = 0 } = option;
  for (const own of ['height', 'legendOf', 'square', 'first']) delete option[own];
  if (height) box.style.height = `${height}px`;
  if (square) option.series[0].symbolSize = [box.clientWidth / square[0] - 6, (box.clientHeight - 8) / square[1] - 6];
  const chart = init(box, null, { renderer: 'canvas' });
  const quiet = c.kind === 'spark';
  chart.setOption({
    animation: !still && !quiet, aria: { enabled: true, label: { description: c.label }, decal: { show: c.kind === 'stack' } },
    tooltip: quiet ? undefined : { renderMode: 'richText', confine: true, formatter: (p) => text(c, p.dataIndex + first, p.seriesName), textStyle: words },
    ...option,
  });
  addEventListener('resize', () => chart.resize());
  if (quiet) return;
  legend(box, legendOf);
  box.setAttribute('role', 'img');
  box.setAttribute('aria-label', c.label);
  chart.on('click', (p) => { const url = c.urls && c.urls[p.dataIndex + first]; if (url) location.href = url; });
  // Arrow keys walk along the values and read them out; Enter opens the cases behind one.
  let at = -1;
  const out = box.parentNode.querySelector('output');
  box.tabIndex = 0;
  box.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const many = (c.texts || c.values).length - first;
    if (step) {
      at = Math.max(0, Math.min(many - 1, at + step));
      chart.dispatchAction({ type: 'showTip', seriesIndex: 0, dataIndex: at });
      if (out) out.textContent = text(c, at + first);
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.key === 'Enter' && at >= 0 && c.urls && c.urls[at + first]) location.href = c.urls[at + first];
  });
}

// text is what a value says: with its name, unless it says that itself.
function text(c, i, series) {
  const own = c.texts ? c.texts[i] : String(c.values[i]);
  if (!c.names || own.startsWith(c.names[i])) return own;
  if (c.rows && series) return `${c.names[i]}, ${series}: ${c.rows[c.series.indexOf(series)][i]}`;
  return `${c.names[i]}: ${own}`;
}

// A chart is drawn when it comes near the window, each in a task of its own: the page answers
// meanwhile. On paper there is no window.
const undrawn = () => d.querySelectorAll('[data-chart]:not([_echarts_instance_])');
const near = new IntersectionObserver((list) => {
  for (const { isIntersecting, target } of list) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    setTimeout(draw, 0, target);
  }
}, { rootMargin: '200px' });
const all = () => undrawn().forEach((box) => near.observe(box));
addEventListener('beforeprint', () => undrawn().forEach(draw));
all();
d.body.addEventListener('htmx:afterSettle', all);

// On a wall three views follow each other, 20 seconds each; any key stops them, and again
// lets them go on.
const screen = d.querySelector('[data-screen]');
if (screen) {
  let view = 1;
  let paused = false;
  const show = () => d.querySelectorAll('[data-view]').forEach((x) => x.toggleAttribute('data-away', x.dataset.view !== String(view)));
  show();
  setInterval(() => { if (!paused) { view = (view % 3) + 1; show(); dispatchEvent(new Event('resize')); } }, 20000);
  d.addEventListener('keydown', (event) => {
    if (event.key === 'Tab') return;
    paused = !paused;
    d.getElementById('siar').textContent = paused ? screen.dataset.screen : '';
  });
}
