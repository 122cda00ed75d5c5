// What keys, mouse and fingers do, and the start.

const field = document.getElementById("filter"), help = document.getElementById("help");
const DRAG = 4, TYPING_MS = 80;
let typing = 0;

function refresh() {
  arrange();
  const showsAll = !matches && followed < 0;
  document.getElementById("found").textContent = showsAll ? `${rows.length} rows` : matches && !onlyMatches ? `${found} of ${rows.length} rows` : `${rows.length} of ${count} rows`;
  root.dataset.shown = String(rows.length);
  // A chosen row stays where it is in the window, or its neighbours come there.
  if (chosen >= 0 && rows.length) scrollTo(indexOfRow(chosen));
  showCursors();
  redraw();
}

function applyFilter() {
  clearTimeout(typing);
  typing = 0;
  const problem = document.getElementById("problem");
  try {
    matches = makeFilter(field.value.trim());
    problem.textContent = "";
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    problem.textContent = error.message;
  }
  field.setAttribute("aria-invalid", String(Boolean(problem.textContent)));
  refresh();
}

function nextMatch() {
  const start = chosen < 0 ? 0 : indexOfRow(chosen) + (isShown(chosen) ? 1 : 0);
  for (let step = 0; step < rows.length && matches; step++) {
    const row = rows[(start + step) % rows.length];
    if (matches(row)) return choose(row);
  }
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(Math.max(1, Math.floor(scroll.clientHeight / rowHeight) - 2)),
  PageUp: () => move(-Math.max(1, Math.floor(scroll.clientHeight / rowHeight) - 2)),
  Home: () => move(-count - 1),
  End: () => move(count + 1),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  "+": () => zoom(.5, around()),
  "=": () => zoom(.5, around()),
  "-": () => zoom(2, around()),
  0: () => look(0, duration),
  a: () => setCursor("a", around()),
  b: () => setCursor("b", around()),
  z: zoomToCursors,
  f: toggleFollow,
  j: jump,
  n: nextMatch,
  "/": () => field.focus(),
  "?": () => help.showModal(),
};

const around = () => chosen < 0 ? (view.from + view.to) / 2 : times[chosen];

function step(direction) {
  const now = chosen < 0 ? view.from : times[chosen];
  const time = Math.max(0, now + direction * (view.to - view.from) / 50);
  if (direction > 0) return goTo(time);
  // The last row at that time or before it: a step back always moves.
  choose(rows[Math.max(0, Math.min(firstAt(i => times[rows[i]], rows.length, time + 1), indexOfRow(Math.max(0, chosen))) - 1)] ?? chosen);
}

function zoomToCursors() {
  const { a, b } = cursors;
  if (a === null || b === null || a === b) return;
  const margin = Math.abs(b - a) * .05;
  look(Math.min(a, b) - margin, Math.max(a, b) + margin);
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
  if (event.target === field) {
    if (event.key === "Escape") scroll.focus();
    else if (event.key === "Enter") {
      event.preventDefault();
      if (typing) applyFilter();
      nextMatch();
    }
    return;
  }
  // A selected button or box keeps the keys that it needs itself, all other ones work wherever the focus is.
  const action = KEYS[event.key];
  if (!action || (!rows.length && event.key.length > 1)) return;
  event.preventDefault();
  action();
});

scroll.addEventListener("scroll", redraw, { passive: true });
sequence.addEventListener("click", event => {
  const i = indexAtTop(event.offsetY - headHeight() + scroll.scrollTop * scale);
  if (event.offsetY > headHeight() && i < rows.length) choose(rows[i]);
});

// One finger or the mouse moves the view, on the ruler it measures; two fingers zoom.
const pointers = new Map();
let dragged = null;

axis.addEventListener("pointerdown", event => {
  pointers.set(event.pointerId, event.offsetX);
  axis.setPointerCapture(event.pointerId);
  dragged = { x: event.offsetX, from: view.from, to: view.to, moved: false, measures: event.offsetY < RULER && event.offsetX >= names() };
});
axis.addEventListener("pointermove", event => {
  axis.classList.toggle("measuring", event.offsetY < RULER);
  if (!pointers.has(event.pointerId) || !dragged) return;
  const before = [...pointers.values()];
  pointers.set(event.pointerId, event.offsetX);
  if (pointers.size === 2) {
    const now = [...pointers.values()];
    dragged.moved = true;
    zoom(Math.max(1, Math.abs(before[0] - before[1])) / Math.max(1, Math.abs(now[0] - now[1])), toTime((now[0] + now[1]) / 2));
    return;
  }
  if (Math.abs(event.offsetX - dragged.x) < DRAG && !dragged.moved) return;
  dragged.moved = true;
  if (dragged.measures) {
    cursors.a = Math.max(0, Math.min(duration, toTime(dragged.x)));
    setCursor("b", toTime(event.offsetX));
  } else {
    const shift = (event.offsetX - dragged.x) / (axisWidth() - names()) * (dragged.to - dragged.from);
    look(dragged.from - shift, dragged.to - shift);
  }
});
for (const kind of ["pointerup", "pointercancel"]) {
  axis.addEventListener(kind, event => {
    pointers.delete(event.pointerId);
    if (kind === "pointerup" && dragged && !dragged.moved) goTo(toTime(event.offsetX));
    if (!pointers.size) dragged = null;
  });
}
axis.addEventListener("wheel", event => {
  event.preventDefault();
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  if (sideways) {
    const shift = (event.deltaX || event.deltaY) / 500 * (view.to - view.from);
    look(view.from + shift, view.to + shift);
  } else zoom(1.0015 ** event.deltaY, toTime(event.offsetX));
}, { passive: false });

const BUTTONS = {
  "zoom-in": KEYS["+"], "zoom-out": KEYS["-"], "zoom-all": KEYS[0], "zoom-ab": zoomToCursors,
  "set-a": KEYS.a, "set-b": KEYS.b, unfollow: toggleFollow, "help-open": KEYS["?"],
};
for (const [id, action] of Object.entries(BUTTONS)) document.getElementById(id).addEventListener("click", action);
document.getElementById("tools").addEventListener("submit", event => event.preventDefault());
field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(applyFilter, TYPING_MS);
});
document.getElementById("only").addEventListener("change", event => {
  onlyMatches = event.target.checked;
  refresh();
});
window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colours = new Map();
  redraw();
});

for (const [name, value] of Object.entries(data.meta)) {
  if (!value) continue;
  const entry = document.getElementById("meta").appendChild(document.createElement("div"));
  entry.appendChild(document.createElement("dt")).textContent = name;
  entry.appendChild(document.createElement("dd")).textContent = value;
}
data.groups.forEach((name, group) => {
  if (!data.rows_groups.includes(group)) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = shown[group];
  box.id = "group-" + name;
  box.addEventListener("change", () => {
    shown[group] = box.checked;
    refresh();
  });
  const words = document.createElement("label");
  words.style.setProperty("--swatch", `var(--${name})`);
  words.append(box, " " + name);
  document.getElementById("groups").append(words);
});
root.dataset.rows = String(count);
refresh();
scroll.focus({ preventScroll: true });
requestAnimationFrame(() => {
  drawSequence();
  drawAxis();
  root.dataset.readyMs = String(Math.round(performance.now()));
});
