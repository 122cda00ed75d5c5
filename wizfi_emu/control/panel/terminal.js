// The serial line: what passes, with its time, marks for power and faults between, and what is typed.

import {$, make} from "./dom.js";

const LINES_MAX = 1000;
const LINE_CHARS_MAX = 1000;
const WAITING_CHARS_MAX = 200000;
const DRAW_PAUSE_MS = 40;

// Each direction has one line open, so that echo and typing that come byte by byte do not tear each other apart.
const open = {};
const said = new WeakMap();
const ENDS = {to_module: /[\r\n]+/, to_host: /\r*\n/};
let waiting = [];
let waitingChars = 0;
let drawTimer = 0;

export function receive(kind, data, timeUs, port = "uart") {
  waiting.push([kind, data, timeUs, port]);
  waitingChars += data.length;
  while (waitingChars > WAITING_CHARS_MAX && waiting.length > 1) waitingChars -= waiting.shift()[1].length;
  if (!drawTimer) drawTimer = setTimeout(draw, DRAW_PAUSE_MS);
}

// Something that is no byte: `kind` is power, fault or note.
export const mark = (kind, text, timeUs) => receive(`mark ${kind}`, text, timeUs);

function draw() {
  drawTimer = 0;
  const terminal = $("terminal");
  const atEnd = terminal.scrollTop + terminal.clientHeight >= terminal.scrollHeight - 4;
  for (const [kind, data, timeUs, port] of waiting) {
    if (kind.startsWith("mark")) terminal.append(lineOf(timeUs, make("span", data, kind)));
    else write(terminal, kind, data, timeUs, port);
  }
  waiting = [];
  waitingChars = 0;
  while (terminal.childElementCount > LINES_MAX) terminal.firstElementChild.remove();
  if (atEnd) terminal.scrollTop = terminal.scrollHeight;
}

function lineOf(timeUs, content) {
  const line = make("div");
  line.append(make("time", timeUs === undefined ? "" : (timeUs / 1e6).toFixed(3)), content);
  return line;
}

function write(terminal, direction, data, timeUs, port) {
  const way = `${port} ${direction}`;
  while (data) {
    const end = ENDS[direction].exec(data);
    const piece = end ? data.slice(0, end.index + end[0].length) : data;
    data = data.slice(piece.length);
    let text = open[way];
    if (!text?.isConnected) {
      text = make("span", "", direction.replace("_", "-"));
      text.dataset.port = port;
      terminal.append(lineOf(timeUs, text));
    }
    const whole = (said.get(text) ?? "") + piece;
    said.set(text, whole);
    text.textContent = visible(whole);
    open[way] = end || whole.length > LINE_CHARS_MAX ? null : text;
    // An answer ends what the host has said; the echo of a line is none.
    const before = open[`${port} to_module`];
    if (end && direction === "to_host" && before && !whole.startsWith(said.get(before))) open[`${port} to_module`] = null;
  }
}

function visible(bytes) {
  // CR LF ends nearly every line and would only be in the way; everything else is shown.
  return bytes.replace(/\r\n$/, "").replace(/[\x00-\x1f\x7f-\xff]/g, (char) => {
    const named = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}[char];
    return named ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

export function clearTerminal() {
  waiting = [];
  waitingChars = 0;
  for (const way of Object.keys(open)) open[way] = null;
  $("terminal").replaceChildren();
}

const ENDINGS = {cr: "\r", crlf: "\r\n", none: ""};
const typed = [];
let recalled = 0;

function recall(step) {
  const next = recalled + step;
  if (next < 0 || next > typed.length) return;
  recalled = next;
  $("command").value = typed[recalled] ?? "";
}

// `send` gives whether the module has taken the text.
export function startTyping(send) {
  // One after another: what is typed must not overtake what was typed before.
  let sending = Promise.resolve();
  $("typing").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("command").value;
    if (text && text !== typed[typed.length - 1]) typed.push(text);
    recalled = typed.length;
    $("command").value = "";
    const ended = text + ENDINGS[$("ending").value];
    sending = sending.then(async () => {
      if (!await send(ended)) $("command").value ||= text;
    });
  });
  $("command").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    recall(event.key === "ArrowUp" ? -1 : 1);
  });
  $("clear").addEventListener("click", clearTerminal);
  $("times").addEventListener("change", () => $("terminal").classList.toggle("timeless", !$("times").checked));
}
