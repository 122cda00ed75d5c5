// Faults: those that are set, and a form for another one, made from what the module says there is.

import {order} from "./api.js";
import {$, changed, make, makeButton, setText} from "./dom.js";

const FAMILIES = [["air", ["ap", "key", "dhcp", "lease", "dns"]], ["network", ["tcp", "udp", "bandwidth", "latency"]],
  ["serial line", ["serial", "wrong", "strict"]], ["SPI", ["spi", "data"]], ["board", [""]]];
let kinds = [];
let showAll = () => {};

export async function startFaults(show) {
  showAll = show;
  $("fault").addEventListener("submit", start);
  $("fault-kind").addEventListener("change", showFields);
  await order("GET", "api/faults/kinds", undefined, (answer) => { kinds = answer.kinds; });
  const groups = FAMILIES.map(([label]) => Object.assign(make("optgroup"), {label}));
  for (const kind of kinds) {
    const family = FAMILIES.findIndex(([, words]) => words.some((word) => kind.fault.startsWith(word)));
    groups[family].append(new Option(kind.fault, kind.fault));
  }
  $("fault-kind").append(...groups.filter((group) => group.childElementCount));
  showFields();
}

function showFields() {
  const kind = kinds.find((one) => one.fault === $("fault-kind").value);
  if (!kind) return;
  setText($("fault-about"), kind.about);
  const parts = kind.fields.map(fieldOf);
  const shared = kind.fields.findIndex((field) => field.common);
  $("fault-fields").replaceChildren(...parts.slice(0, shared));
  $("fault-more").replaceChildren(...parts.slice(shared));
  setText($("fault-problem"), "");
}

function fieldOf(field) {
  const row = make("div", undefined, "field");
  const label = make("label", field.name.replaceAll("_", " "));
  label.htmlFor = `fault-${field.name}`;
  const input = inputOf(field);
  input.id = label.htmlFor;
  input.dataset.field = field.name;
  input.title = field.about;
  input.addEventListener("input", () => showProblem(row, ""));
  const problem = make("output", "", "wrong");
  problem.setAttribute("role", "alert");
  problem.id = `${input.id}-problem`;
  input.setAttribute("aria-describedby", problem.id);
  row.append(label, input, problem);
  return row;
}

function inputOf(field) {
  if (field.type === "choice" || field.type === "flag") {
    const select = make("select");
    for (const choice of field.choices.length ? field.choices : ["false", "true"]) select.append(new Option(choice, choice));
    select.value = field.default || select.value;
    select.dataset.default = select.value;
    return select;
  }
  const input = make("input");
  input.autocomplete = "off";
  input.spellcheck = false;
  input.required = field.required;
  input.type = field.concealed ? "password" : "text";
  if (field.type === "integer" || field.type === "number") input.inputMode = "decimal";
  const range = field.minimum !== null && field.maximum !== null ? `${field.minimum} to ${field.maximum}` : "";
  input.placeholder = field.default || (range.length < 16 ? range : "");
  if (field.name === "access_point") input.setAttribute("list", "ssids");
  return input;
}

function showProblem(row, text) {
  const [, input, problem] = row.children;
  setText(problem, text);
  input.setAttribute("aria-invalid", String(Boolean(text)));
}

async function start(event) {
  event.preventDefault();
  const fault = {fault: $("fault-kind").value};
  for (const input of $("fault").querySelectorAll("[data-field]")) {
    showProblem(input.parentElement, "");
    if (input.value === "" || input.value === input.dataset.default) continue;
    const [name, inner] = input.dataset.field.split(".");
    if (inner === undefined) fault[name] = input.value;
    else fault[name] = {...fault[name], [inner]: input.value};
  }
  setText($("fault-problem"), "");
  if (await order("POST", "api/faults", fault, look, explain)) showFields();
}

const look = () => order("GET", "api/state", undefined, showAll);

// "invalid body: Expected `int` >= 1 - at `$.bytes_per_s`", "event: expected ... - at `$.when`", "port: expected ..."
function explain(error) {
  const text = error.replace(/^invalid body: /, "");
  const path = /`\$\.([a-z_.]+)`$/.exec(text)?.[1];
  const word = /^([a-z_]+): /.exec(text)?.[1] ?? /missing required field `([a-z_]+)`/.exec(text)?.[1];
  const names = [path && word && `${path}.${word}`, path, word, /access point/.test(text) && "access_point"];
  const inputs = [...$("fault").querySelectorAll("[data-field]")];
  const wrong = names.map((name) => inputs.find((input) => input.dataset.field === name)).find(Boolean);
  if (!wrong) return setText($("fault-problem"), text);
  if ($("fault-more").contains(wrong)) $("fault-common").open = true;
  showProblem(wrong.parentElement, text.includes("missing required field") ? "This has to be filled in." : text.replace(/ - at `.*`$/, ""));
  wrong.focus();
}

export function showFaults({faults, access_points: points}) {
  if (points && changed($("ssids"), points.map((point) => point.ssid))) {
    $("ssids").replaceChildren(...points.map((point) => new Option(point.ssid, point.ssid)));
  }
  const list = $("faults");
  setText($("faults-count"), faults.some((fault) => fault.state !== "over") ? ` ${faults.filter((fault) => fault.state !== "over").length}` : "");
  if (!changed(list, faults)) return;
  list.replaceChildren(...faults.map((fault) => {
    const row = make("li", "", fault.state);
    const word = fault.state === "over" ? "Forget" : "End";
    const end = makeButton(word, () => order("DELETE", `api/faults/${fault.name}`, undefined, look), `${word} ${fault.name}`);
    end.dataset.hand = "always";
    row.append(make("span", `${fault.name}: ${fault.state}, ${fault.hits} ${fault.hits === 1 ? "hit" : "hits"}`), end);
    return row;
  }));
}
