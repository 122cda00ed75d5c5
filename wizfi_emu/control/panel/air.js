// The access points of the world: on, off, nearer, farther.

import {order} from "./api.js";
import {$, changed, make, makeButton, setText} from "./dom.js";

const WEAKEST = -95, STRONGEST = -20;
let showAll = () => {};

export const startAir = (show) => { showAll = show; };

export function showAir({access_points: points, wifi}) {
  const table = $("access-points");
  if (!changed(table, [points, wifi.ssid, wifi.state])) return;
  // A slider that is being moved stays.
  if (table.contains(document.activeElement) && table.tBodies[0].childElementCount === points.length) {
    for (const [at, point] of points.entries()) update(table.tBodies[0].rows[at], point, wifi);
    return;
  }
  table.tBodies[0].replaceChildren(...points.map((point) => update(rowOf(point), point, wifi)));
  $("no-air").hidden = points.length > 0;
}

const change = (point, body) => order("POST", `api/access-points/${point.bssid}`, body, showAll);

function rowOf(point) {
  const row = make("tr");
  const name = make("th", point.ssid);
  name.scope = "row";
  name.append(make("small", `${point.bssid} · ${point.security} · channel ${point.channel}`));
  const slider = make("input");
  Object.assign(slider, {type: "range", min: WEAKEST, max: STRONGEST, step: 1});
  slider.dataset.hand = "always";
  slider.setAttribute("aria-label", `Signal of ${point.ssid}, dBm`);
  slider.addEventListener("input", () => setText(slider.nextElementSibling, `${slider.value} dBm`));
  slider.addEventListener("change", () => change(point, {rssi_dbm: Number(slider.value)}));
  const signal = make("td");
  signal.append(slider, make("output"));
  const button = makeButton("", () => change(point, {on: button.dataset.on !== "true"}));
  button.dataset.hand = "always";
  const control = make("td");
  control.append(button);
  row.append(name, signal, control);
  return row;
}

function update(row, point, wifi) {
  const [slider, value] = row.cells[1].children, button = row.cells[2].firstElementChild;
  if (document.activeElement !== slider) slider.value = point.rssi_dbm;
  setText(value, point.on ? `${point.rssi_dbm} dBm` : "off");
  button.dataset.on = String(point.on);
  setText(button, point.on ? "Switch off" : "Switch on");
  button.setAttribute("aria-label", `${button.textContent} ${point.ssid}`);
  row.className = point.on ? "" : "off";
  row.toggleAttribute("data-joined", wifi.ssid === point.ssid && wifi.state === "station");
  return row;
}
