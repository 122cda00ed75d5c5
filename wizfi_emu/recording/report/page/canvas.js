// What both drawings need of a canvas.

const root = document.documentElement;
const styles = getComputedStyle(root);
let colours = new Map();
const colour = name => {
  if (!colours.has(name)) colours.set(name, styles.getPropertyValue("--" + name).trim());
  return colours.get(name);
};
const MONO = "12px ui-monospace, monospace", SANS = "11px system-ui, sans-serif";

function prepare(canvas, width, height, ground) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height + "px";
    canvas.style.width = width + "px";
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colour(ground);
  pen.fillRect(0, 0, width, height);
  return pen;
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// As much of the words as there is room for.
function fitted(pen, words, room) {
  if (room <= 0) return "";
  if (words.length * 10 < room || pen.measureText(words).width <= room) return words;
  let low = 0, high = words.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(words.slice(0, middle) + "…").width <= room) low = middle; else high = middle - 1;
  }
  return low ? words.slice(0, low) + "…" : "";
}

let pending = false;
function redraw() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    drawSequence();
    drawAxis();
  });
}
