// The panel: shows what GET /api/events tells, and sends what is clicked and typed.

import {order, rest, token} from "./api.js";
import {showAir, startAir} from "./air.js";
import {blink, showBoard, startBoard} from "./board.js";
import {$, setText} from "./dom.js";
import {showFaults, startFaults} from "./faults.js";
import {showRecording, startRecording} from "./recording.js";
import {showState} from "./state.js";
import "./tabs.js";
import {clearTerminal, mark, receive, startTyping} from "./terminal.js";

const CAUSES = {power: "the module starts: power", reset: "the module starts: reset", watchdog: "the module starts: watchdog"};
const EVENTS = {
  PoweredOn: ({cause}) => CAUSES[cause] ?? `the module starts: ${cause}`,
  ResetPulled: ({cause}) => cause === "watchdog" ? "the watchdog bites" : "RESET is pulled",
};

// The answer to an order may come behind a later state of the live stream.
let shownUs = 0;

function show(state) {
  if (state.time_us < shownUs) return;
  shownUs = state.time_us;
  showState(state);
  showBoard(state);
  showAir(state);
  showRecording(state);
  showFaults(state);
}

function connect() {
  const events = new EventSource(`api/events?kinds=serial,note,event,state&token=${encodeURIComponent(token)}`);
  events.addEventListener("open", () => {
    clearTerminal();
    shownUs = 0;
    $("live").className = "";
    setText($("live"), "live");
    rest({live: true});
  });
  events.addEventListener("error", () => {
    $("live").className = "lost";
    setText($("live"), "no connection to the module");
    rest({live: false});
  });
  events.addEventListener("state", (event) => show(JSON.parse(event.data)));
  events.addEventListener("serial", (event) => {
    const {direction, data, port, time_us: timeUs} = JSON.parse(event.data);
    receive(direction, data, timeUs, port);
    blink(direction);
  });
  events.addEventListener("event", (event) => {
    const {name, fields, time_us: timeUs} = JSON.parse(event.data);
    if (EVENTS[name]) mark("power", EVENTS[name](fields), timeUs);
  });
  events.addEventListener("note", (event) => {
    const {name, about, text, fields, time_us: timeUs} = JSON.parse(event.data);
    if (about === "power") mark("power", `power ${text}`, timeUs);
    // What the line has become is told by itself.
    else if (name !== "FaultApplied" || !/^(serial|spi|wrong|strict)/.test(fields.word)) mark(about, `${about} ${text}`.replace(/^world /, ""), timeUs);
  });
  events.addEventListener("lost", (event) => mark("note", `… ${JSON.parse(event.data).items} pieces not shown …`));
}

startBoard(show);
startAir(show);
startRecording(show);
startTyping((text) => order("POST", "api/serial", {text}, show));

// An event source does not say why it is refused.
if (await order("GET", "api/state", undefined, show)) {
  connect();
  startFaults(show);
} else setText($("live"), "no access to the module");
