"use strict";

// The session: the columns of the rows (see timeline.py), their texts and their bytes.

const data = JSON.parse(document.getElementById("data").textContent);
const count = data.times_us.length;
const times = new Float64Array(count);
for (let row = 0, time = 0; row < count; row++) times[row] = time += data.times_us[row];
const duration = Math.max(1, data.duration_us);
const HOST = 0, MODULE = 1, SERIAL = 0, SOCKETS = 1;

// Results of commands: by the row of the result, and by that of the command.
const results = new Map(data.answers.map(([row, command, us]) => [row, { command, us }]));
const resultRows = new Map(data.answers.map(([row, command]) => [command, row]));

const beginOf = row => times[row] - data.spans_us[row];
const groupOf = row => data.groups[data.rows_groups[row]];
const kindOf = row => data.strings[data.kinds[row]];
const fromOf = row => data.lanes[data.lanes_from[row]];
const toOf = row => data.lanes[data.lanes_to[row]];
const wayOf = row => data.lanes_from[row] === data.lanes_to[row] ? fromOf(row) : fromOf(row) + " → " + toOf(row);

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

function textOf(row, limit) {
  const words = data.strings[data.texts[row]];
  return data.sizes[row] < 0 || words ? words : escaped(bytesOf(row, limit));
}

// Without the line ends around it, which nearly every line has.
function labelOf(row, limit) {
  return textOf(row, limit).replace(/^(?:\\r\\n)+|(?:\\r|\\n)+$/g, "") || textOf(row, limit);
}

const seconds = time => (time / 1e6).toFixed(6);

function showDuration(us) {
  const size = Math.abs(us);
  if (size < 1000) return us.toFixed(0) + " µs";
  if (size < 1e6) return trimmed(us / 1000) + " ms";
  return trimmed(us / 1e6) + " s";
}

function trimmed(value) {
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}

function firstAt(values, length, wanted) {
  let low = 0, high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values(middle) < wanted) low = middle + 1; else high = middle;
  }
  return low;
}

function bandAt(bands, time) {
  return bands[firstAt(i => bands[i][0], bands.length, time + 1) - 1];
}
