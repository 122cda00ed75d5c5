// What the module tells of itself: mode, link, sockets, services.

import {$, changed, make, setText, showList} from "./dom.js";

const MODES = {
  off: "no power", reset: "in reset", boot: "boot loader", ota: "over-the-air update", silent: "no application",
  command: "command mode", data: "data mode",
};
const LINKS = {down: "no link", station: "", lost: "link lost, looking for it", ap: "access point"};

export function showState(state) {
  const link = state.wifi, line = state.serial;
  setText($("version"), `${state.firmware.version} (${state.firmware.personality})`);
  setText($("device"), line.link ?? line.device);
  setText($("mode"), MODES[state.mode] ?? state.mode);
  $("mode").dataset.mode = state.mode;
  setText($("link-now"), [LINKS[link.state], link.state === "down" ? "" : link.ssid, link.address].filter(Boolean).join(" · "));
  $("link-now").dataset.link = link.state;
  document.title = `WizFi250 ${line.link ?? line.device}`;
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
  showSpi(state);
  const {web, air, mqtt} = state.services;
  showList($("services"), [
    ["web server", web.running ? webLink(web) : "off"],
    ["air commands", air.running ? `${air.address}:${air.port}` : "off"],
    ["MQTT broker", mqtt.running ? mqtt.address : "none"],
  ]);
  const {counters, timers, background, unsaved, profile} = state;
  setText($("rest"), JSON.stringify({counters, timers, background, unsaved, profile}, null, 2));
}

function webLink(web) {
  if (!web.port) return "no port could be had";
  const link = make("a", `${web.address}:${web.port}`);
  link.href = `http://${web.address}:${web.port}/`;
  link.rel = "noreferrer";
  link.target = "_blank";
  return link;
}

function showSockets(state) {
  const table = $("sockets");
  if (!changed(table, [state.sockets, state.data_mode])) return;
  setText($("sockets-count"), state.sockets.length ? ` ${state.sockets.length}` : "");
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

function showSpi({spi}) {
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
}
