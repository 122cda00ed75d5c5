// Which rows are shown, and how far down each is: a pause takes room, a long one not as much more.

const ROW = 22, TALLEST = 1.5e7;
const shown = data.groups.map(name => name !== "pins");
let matches = null;
let onlyMatches = true;
let followed = -1;
let rowHeight = ROW;
let rows = new Uint32Array(0);
let tops = new Float64Array(1);
let scale = 1;
let found = 0;

const isFollowed = row => data.socks[row] === followed;

function arrange() {
  rows = new Uint32Array(count);
  let used = 0;
  found = 0;
  for (let row = 0; row < count; row++) {
    if (!shown[data.rows_groups[row]] || (followed >= 0 && !isFollowed(row))) continue;
    if (matches) {
      const fits = matches(row);
      found += fits;
      if (!fits && onlyMatches) continue;
    }
    rows[used++] = row;
  }
  rows = rows.subarray(0, used);
  tops = new Float64Array(used + 1);
  for (let i = 0, top = 0; i < used; i++) {
    if (i) top += 8 * Math.log10(1 + (times[rows[i]] - times[rows[i - 1]]) / 1000);
    tops[i] = top;
    tops[i + 1] = top += rowHeight;
  }
  // Browsers have a limit for the height of an element.
  scale = Math.max(1, tops[used] / TALLEST);
  space.style.height = headHeight() + tops[used] / scale + "px";
}

const indexAtTop = top => Math.max(0, firstAt(i => tops[i + 1], rows.length, top + 1e-6));
const indexOfRow = row => Math.min(rows.length - 1, firstAt(i => rows[i], rows.length, row));
const isShown = row => rows[indexOfRow(row)] === row;
const indexAtTime = time => firstAt(i => times[rows[i]], rows.length, time);
