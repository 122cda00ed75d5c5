// The selected row: all that is known of it, and its bytes.

const details = document.getElementById("details");

function choose(row) {
  chosen = row;
  root.dataset.chosen = String(row);
  showDetails(row);
  scrollTo(indexOfRow(row));
  reveal(times[row]);
  redraw();
}

// Just as far as it takes.
function scrollTo(i) {
  const top = scroll.scrollTop * scale, height = scroll.clientHeight - headHeight() - rowHeight;
  if (tops[i] < top) scroll.scrollTop = tops[i] / scale;
  else if (tops[i] > top + height) scroll.scrollTop = (tops[i] - height) / scale;
}

function showDetails(row) {
  const list = document.createElement("dl");
  const i = indexOfRow(row), size = data.sizes[row];
  const words = data.strings[data.texts[row]];
  const result = results.get(row), answered = resultRows.get(row);
  const entries = [
    ["time", seconds(times[row]) + " s"],
    ["since the row before", i > 0 && rows[i] === row ? showDuration(times[row] - times[rows[i - 1]]) : ""],
    ["typed for", data.spans_us[row] ? showDuration(data.spans_us[row]) : ""],
    ["what", kindOf(row)],
    ["way", wayOf(row)],
    ["text", words],
    ["socket", data.socks[row] >= 0 ? String(data.socks[row]) : ""],
    ["result of", result ? `${labelOf(result.command, 60)}, after ${showDuration(result.us)}` : ""],
    ["result", answered !== undefined ? `${labelOf(answered, 60)} after ${showDuration(results.get(answered).us)}` : ""],
    ["bytes", size >= 0 ? String(size) : ""],
  ];
  for (const [name, value] of entries) {
    if (!value) continue;
    list.appendChild(document.createElement("dt")).textContent = name;
    list.appendChild(document.createElement("dd")).textContent = value;
  }
  details.replaceChildren(list);
  if (data.socks[row] >= 0) addButton(followed < 0 ? `follow socket ${data.socks[row]}` : "show all sockets", toggleFollow);
  if (result || answered !== undefined) addButton(result ? "to the command" : "to the result", jump);
  if (size > 0) details.appendChild(document.createElement("pre")).textContent = hexDump(bytesOf(row), size);
}

function addButton(words, action) {
  const button = details.appendChild(document.createElement("button"));
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", action);
  details.append(" ");
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
  let at = chosen < 0 ? (steps > 0 ? -1 : rows.length) : indexOfRow(chosen);
  if (chosen >= 0 && !isShown(chosen) && steps > 0) at--;
  choose(rows[Math.max(0, Math.min(rows.length - 1, at + steps))]);
}

function goTo(time) {
  const i = Math.min(rows.length - 1, indexAtTime(time));
  if (i < 0) return;
  scroll.scrollTop = tops[i] / scale;
  choose(rows[i]);
}

function jump() {
  const result = results.get(chosen);
  const row = result ? result.command : resultRows.get(chosen);
  if (row !== undefined) choose(row);
}

function toggleFollow() {
  const sock = followed >= 0 || chosen < 0 ? -1 : data.socks[chosen];
  if (sock === followed) return;
  followed = sock;
  const button = document.getElementById("unfollow");
  button.hidden = followed < 0;
  button.textContent = `socket ${followed} ×`;
  refresh();
}
