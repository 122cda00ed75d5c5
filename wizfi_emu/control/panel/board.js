// The board: lights, pins at their places, buttons, the plug, the analogue input.

import {order, rest} from "./api.js";
import {$, make, makeButton, setText} from "./dom.js";

const LEFT = ["boot", "function", "gpio1", "gpio5", "gpio6", "gpio7", "gpio8"];
const DRIVES = [[0, "0", "low"], [1, "1", "high"], [null, "–", "not"]];
const ABOUT = {boot: "low at power on: boot loader", function: "the button", gpio5: "also the analogue input"};
let power = true;
let showAll = () => {};

export function startBoard(show) {
  showAll = show;
  for (const button of document.querySelectorAll("[data-press]")) {
    button.addEventListener("click", () => press(Number(button.dataset.press)));
  }
  $("reset").addEventListener("click", () => order("POST", "api/reset", {}, showAll));
  $("power").addEventListener("click", switchPower);
  $("adc").addEventListener("submit", (event) => {
    event.preventDefault();
    order("POST", "api/adc", {value: Number($("adc-value").value)}, showAll);
  });
  for (const name of LEFT) $("pins").append(pinRow(name));
}

async function press(count) {
  rest({pressing: true});
  await order("POST", "api/press", {count}, showAll);
  rest({pressing: false});
}

function switchPower() {
  const held = (id) => $(id).checked ? "low" : null;
  order("POST", "api/power", power ? {on: false} : {on: true, boot: held("hold-boot"), function: held("hold-function")}, showAll);
}

export function showBoard(state) {
  power = state.power;
  $("module").classList.toggle("off", !power);
  for (const [name, lit] of Object.entries(state.leds)) showLed(name, lit);
  $("power").setAttribute("aria-pressed", String(power));
  setText($("power"), power ? "Power off" : "Power on");
  rest({power});
  for (const [name, pin] of Object.entries(state.pins)) showPin(name, pin);
  const ready = state.spi.data_ready;
  showPad("data-ready", state.power ? ready : null);
  showPad("vcc", Number(power));
  if (document.activeElement !== $("adc-value")) $("adc-value").value = state.adc;
}

function showLed(name, lit) {
  const led = $(name);
  led.classList.toggle("lit", lit);
  led.setAttribute("aria-label", `${name.toUpperCase()} ${lit ? "lit" : "off"}`);
}

function pinRow(name) {
  const row = make("li");
  row.id = `pin-${name}`;
  if (ABOUT[name]) row.title = ABOUT[name];
  const drive = make("span", undefined, "drive");
  for (const [level, text, word] of DRIVES) {
    const button = makeButton(text, () => order("POST", `api/pins/${name}`, {level}, showAll), `Drive ${name.toUpperCase()} ${word}`);
    button.dataset.hand = "";
    button.dataset.level = String(level);
    drive.append(button);
  }
  const pad = make("span", undefined, "pad");
  pad.id = `pad-${name}`;
  const level = make("span", "", "level");
  level.id = `level-${name}`;
  row.append(drive, make("span", name.toUpperCase(), "name"), level, pad);
  return row;
}

function showPin(name, pin) {
  const row = $(`pin-${name}`);
  if (!row) return;
  const [drive, , level] = row.children;
  setText(level, `${pin.direction === "output" ? "out" : "in"} ${pin.level ?? "–"}`);
  level.title = `${pin.direction}, ${pin.level === null ? "floats" : pin.level ? "high" : "low"}`;
  showPad(name, pin.level);
  for (const button of drive.children) {
    button.setAttribute("aria-pressed", String(button.dataset.level === String(pin.driven)));
  }
}

function showPad(name, level) {
  const pad = $(`pad-${name}`);
  pad.dataset.level = String(level);
}

const BLINK_MS = 120;
const blinking = {};

// The lines of the UART blink when something passes.
export function blink(direction) {
  const pad = $(direction === "to_module" ? "pad-rx" : "pad-tx");
  pad.classList.add("busy");
  clearTimeout(blinking[direction]);
  blinking[direction] = setTimeout(() => pad.classList.remove("busy"), BLINK_MS);
}
