// The panel: shows what GET /api/events tells, and sends what is clicked and typed. Serial bytes and names come from
// outside: everything gets into the page as text.

const LINES_MAX = 1000;
const LINE_CHARS_MAX = 1000;
const WAITING_CHARS_MAX = 200000;
const DRAW_PAUSE_MS = 40;
const PROBLEM_MS = 8000;

const $ = (id) => document.getElementById(id);

function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// --- orders ---------------------------------------------------------------------------------------------------------

// The token has no business in the address bar or the history. The session's storage is that of this origin alone, port
// included, and of this tab.
const token = new URLSearchParams(location.search).get("token") ?? sessionStorage.getItem("token") ?? "";
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);

let problemTimer = 0;

function complain(text) {
  setText($("problem"), text);
  $("problem").hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => { $("problem").hidden = true; }, PROBLEM_MS);
}

async function post(path, body) {
  return order("POST", path, body, showState);
}

async function order(method, path, body, show) {
  try {
    const response = await fetch(path, {
      method,
      headers: {"Content-Type": "application/json", "Authorization": `Bearer ${token}`},
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else complain(answer.error);
    return response.ok;
  } catch {
    complain("the module does not answer");
    return false;
  }
}

// Clicks that come while the button is being pressed are pressed right after it, as one run.
let presses = 0;
let pressing = false;

async function press(count) {
  presses += count;
  if (pressing) return;
  pressing = true;
  while (presses) {
    const now = Math.min(presses, 20);
    presses -= now;
    if (!await post("api/press", {count: now})) presses = 0;
  }
  pressing = false;
}

let power = true;

function switchPower() {
  const held = (id) => $(id).checked ? "low" : null;
  post("api/power", power ? {on: false} : {on: true, boot: held("hold-boot"), function: held("hold-function")});
}

// "brown-out off_ms=200 when.pattern=AT+SSEND when.from=host", as behind `wizfi-emu ctl fault start`
async function startFault(event) {
  event.preventDefault();
  const [word, ...settings] = $("fault-text").value.trim().split(/\s+/);
  const fault = {fault: word};
  for (const setting of settings) {
    const [, key, value] = /^([^=]*)=?(.*)$/.exec(setting);
    const [name, inner] = key.split(".");
    if (inner === undefined) fault[name] = value;
    else fault[name] = {...fault[name], [inner]: value};
  }
  if (await order("POST", "api/faults", fault, showFaults)) $("fault-text").value = "";
}

// --- state ----------------------------------------------------------------------------------------------------------

const MODES = {
  off: "no power", reset: "in reset", boot: "boot loader", ota: "over-the-air update", silent: "no application",
  command: "command mode", data: "data mode",
};

function showState(state) {
  power = state.power;
  const link = state.wifi;
  setText($("version"), `${state.firmware.version} (${state.firmware.personality})`);
  setText($("device"), state.serial.link ?? state.serial.device);
  setText($("mode"), MODES[state.mode] ?? state.mode);
  document.title = `WizFi250 ${state.serial.link ?? state.serial.device}`;
  for (const [name, lit] of Object.entries(state.leds)) showLed(name, lit);
  $("power").setAttribute("aria-pressed", String(power));
  setText($("power"), power ? "Power on" : "Power off");
  for (const button of document.querySelectorAll("#function, [data-press], #reset")) button.disabled = !power;
  for (const [name, pin] of Object.entries(state.pins)) showPin(name, pin);
  if (document.activeElement !== $("adc-value")) $("adc-value").value = state.adc;
  const line = state.serial;
  setText($("line"), `${line.baud} ${line.data_bits}${line.parity}${line.stop_bits}${line.flow === "HW" ? " RTS/CTS" : ""}`);
  showList($("link"), [
    ["state", {down: "down", station: "station", lost: "lost, looking for it", ap: "access point"}[link.state]],
    ["network", link.ssid],
    ["signal", link.rssi_dbm === null ? "" : `${link.rssi_dbm} dBm`],
    ["address", link.address && `${link.address} / ${link.netmask}`],
    ["gateway", link.gateway],
    ["name servers", link.name_servers.join(", ")],
    ["MAC", link.mac],
  ]);
  showSockets(state);
  const {spi} = state;
  showList($("spi"), spi.device === null && !spi.outputs.includes("spi") ? [] : [
    ["device", spi.device ?? "none"],
    ["DATA_READY", spi.data_ready === null ? "floats (high)" : String(spi.data_ready)],
    ["module", `mode ${spi.mode}, ${spi.order.toUpperCase()} first`],
    ["host", spi.device === null ? "" :
      `mode ${spi.host_mode}, ${spi.host_order.toUpperCase()} first${spi.connected ? "" : ", not connected"}`],
    ["answers on", spi.outputs.map((port) => port.toUpperCase()).join(" and ")],
    ["waits for the host", `${spi.queued_bytes + spi.waiting_bytes} B${spi.stalled ? ", the module stands still" : ""}`],
    ["XOFF", [spi.stops_host ? "of the module" : "", spi.stopped ? "of the host" : ""].filter(Boolean).join(", ")],
  ]);
  $("spi-title").hidden = !$("spi").childElementCount;
  const {web, air, mqtt} = state.services;
  showList($("services"), [
    ["web server", web.running ? webLink(web) : "off"],
    ["air commands", air.running ? `${air.address}:${air.port}` : "off"],
    ["MQTT broker", mqtt.running ? mqtt.address : "none"],
  ]);
  showFaults(state);
  const {counters, timers, background, unsaved, profile} = state;
  setText($("rest"), JSON.stringify({counters, timers, background, unsaved, profile}, null, 2));
}

function showFaults({faults}) {
  const list = $("faults");
  const key = JSON.stringify(faults);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...faults.map((fault) => {
    const row = make("li", `${fault.name}: ${fault.state}, ${fault.hits} hits `);
    const heal = make("button", fault.state === "over" ? "Forget" : "End");
    heal.type = "button";
    heal.setAttribute("aria-label", `${heal.textContent} ${fault.name}`);
    heal.addEventListener("click", () => order("DELETE", `api/faults/${fault.name}`, undefined, showFaults));
    row.append(heal);
    return row;
  }));
}

function showLed(name, lit) {
  const led = $(name);
  led.classList.toggle("lit", lit);
  led.setAttribute("aria-label", `${name.toUpperCase()} ${lit ? "lit" : "off"}`);
}

function webLink(web) {
  if (!web.port) return "no port could be had";
  const link = make("a", `${web.address}:${web.port}`);
  link.href = `http://${web.address}:${web.port}/`;
  link.rel = "noreferrer";
  link.target = "_blank";
  return link;
}

function showList(list, rows) {
  const shown = rows.filter(([, value]) => value);
  const key = shown.map(([name, value]) => `${name}=${value}`).join("\n");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...shown.flatMap(([name, value]) => {
    const cell = make("dd");
    cell.append(value);
    return [make("dt", name), cell];
  }));
}

const DRIVES = [[0, "0", "low"], [1, "1", "high"], [null, "–", "not"]];

function pinRow(name) {
  const row = make("tr");
  row.id = `pin-${name}`;
  const head = make("th", name.toUpperCase());
  head.scope = "row";
  const drive = make("td");
  for (const [level, text, word] of DRIVES) {
    const button = make("button", text);
    button.type = "button";
    button.dataset.level = String(level);
    button.setAttribute("aria-label", `Drive ${name.toUpperCase()} ${word}`);
    button.addEventListener("click", () => post(`api/pins/${name}`, {level}));
    drive.append(button, " ");
  }
  row.append(head, make("td"), make("td"), drive);
  document.querySelector("#pins tbody").append(row);
  return row;
}

function showPin(name, pin) {
  const row = $(`pin-${name}`) ?? pinRow(name);
  setText(row.cells[1], pin.direction);
  setText(row.cells[2], pin.level === null ? "floats" : String(pin.level));
  for (const button of row.cells[3].children) {
    button.setAttribute("aria-pressed", String(button.dataset.level === String(pin.driven)));
  }
}

function showSockets(state) {
  const key = JSON.stringify([state.sockets, state.data_mode]);
  const table = $("sockets");
  if (table.dataset.key === key) return;
  table.dataset.key = key;
  const rows = state.sockets.map((socket) => {
    const row = make("tr");
    const session = state.data_mode.session === socket.scid ? ", data mode" : "";
    row.append(make("td", String(socket.scid)), make("td", socket.type), make("td", socket.state + session));
    for (const end of [socket.local, socket.remote]) {
      const cell = make("td", end.virtual ?? "–");
      cell.append(make("small", end.host ?? "–"));
      row.append(cell);
    }
    return row;
  });
  if (!rows.length) {
    const cell = make("td", "none");
    cell.colSpan = 5;
    rows.push(make("tr"));
    rows[0].append(cell);
  }
  table.tBodies[0].replaceChildren(...rows);
}

// --- terminal -------------------------------------------------------------------------------------------------------

// Each direction has one line open, so that echo and typing that come byte by byte do not tear each other apart.
const open = {};
const ENDS = {to_module: /[\r\n]+/, to_host: /\r*\n/};
let waiting = [];
let waitingChars = 0;
let drawTimer = 0;

function receive(direction, data, port) {
  waiting.push([direction, data, port]);
  waitingChars += data.length;
  while (waitingChars > WAITING_CHARS_MAX && waiting.length > 1) waitingChars -= waiting.shift()[1].length;
  if (!drawTimer) drawTimer = setTimeout(draw, DRAW_PAUSE_MS);
}

function draw() {
  drawTimer = 0;
  const terminal = $("terminal");
  const atEnd = terminal.scrollTop + terminal.clientHeight >= terminal.scrollHeight - 4;
  for (const [direction, data, port] of waiting) {
    if (direction === "note") terminal.append(make("div", data, "note"));
    else write(terminal, direction, data, port);
  }
  waiting = [];
  waitingChars = 0;
  while (terminal.childElementCount > LINES_MAX) terminal.firstElementChild.remove();
  if (atEnd) terminal.scrollTop = terminal.scrollHeight;
}

function write(terminal, direction, data, port) {
  const way = `${port} ${direction}`;
  while (data) {
    const end = ENDS[direction].exec(data);
    const piece = end ? data.slice(0, end.index + end[0].length) : data;
    data = data.slice(piece.length);
    let line = open[way];
    if (!line?.isConnected) {
      line = make("div", "", direction.replace("_", "-"));
      line.dataset.port = port;
      terminal.append(line);
    }
    line.textContent += visible(piece);
    open[way] = end || line.textContent.length > LINE_CHARS_MAX ? null : line;
  }
}

function visible(bytes) {
  // CR LF ends nearly every line and would only be in the way; everything else is shown.
  return bytes.replace(/\r\n$/, "").replace(/[\x00-\x1f\x7f-\xff]/g, (char) => {
    const named = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}[char];
    return named ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function clearTerminal() {
  waiting = [];
  waitingChars = 0;
  for (const way of Object.keys(open)) open[way] = null;
  $("terminal").replaceChildren();
}

// --- typing ---------------------------------------------------------------------------------------------------------

const ENDINGS = {cr: "\r", crlf: "\r\n", none: ""};
const typed = [];
let recalled = 0;

function recall(step) {
  const next = recalled + step;
  if (next < 0 || next > typed.length) return;
  recalled = next;
  $("command").value = typed[recalled] ?? "";
}

// One after another: what is typed must not overtake what was typed before.
let sending = Promise.resolve();

function send(event) {
  event.preventDefault();
  const text = $("command").value;
  if (text && text !== typed[typed.length - 1]) typed.push(text);
  recalled = typed.length;
  $("command").value = "";
  const body = {text: text + ENDINGS[$("ending").value]};
  sending = sending.then(async () => {
    if (!await post("api/serial", body)) $("command").value ||= text;
  });
}

// --- live -----------------------------------------------------------------------------------------------------------

function connect() {
  const events = new EventSource(`api/events?kinds=serial,state&token=${encodeURIComponent(token)}`);
  events.addEventListener("open", () => {
    clearTerminal();
    $("live").className = "";
    setText($("live"), "live");
  });
  events.addEventListener("error", () => {
    $("live").className = "lost";
    setText($("live"), "no connection to the module");
  });
  events.addEventListener("state", (event) => showState(JSON.parse(event.data)));
  events.addEventListener("serial", (event) => {
    const {direction, data, port} = JSON.parse(event.data);
    receive(direction, data, port);
  });
  events.addEventListener("lost", (event) => receive("note", `… ${JSON.parse(event.data).items} pieces not shown …`));
}

$("function").addEventListener("click", () => press(1));
for (const button of document.querySelectorAll("[data-press]")) {
  button.addEventListener("click", () => press(Number(button.dataset.press)));
}
$("reset").addEventListener("click", () => post("api/reset", {}));
$("power").addEventListener("click", switchPower);
$("adc").addEventListener("submit", (event) => {
  event.preventDefault();
  post("api/adc", {value: Number($("adc-value").value)});
});
$("fault").addEventListener("submit", startFault);
$("typing").addEventListener("submit", send);
$("command").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  recall(event.key === "ArrowUp" ? -1 : 1);
});
$("clear").addEventListener("click", clearTerminal);

// An event source does not say why it is refused.
if (await order("GET", "api/state", undefined, showState)) connect();
else setText($("live"), "no access to the module");
