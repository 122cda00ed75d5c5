// The sequence diagram. Where the page is narrow, rows are two lines of text instead of arrows between lanes.

const scroll = document.getElementById("scroll"), space = document.getElementById("space");
const sequence = document.getElementById("sequence");
const HEAD_LINE = 15, NARROW = 560, ROW_NARROW = 40;
const TIME_RIGHT = 80, STEP_RIGHT = 142, BANDS = [["mode", data.modes, 156], ["link", data.links, 184]], BAND_WIDTH = 20;
const LANES_LEFT = 250, LANE_MARGIN = 60, NARROWEST_LANE = 60, PAD = 10;
let chosen = -1;

const isNarrow = () => scroll.clientWidth < NARROW;
const headHeight = () => isNarrow() ? 6 : 2 * HEAD_LINE + 10;

function laneX(lane, width) {
  const others = data.lanes.length - 2, room = width - LANES_LEFT - LANE_MARGIN;
  // Most of what is to be read stands between host and module; the peers share the rest.
  const first = Math.max(150, Math.min(room * .5, room - others * 150));
  return LANES_LEFT + (lane ? first + (lane - 1) * Math.max(NARROWEST_LANE, (room - first) / Math.max(1, others)) : 0);
}

function visibleRows() {
  const top = scroll.scrollTop * scale;
  return [indexAtTop(top), Math.min(rows.length, indexAtTop(top + scroll.clientHeight - headHeight()) + 1)];
}

function drawSequence() {
  const width = scroll.clientWidth, height = scroll.clientHeight, head = headHeight(), narrow = isNarrow();
  if (rowHeight !== (narrow ? ROW_NARROW : ROW)) {
    rowHeight = narrow ? ROW_NARROW : ROW;
    arrange();
    if (chosen >= 0 && rows.length) scrollTo(indexOfRow(chosen));
  }
  const pen = prepare(sequence, width, height, "paper");
  pen.textBaseline = "middle";
  const top = scroll.scrollTop * scale, [first, last] = visibleRows();
  if (narrow) {
    for (let i = first; i < last; i++) drawText(pen, i, head + tops[i] - top, width);
  } else {
    for (let i = first; i < last; i++) drawGround(pen, i, head + tops[i] - top, width);
    for (const [, bands, x] of BANDS) drawBands(pen, bands, x, first, last, top, height);
    pen.strokeStyle = colour("line");
    data.lanes.forEach((_, lane) => line(pen, Math.round(laneX(lane, width)) + .5, head, Math.round(laneX(lane, width)) + .5, height));
    for (let i = first; i < last; i++) drawRow(pen, i, head + tops[i] - top, width);
    drawHead(pen, width, head);
  }
  root.dataset.drawn = String(last - first);
}

const groundOf = row => row === chosen ? "chosen" : matches && !onlyMatches && matches(row) ? "match" : "paper";

function drawGround(pen, i, y, width) {
  const ground = groundOf(rows[i]);
  if (ground === "paper") return;
  pen.fillStyle = colour(ground);
  pen.fillRect(BANDS[1][2] + BAND_WIDTH, y, width, ROW);
}

function drawBands(pen, bands, x, first, last, top, height) {
  const head = headHeight();
  let begin = head, value = null;
  const end = bottom => {
    if (value === null || bottom <= begin) return;
    pen.fillStyle = colour(value);
    pen.fillRect(x, begin, BAND_WIDTH, bottom - begin);
    pen.font = SANS;
    if (bottom - begin < pen.measureText(value).width + 8) return;
    pen.save();
    pen.translate(x + BAND_WIDTH / 2, begin + 6);
    pen.rotate(Math.PI / 2);
    pen.fillStyle = colour("ink");
    pen.textAlign = "left";
    pen.fillText(value, 0, 0);
    pen.restore();
  };
  for (let i = first; i < last; i++) {
    const band = bandAt(bands, times[rows[i]]);
    if (band && band[1] === value) continue;
    const y = Math.max(head, head + tops[i] - top);
    end(i === first ? begin : y - 1);
    begin = i === first ? head : y;
    value = band ? band[1] : null;
  }
  end(Math.min(height, head + tops[last] - top));
}

function drawTimes(pen, i, y) {
  const row = rows[i], middle = y + 13;
  pen.font = MONO;
  pen.textAlign = "right";
  pen.fillStyle = colour("faint");
  const again = i > 0 && times[row] === times[rows[i - 1]];
  if (!again || y < headHeight() + ROW) pen.fillText(seconds(times[row]), TIME_RIGHT, middle);
  if (i > 0 && !again) pen.fillText("+" + showDuration(times[row] - times[rows[i - 1]]).replace(" ", ""), STEP_RIGHT, middle);
}

function drawRow(pen, i, y, width) {
  const row = rows[i];
  drawTimes(pen, i, y);
  const from = laneX(data.lanes_from[row], width), to = laneX(data.lanes_to[row], width);
  const swatch = colour(groupOf(row));
  pen.strokeStyle = pen.fillStyle = swatch;
  pen.font = MONO;
  const words = labelOf(row, 200), start = Math.min(from, to) + PAD;
  const longest = width - start - 12 - (results.has(row) ? 70 : 0);
  if (from === to) {
    pen.beginPath();
    pen.arc(from, y + 13, 3.5, 0, 7);
    pen.fill();
    write(pen, fitted(pen, words, longest), start, y + 13, row);
    return;
  }
  line(pen, from, y + 19.5, to, y + 19.5);
  const side = to > from ? -7 : 7;
  pen.beginPath();
  pen.moveTo(to, y + 19.5);
  pen.lineTo(to + side, y + 16);
  pen.lineTo(to + side, y + 23);
  pen.fill();
  const between = Math.abs(to - from) - 2 * PAD, length = pen.measureText(words).width;
  const centred = data.rows_groups[row] === SERIAL && length < between;
  write(pen, fitted(pen, words, longest), centred ? start + (between - length) / 2 : start, y + 10, row);
}

// Text covers the lanes that it crosses. A result has its time behind it.
function write(pen, words, x, y, row) {
  const length = pen.measureText(words).width;
  pen.fillStyle = colour(groundOf(row));
  pen.fillRect(x - 2, y - 7, length + 4, 13);
  pen.fillStyle = colour("ink");
  pen.textAlign = "left";
  pen.fillText(words, x, y);
  if (!results.has(row)) return;
  const took = showDuration(results.get(row).us);
  pen.font = SANS;
  const room = pen.measureText(took).width + 10;
  pen.fillStyle = colour("command");
  pen.beginPath();
  pen.roundRect(x + length + 8, y - 7.5, room, 14, 7);
  pen.fill();
  pen.fillStyle = colour("ink");
  pen.fillText(took, x + length + 13, y);
}

function drawText(pen, i, y, width) {
  const row = rows[i], ground = groundOf(row);
  pen.fillStyle = colour(ground);
  pen.fillRect(0, y, width, ROW_NARROW);
  pen.fillStyle = colour(groupOf(row));
  pen.fillRect(0, y + 3, 4, ROW_NARROW - 6);
  pen.font = SANS;
  pen.textAlign = "left";
  pen.fillText(fitted(pen, wayOf(row), width / 2), 10, y + 11);
  pen.fillStyle = colour("faint");
  pen.textAlign = "right";
  const step = i > 0 && times[row] > times[rows[i - 1]] ? "  +" + showDuration(times[row] - times[rows[i - 1]]) : "";
  pen.fillText(seconds(times[row]) + step, width - 8, y + 11);
  pen.font = MONO;
  write(pen, fitted(pen, labelOf(row, 200), width - 20 - (results.has(row) ? 70 : 0)), 10, y + 27, row);
  pen.strokeStyle = colour("line");
  line(pen, 0, y + ROW_NARROW - .5, width, y + ROW_NARROW - .5);
}

function drawHead(pen, width, head) {
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, width, head);
  pen.font = SANS;
  pen.fillStyle = colour("faint");
  pen.textAlign = "right";
  pen.fillText("seconds", TIME_RIGHT, head - 11);
  pen.fillText("since", STEP_RIGHT, head - 11);
  for (const [name, , x] of BANDS) {
    pen.textAlign = "center";
    pen.fillText(name, x + BAND_WIDTH / 2, head - 11);
  }
  pen.font = "600 12px system-ui, sans-serif";
  pen.fillStyle = colour("ink");
  const crowded = data.lanes.length > 3 && laneX(3, width) - laneX(2, width) < 110;
  data.lanes.forEach((name, lane) => {
    const x = laneX(lane, width), room = crowded && lane > 1 ? 2 * NARROWEST_LANE + 10 : 150;
    pen.fillText(fitted(pen, name, room), Math.min(x, width - 30), crowded && lane > 1 && lane % 2 ? head - 26 : head - 11);
  });
  pen.strokeStyle = colour("line");
  line(pen, 0, head - .5, width, head - .5);
}
