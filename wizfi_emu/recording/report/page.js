"use strict";

// --- data ------------------------------------------------------------------------------------------------------------

const data = JSON.parse(document.getElementById("data").textContent);
const count = data.times_us.length;
const times = new Float64Array(count);
for (let row = 0, time = 0; row < count; row++) times[row] = time += data.times_us[row];
const [SERIAL, SOCKETS] = [0, 1];
const HOST = 0, MODULE = 1;

const ESCAPES = { 13: "\\r", 10: "\\n", 9: "\\t", 92: "\\\\" };
const escapeByte = code =>
  ESCAPES[code] || (code >= 32 && code < 127 ? String.fromCharCode(code) : "\\x" + code.toString(16).padStart(2, "0"));

function bytesOf(row, limit = Infinity) {
  const text = data.data[row];
  // Four characters of Base64 are three bytes.
  return atob(limit === Infinity ? text : text.slice(0, 4 * Math.ceil(limit / 3)));
}

function escaped(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += escapeByte(bytes.charCodeAt(i));
  return text;
}

function label(row, limit) {
  if (data.sizes[row] < 0 || data.strings[data.texts[row]]) return data.strings[data.texts[row]];
  return escaped(bytesOf(row, limit));
}

const seconds = time => (time / 1e6).toFixed(6);

// --- rows and where they are -----------------------------------------------------------------------------------------

const ROW = 22, HEAD_LINE = 15, HEAD_LINES = data.lanes.length > 4 ? 3 : 1, HEAD = HEAD_LINE * HEAD_LINES + 8;
const TALLEST = 1.5e7;
const shown = data.groups.map(name => name !== "pins");
let rows = new Uint32Array(0);
let tops = new Float64Array(1);
let scale = 1;
let chosen = -1;

function arrange() {
  rows = new Uint32Array(count);
  let used = 0;
  for (let row = 0; row < count; row++) if (shown[data.rows_groups[row]]) rows[used++] = row;
  rows = rows.subarray(0, used);
  tops = new Float64Array(used + 1);
  for (let i = 0, top = 0; i < used; i++) {
    // The axis shows pauses, a long one not as much longer as it is.
    if (i) top += 8 * Math.log10(1 + (times[rows[i]] - times[rows[i - 1]]) / 1000);
    tops[i] = top;
    tops[i + 1] = top += ROW;
  }
  // Browsers have a limit for the height of an element.
  scale = Math.max(1, tops[used] / TALLEST);
  space.style.height = HEAD + tops[used] / scale + "px";
}

function firstAt(values, length, wanted) {
  let low = 0, high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values(middle) < wanted) low = middle + 1; else high = middle;
  }
  return low;
}
const indexAtTop = top => Math.max(0, firstAt(i => tops[i + 1], rows.length, top + 1e-6));
const indexOfRow = row => firstAt(i => rows[i], rows.length, row);
const indexAtTime = time => firstAt(i => times[rows[i]], rows.length, time);

// --- drawing ---------------------------------------------------------------------------------------------------------

const scroll = document.getElementById("scroll"), space = document.getElementById("space");
const sequence = document.getElementById("sequence"), overview = document.getElementById("overview");
const details = document.getElementById("details");
const colours = getComputedStyle(document.documentElement);
const colour = name => colours.getPropertyValue("--" + name).trim();
const GROUP_COLOURS = ["serial", "sockets", "radio", "board", "board"];
const TIME_WIDTH = 90, BANDS = [[data.modes, 98, "mode"], [data.links, 130, "link"]], BAND_WIDTH = 26;
const LANES_LEFT = 200, LANES_RIGHT = 90, NARROWEST = 8, NARROWEST_PAGE = 640;

function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height + "px";
    canvas.style.width = width + "px";
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, width, height);
  return pen;
}

function laneX(lane, width) {
  const room = width - LANES_LEFT - LANES_RIGHT, others = data.lanes.length - 2;
  // Most of what is to be read stands between host and module.
  const first = Math.max(room * .45, room - others * 150);
  return LANES_LEFT + (lane ? first + (lane - 1) * Math.max(NARROWEST, (room - first) / others) : 0);
}

function bandAt(bands, time) {
  return bands[firstAt(i => bands[i][0], bands.length, time + 1) - 1];
}

function draw() {
  pending = false;
  const width = Math.max(NARROWEST_PAGE, scroll.clientWidth), height = scroll.clientHeight;
  const pen = prepare(sequence, width, height);
  const top = scroll.scrollTop * scale;
  const first = indexAtTop(top), last = Math.min(rows.length, indexAtTop(top + height) + 1);
  pen.font = "11px ui-monospace, monospace";
  const letter = pen.measureText("x").width || 7;
  drawBands(pen, first, last, top, height);
  pen.strokeStyle = colour("line");
  for (let lane = 0; lane < data.lanes.length; lane++) {
    const x = laneX(lane, width);
    line(pen, x, HEAD, x, height);
  }
  for (let i = first; i < last; i++) drawRow(pen, i, HEAD + tops[i] - top, width, letter);
  drawHead(pen, width, letter);
  root.dataset.drawn = String(last - first);
  drawOverview(first, last);
}

function drawBands(pen, first, last, top, height) {
  for (const [bands, x] of BANDS) {
    for (let i = first; i < last; i++) {
      const band = bandAt(bands, times[rows[i]]);
      if (!band) continue;
      const from = Math.floor(i > first ? HEAD + tops[i - 1] + ROW - top : HEAD);
      pen.fillStyle = colour(band[1]);
      pen.fillRect(x, from, BAND_WIDTH, Math.ceil(Math.min(height, HEAD + tops[i] + ROW - top)) - from);
    }
  }
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

function drawRow(pen, i, y, width, letter) {
  const row = rows[i];
  if (row === chosen) {
    pen.fillStyle = colour("chosen");
    pen.fillRect(LANES_LEFT - 40, y, width, ROW);
  }
  pen.fillStyle = colour("faint");
  pen.textAlign = "right";
  if (i === 0 || times[row] !== times[rows[i - 1]] || y < HEAD + ROW) pen.fillText(seconds(times[row]), TIME_WIDTH, y + 15);
  const from = laneX(data.lanes_from[row], width), to = laneX(data.lanes_to[row], width);
  pen.strokeStyle = pen.fillStyle = colour(GROUP_COLOURS[data.rows_groups[row]]);
  if (from === to) {
    pen.beginPath();
    pen.arc(from, y + 12, 3, 0, 7);
    pen.fill();
    text(pen, label(row, 90), from + 8, y + 16, "left", Math.max(12, (width - from - 12) / letter));
    return;
  }
  line(pen, from, y + 18, to, y + 18);
  const side = to > from ? -6 : 6;
  pen.beginPath();
  pen.moveTo(to, y + 18);
  pen.lineTo(to + side, y + 15);
  pen.lineTo(to + side, y + 21);
  pen.fill();
  if (data.rows_groups[row] === SERIAL) text(pen, label(row, 150), (from + to) / 2, y + 14, "center", Math.abs(to - from) / letter - 2);
  else text(pen, label(row, 90), Math.min(from, to) + 8, y + 14, "left", (width - Math.min(from, to) - 12) / letter);
}

function text(pen, words, x, y, align, letters) {
  pen.textAlign = align;
  pen.fillStyle = colour("ink");
  pen.fillText(words.length > letters ? words.slice(0, Math.max(1, letters - 1)) + "…" : words, x, y);
}

function drawHead(pen, width, letter) {
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, width, HEAD);
  const room = HEAD_LINES * (laneX(2, width) - laneX(1, width)) / letter - 1;
  data.lanes.forEach((name, lane) => text(pen, name, laneX(lane, width), HEAD_LINE * (1 + lane % HEAD_LINES), "center", room));
  text(pen, "seconds", TIME_WIDTH, HEAD_LINE, "right", 10);
  for (const [, x, name] of BANDS) text(pen, name, x + BAND_WIDTH / 2, HEAD_LINE, "center", 10);
  pen.strokeStyle = colour("line");
  line(pen, 0, HEAD - .5, width, HEAD - .5);
}

// --- overview --------------------------------------------------------------------------------------------------------

const CURVES = [
  ["host to module", "host-out", row => data.rows_groups[row] === SERIAL && data.lanes_from[row] === HOST],
  ["module to host", "host-in", row => data.rows_groups[row] === SERIAL && data.lanes_from[row] === MODULE],
  ["module to peers", "net-out", row => data.rows_groups[row] === SOCKETS && data.lanes_from[row] === MODULE],
  ["peers to module", "net-in", row => data.rows_groups[row] === SOCKETS && data.lanes_from[row] > MODULE],
];
const duration = Math.max(1, data.duration_us);
const OVERVIEW_HEIGHT = 120, STRIPE = 12, BINS = 200;
const bins = CURVES.map(() => new Float64Array(BINS));

function fillBins() {
  for (let row = 0; row < count; row++) {
    const size = data.sizes[row];
    if (size <= 0) continue;
    const bin = Math.min(BINS - 1, Math.floor(times[row] / duration * BINS));
    const curve = CURVES.findIndex(([, , belongs]) => belongs(row));
    if (curve >= 0) bins[curve][bin] += size;
  }
}

function drawOverview(first, last) {
  const width = Math.max(50, overview.parentElement.clientWidth - 26);
  const pen = prepare(overview, width, OVERVIEW_HEIGHT);
  [data.modes, data.links].forEach((bands, which) => bands.forEach((band, i) => {
    const from = band[0] / duration * width, to = (i + 1 < bands.length ? bands[i + 1][0] : duration) / duration * width;
    pen.fillStyle = colour(band[1]);
    pen.fillRect(from, which * (STRIPE + 2), Math.max(1, to - from), STRIPE);
  }));
  const base = OVERVIEW_HEIGHT - 16, room = base - 2 * (STRIPE + 2) - 4;
  const most = bins.reduce((top, bin) => bin.reduce((a, b) => Math.max(a, b), top), 1);
  bins.forEach((bin, curve) => {
    pen.strokeStyle = colour(CURVES[curve][1]);
    pen.beginPath();
    bin.forEach((bytes, i) => {
      pen.lineTo(i / BINS * width, base - bytes / most * room);
      pen.lineTo((i + 1) / BINS * width, base - bytes / most * room);
    });
    pen.stroke();
  });
  pen.fillStyle = colour("faint");
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "left";
  pen.fillText("0 s", 0, OVERVIEW_HEIGHT - 3);
  pen.textAlign = "right";
  pen.fillText((duration / 1e6).toFixed(3) + " s", width, OVERVIEW_HEIGHT - 3);
  pen.textAlign = "center";
  const rate = most / (duration / 1e6 / BINS);
  pen.fillText("highest: " + (rate >= 1000 ? (rate / 1000).toFixed(1) + " kB/s" : rate.toFixed(0) + " B/s"), width / 2, OVERVIEW_HEIGHT - 3);
  if (last > first) {
    const from = times[rows[first]] / duration * width, to = times[rows[last - 1]] / duration * width;
    pen.strokeStyle = colour("ink");
    pen.strokeRect(Math.min(width - 3, from) + .5, .5, Math.max(2, to - from), base);
  }
}

function makeLegend() {
  const legend = document.getElementById("legend");
  const values = new Set([...data.modes, ...data.links].map(band => band[1]));
  const entries = [...[...values].map(value => [value, value]), ...CURVES.map(([name, swatch]) => [name, swatch])];
  for (const [name, swatch] of entries) {
    const entry = legend.appendChild(document.createElement("span"));
    entry.textContent = name;
    entry.style.setProperty("--swatch", "var(--" + swatch + ")");
  }
}

// --- selection -------------------------------------------------------------------------------------------------------

function choose(row) {
  chosen = row;
  root.dataset.chosen = String(row);
  const i = indexOfRow(row), top = scroll.scrollTop * scale, height = scroll.clientHeight - HEAD - ROW;
  if (tops[i] < top) scroll.scrollTop = tops[i] / scale;
  else if (tops[i] > top + height) scroll.scrollTop = (tops[i] - height) / scale;
  showDetails(row);
  redraw();
}

function showDetails(row) {
  const list = document.createElement("dl");
  const size = data.sizes[row];
  const way = data.lanes_from[row] === data.lanes_to[row]
    ? data.lanes[data.lanes_from[row]] : data.lanes[data.lanes_from[row]] + " → " + data.lanes[data.lanes_to[row]];
  const entries = [["time", seconds(times[row]) + " s"], ["what", data.strings[data.kinds[row]]], ["way", way]];
  if (data.strings[data.texts[row]]) entries.push(["text", data.strings[data.texts[row]]]);
  if (size >= 0) entries.push(["bytes", String(size)]);
  for (const [name, value] of entries) {
    list.appendChild(document.createElement("dt")).textContent = name;
    list.appendChild(document.createElement("dd")).textContent = value;
  }
  details.replaceChildren(list);
  if (size > 0) details.appendChild(document.createElement("pre")).textContent = hexDump(bytesOf(row), size);
}

function hexDump(bytes, size) {
  const lines = [];
  for (let start = 0; start < bytes.length; start += 8) {
    const part = [...bytes.slice(start, start + 8)].map(letter => letter.charCodeAt(0));
    const hex = part.map(code => code.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map(code => code >= 32 && code < 127 ? String.fromCharCode(code) : ".").join("");
    lines.push(start.toString(16).padStart(4, "0") + "  " + hex.padEnd(23) + "  " + letters);
  }
  if (bytes.length < size) lines.push((size - bytes.length) + " more bytes are in the recording");
  return lines.join("\n");
}

function move(steps) {
  if (!rows.length) return;
  const at = chosen < 0 ? (steps > 0 ? -1 : rows.length) : indexOfRow(chosen);
  choose(rows[Math.max(0, Math.min(rows.length - 1, at + steps))]);
}

function goTo(time) {
  const i = Math.min(rows.length - 1, indexAtTime(time));
  if (i >= 0) {
    scroll.scrollTop = tops[i] / scale;
    choose(rows[i]);
  }
}

function find(words) {
  const output = document.getElementById("found");
  const wanted = words.toLowerCase();
  const start = chosen < 0 ? 0 : indexOfRow(chosen) + 1;
  for (let step = 0; step < rows.length && wanted; step++) {
    const row = rows[(start + step) % rows.length];
    if (label(row, Infinity).toLowerCase().includes(wanted)) {
      output.textContent = "";
      choose(row);
      return;
    }
  }
  output.textContent = wanted ? "nothing found" : "";
}

// --- hands -----------------------------------------------------------------------------------------------------------

const root = document.documentElement;
let pending = false;
function redraw() {
  if (!pending) {
    pending = true;
    requestAnimationFrame(draw);
  }
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(Math.floor(scroll.clientHeight / ROW) - 2),
  PageUp: () => move(2 - Math.floor(scroll.clientHeight / ROW)),
  Home: () => move(-count - 1),
  End: () => move(count + 1),
};
scroll.addEventListener("keydown", event => {
  const action = KEYS[event.key];
  if (action && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    action();
  }
});
scroll.addEventListener("scroll", redraw, { passive: true });
sequence.addEventListener("click", event => {
  const i = indexAtTop(event.offsetY - HEAD + scroll.scrollTop * scale);
  if (event.offsetY > HEAD && i < rows.length) choose(rows[i]);
});
overview.addEventListener("click", event => goTo(event.offsetX / overview.clientWidth * duration));
overview.addEventListener("keydown", event => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  const now = chosen < 0 ? 0 : times[chosen];
  goTo(Math.max(0, now + (event.key === "ArrowRight" ? 1 : -1) * duration / 50));
});
document.getElementById("tools").addEventListener("submit", event => {
  event.preventDefault();
  find(document.getElementById("find").value);
});
window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

for (const [name, value] of Object.entries(data.meta)) {
  if (!value) continue;
  const entry = document.getElementById("meta").appendChild(document.createElement("div"));
  entry.appendChild(document.createElement("dt")).textContent = name;
  entry.appendChild(document.createElement("dd")).textContent = value;
}
data.groups.forEach((name, group) => {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = shown[group];
  box.id = "group-" + name;
  box.addEventListener("change", () => {
    shown[group] = box.checked;
    arrange();
    redraw();
  });
  const words = document.createElement("label");
  words.append(box, " " + name);
  document.getElementById("groups").append(words);
});
makeLegend();
fillBins();
arrange();
root.dataset.rows = String(count);
requestAnimationFrame(() => {
  draw();
  root.dataset.readyMs = String(Math.round(performance.now()));
});
