// A recording by hand: it begins with the power, and is fetched as a file or as a page.

import {complain, order, send} from "./api.js";
import {$, make, setText} from "./dom.js";

const STATES = {
  off: "Nothing is being recorded.", waiting: "The recording begins when the power comes.", on: "Recording: ",
  full: "The recording is full and has ended: ",
};
let state = {state: "off", bytes: 0};
let power = true;
let showAll = () => {};

export function startRecording(show) {
  showAll = show;
  $("record").addEventListener("click", record);
  $("fetch-recording").addEventListener("click", () => save("api/recording", "session.jsonl"));
  $("fetch-report").addEventListener("click", () => save("api/recording/report", "report.html"));
}

async function record() {
  const begins = !["waiting", "on"].includes(state.state);
  if (!await order("POST", "api/recording", {on: begins}, showAll) || !begins) return;
  if (power) await order("POST", "api/power", {on: false}, showAll);
  await order("POST", "api/power", {on: true}, showAll);
}

async function save(path, name) {
  try {
    const response = await send("GET", path);
    if (!response.ok) return complain((await response.json()).error);
    const link = make("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch {
    complain("the module does not answer");
  }
}

export function showRecording(whole) {
  state = whole.recording;
  power = whole.power;
  const runs = state.state === "on" || state.state === "waiting";
  setText($("record"), runs ? "Stop recording" : power ? "Record: switch power off and on" : "Record: switch power on");
  $("record").setAttribute("aria-pressed", String(runs));
  $("recording-now").hidden = !runs;
  const size = state.bytes ? `${(state.bytes / 1000).toFixed(1)} kB` : "";
  setText($("recording-state"), STATES[state.state] + (state.state === "off" && size ? ` The last one has ${size}.` : state.state === "waiting" ? "" : size));
  $("fetch-recording").hidden = $("fetch-report").hidden = !state.bytes;
}
