// The time axis: bands, faults and traffic of a part of the session that can be zoomed, and two cursors to measure.

const axis = document.getElementById("axis");
const RULER = 20, BAND = 17, GAP = 3, NAMES = 112, NAMES_NARROW = 92, SHORTEST_US = 20, FAULT_LANES_MAX = 4;
const BLOCKS_MAX = 400;
const view = { from: 0, to: duration };
const cursors = { a: null, b: null };

const CURVES = [
  ["host → module", "host-out", row => data.rows_groups[row] === SERIAL && data.lanes_from[row] === HOST],
  ["module → host", "host-in", row => data.rows_groups[row] === SERIAL && data.lanes_from[row] === MODULE],
  ["module → peers", "net-out", row => data.rows_groups[row] === SOCKETS && data.lanes_from[row] === MODULE],
  ["peers → module", "net-in", row => data.rows_groups[row] === SOCKETS && data.lanes_from[row] > MODULE],
].map(([name, swatch, belongs]) => {
  const members = [];
  for (let row = 0; row < count; row++) if (data.sizes[row] > 0 && belongs(row)) members.push(row);
  return { name, swatch, members: Uint32Array.from(members) };
}).filter(curve => curve.members.length);

const faultLanes = packed(data.faults);

// Faults one below the other where they overlap; what finds no lane is in the last one.
function packed(spans) {
  const lanes = [];
  for (const span of spans) {
    let lane = lanes.find(one => one[one.length - 1][1] <= span[0]);
    if (!lane && lanes.length < FAULT_LANES_MAX) lanes.push(lane = []);
    (lane ?? lanes[lanes.length - 1]).push(span);
  }
  return lanes;
}

const names = () => root.clientWidth < 640 ? NAMES_NARROW : NAMES;
const axisWidth = () => Math.max(200, axis.parentElement.clientWidth - 2 * parseFloat(getComputedStyle(axis.parentElement).paddingLeft));
const curveHeight = () => root.clientWidth < 640 ? 20 : 26;
const axisHeight = () => RULER + (2 + faultLanes.length) * (BAND + GAP) + CURVES.length * (curveHeight() + GAP);
const toX = time => names() + (time - view.from) / (view.to - view.from) * (axisWidth() - names());
const toTime = x => view.from + (x - names()) / (axisWidth() - names()) * (view.to - view.from);

function look(from, to) {
  const length = Math.min(duration, Math.max(SHORTEST_US, to - from));
  view.from = Math.max(0, Math.min(duration - length, from));
  view.to = view.from + length;
  redraw();
}

function zoom(factor, around = (view.from + view.to) / 2) {
  const length = Math.min(duration, Math.max(SHORTEST_US, (view.to - view.from) * factor));
  const part = (around - view.from) / (view.to - view.from);
  look(around - part * length, around + (1 - part) * length);
}

function reveal(time) {
  const length = view.to - view.from;
  if (time < view.from || time > view.to) look(time - length / 2, time + length / 2);
}

function setCursor(name, time) {
  cursors[name] = Math.max(0, Math.min(duration, time));
  showCursors();
  redraw();
}

function showCursors() {
  const { a, b } = cursors;
  const parts = [];
  if (a !== null) parts.push("A " + seconds(a) + " s");
  if (b !== null) parts.push("B " + seconds(b) + " s");
  if (a !== null && b !== null) {
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    const first = indexAtTime(from), last = indexAtTime(to + 1);
    let bytes = 0;
    for (let i = first; i < last; i++) bytes += Math.max(0, data.sizes[rows[i]]);
    parts.push(`B − A = ${showDuration(b - a)}`, `${last - first} rows, ${bytes} bytes between them`);
  }
  document.getElementById("cursors").textContent = parts.join(" · ") || "Drag along the ruler to measure.";
  document.getElementById("zoom-ab").disabled = a === null || b === null || a === b;
}

function drawAxis() {
  const width = axisWidth(), height = axisHeight(), left = names();
  const pen = prepare(axis, width, height, "ground");
  pen.textBaseline = "middle";
  drawRuler(pen, width, height, left);
  let top = RULER;
  for (const [name, bands] of [["mode", data.modes], ["link", data.links]]) {
    const spans = bands.map((band, i) => [band[0], i + 1 < bands.length ? bands[i + 1][0] : duration, band[1]]);
    drawSpans(pen, name, spans, top, width, left, value => value);
    top += BAND + GAP;
  }
  faultLanes.forEach((spans, i) => {
    drawSpans(pen, i ? "" : "faults", spans, top, width, left, () => "fault");
    top += BAND + GAP;
  });
  for (const curve of CURVES) {
    drawCurve(pen, curve, top, width, left);
    top += curveHeight() + GAP;
  }
  drawMarks(pen, height, left, width);
  document.getElementById("view").textContent = view.to - view.from < duration
    ? `${seconds(view.from)} to ${seconds(view.to)} s of ${showDuration(duration)}` : `all of ${showDuration(duration)}`;
  root.dataset.view = `${view.from} ${view.to}`;
}

function drawRuler(pen, width, height, left) {
  const steps = (width - left) / 90;
  const rough = (view.to - view.from) / steps, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? 10 * power;
  const digits = Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(step))));
  pen.font = SANS;
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = toX(time);
    pen.strokeStyle = colour("line");
    line(pen, Math.round(x) + .5, RULER - 5, Math.round(x) + .5, height);
    pen.fillStyle = colour("faint");
    pen.textAlign = x > width - 40 ? "right" : x < left + 20 ? "left" : "center";
    pen.fillText((time / 1e6).toFixed(digits) + " s", x, 8);
  }
}

function laneName(pen, name, middle) {
  pen.font = SANS;
  pen.fillStyle = colour("faint");
  pen.textAlign = "left";
  pen.fillText(fitted(pen, name, names() - 6), 0, middle);
}

function drawSpans(pen, name, spans, top, width, left, swatch) {
  laneName(pen, name, top + BAND / 2);
  for (let i = Math.max(0, firstAt(i => spans[i][1], spans.length, view.from)); i < spans.length && spans[i][0] <= view.to; i++) {
    const [since, until, words] = spans[i];
    const from = Math.max(left, toX(since)), to = Math.min(width, toX(until));
    if (to <= left) continue;
    pen.fillStyle = colour(swatch(words));
    pen.fillRect(from, top, Math.max(1.5, to - from - 1), BAND);
    pen.fillStyle = colour("ink");
    pen.textAlign = "left";
    if (to - from > 24) pen.fillText(fitted(pen, words, to - from - 10), from + 5, top + BAND / 2 + .5);
  }
}

function drawCurve(pen, { name, swatch, members }, top, width, left) {
  const height = curveHeight();
  laneName(pen, name, top + height / 2);
  const first = firstAt(i => times[members[i]], members.length, view.from);
  const last = firstAt(i => beginOf(members[i]), members.length, view.to + 1);
  pen.fillStyle = colour("paper");
  pen.fillRect(left, top, width - left, height);
  pen.fillStyle = colour(swatch);
  if (last - first <= BLOCKS_MAX) drawBlocks(pen, members, first, last, top, width, left);
  else drawDensity(pen, members, first, last, top, width, left);
}

// So few that each can be seen: a block for each, with its text where there is room.
function drawBlocks(pen, members, first, last, top, width, left) {
  const height = curveHeight();
  pen.font = MONO;
  pen.textAlign = "left";
  for (let i = first; i < last; i++) {
    const row = members[i];
    const from = Math.max(left, toX(beginOf(row))), to = Math.max(from + 2, Math.min(width, toX(times[row])));
    const next = i + 1 < members.length ? Math.min(width, toX(beginOf(members[i + 1]))) : width;
    pen.globalAlpha = .9;
    pen.fillRect(from, top + 4, to - from, height - 8);
    pen.globalAlpha = 1;
    if (next - to > 30) pen.fillText(fitted(pen, labelOf(row, 60), next - to - 8), to + 4, top + height / 2 + .5);
  }
}

function drawDensity(pen, members, first, last, top, width, left) {
  const height = curveHeight();
  const bins = new Float64Array(Math.ceil(width - left) + 1);
  const size = (width - left) / (view.to - view.from);
  for (let i = first; i < last; i++) {
    const x = Math.floor((times[members[i]] - view.from) * size);
    if (x >= 0 && x < bins.length) bins[x] += data.sizes[members[i]];
  }
  const most = bins.reduce((a, b) => Math.max(a, b), 1);
  bins.forEach((bytes, x) => {
    if (bytes) pen.fillRect(left + x, top + height - Math.max(2, bytes / most * height), 1, Math.max(2, bytes / most * height));
  });
}

function drawMarks(pen, height, left, width) {
  const inside = x => x >= left - 1 && x <= width + 1;
  if (rows.length) {
    const [first, last] = visibleRows();
    const from = Math.max(left, toX(times[rows[first]])), to = Math.min(width, toX(times[rows[Math.max(first, last - 1)]]));
    pen.strokeStyle = colour("faint");
    if (to >= left && from <= width) pen.strokeRect(from - .5, RULER - 2.5, Math.max(2, to - from + 1), height - RULER + 2);
  }
  if (chosen >= 0 && inside(toX(times[chosen]))) {
    pen.strokeStyle = colour("ink");
    line(pen, toX(times[chosen]), RULER - 4, toX(times[chosen]), height);
  }
  const { a, b } = cursors;
  if (a !== null && b !== null) {
    pen.globalAlpha = .12;
    pen.fillStyle = colour("cursor-a");
    pen.fillRect(Math.max(left, toX(Math.min(a, b))), RULER, Math.min(width, toX(Math.max(a, b))) - Math.max(left, toX(Math.min(a, b))), height);
    pen.globalAlpha = 1;
  }
  for (const [name, time] of Object.entries(cursors)) {
    if (time === null || !inside(toX(time))) continue;
    const x = toX(time);
    pen.strokeStyle = pen.fillStyle = colour("cursor-" + name);
    pen.lineWidth = 1.5;
    line(pen, x, 2, x, height);
    pen.lineWidth = 1;
    pen.fillRect(x, 1, 13, 14);
    pen.fillStyle = colour("paper");
    pen.font = SANS;
    pen.textAlign = "center";
    pen.fillText(name.toUpperCase(), x + 6.5, 8.5);
  }
}
