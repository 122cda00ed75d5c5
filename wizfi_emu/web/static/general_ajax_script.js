// What the pages share. The module's answers use go, fire and show_product.
"use strict";

// Percent encoding for the module, which decodes before it splits. U+DC80 to U+DCFF stand for bytes that are no UTF-8.
function encode(text) {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) {
      return "%" + (code & 0xff).toString(16);
    }
    return encodeURIComponent(code >= 0xd800 && code <= 0xdfff ? "\ufffd" : character);
  }).join("");
}

// Encoded text for a reader.
function shown(encoded) {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

// {UN: "a", PW: "b"} as UN:a/PW:b^
function tags(values) {
  return Object.entries(values).map(([tag, value]) => tag + ":" + encode(value)).join("/") + "^";
}

function go(target) {
  location.href = target;
}

// A request whose answer nobody waits for: the module restarts instead of giving one.
function fire(url) {
  fetch(url).catch(() => {});
}

// Puts the answer to a request into the page, in place of the element "area".
function load(url, {begun, failed, finished} = {}) {
  const area = document.getElementById("area");
  const request = new XMLHttpRequest();
  request.onreadystatechange = () => {
    if (begun && request.readyState === XMLHttpRequest.HEADERS_RECEIVED && request.status === 200) {
      begun(area);
    }
  };
  request.onloadend = () => {
    if (request.status === 200) {
      area.innerHTML = request.responseText;
      run_scripts(area);
    } else {
      (failed || show_result)(area, "Failed : " + request.statusText);
    }
    if (finished) {
      finished();
    }
  };
  request.open("GET", url);
  request.send();
}

// Scripts that are put into a page as text do not run by themselves.
function run_scripts(area) {
  for (const dead of area.querySelectorAll("script")) {
    const script = document.createElement("script");
    script.textContent = dead.textContent;
    dead.replaceWith(script);
  }
}

function show_result(area, text) {
  const line = area.querySelector(".result") || area.appendChild(document.createElement("p"));
  line.className = "result";
  line.textContent = text;
}

// Login and product live in the browser's session only; the module knows no session.
function require_login() {
  if (!sessionStorage.getItem("userid") || !sessionStorage.getItem("password")) {
    go("/s2web/index.html");
  }
}

function show_product() {
  const logo = sessionStorage.getItem("logo_path");
  if (logo === null) {
    return;
  }
  document.getElementById("logo").src = logo;
  const heading = [sessionStorage.getItem("dev_name"), document.body.dataset.subtitle].join(" ").trim();
  document.getElementById("heading").textContent = heading;
}

function fetch_product() {
  const request = new XMLHttpRequest();
  request.onload = () => {
    if (request.status === 200) {
      const place = document.createElement("div");
      place.innerHTML = request.responseText;
      document.body.append(place);
      run_scripts(place);
      place.remove();
    }
  };
  request.open("GET", "/get_custom_info");
  request.send();
}

// A request after which the module restarts instead of answering. Only what it does not take, it answers.
function start_with(url) {
  const covered = Array.from(document.querySelectorAll("main, nav"));
  const screen = document.createElement("div");
  screen.className = "dimmed";
  screen.setAttribute("role", "alertdialog");
  const lines = ["Device Started", "Web server and access point stopped", "See UART for further information"];
  screen.append(...lines.map((text) => {
    const line = document.createElement("p");
    line.textContent = text;
    return line;
  }));
  document.body.append(screen);
  covered.forEach((part) => { part.inert = true; });
  fetch(url).then((answer) => answer.text()).then((text) => {
    if (text.trim()) {
      screen.remove();
      covered.forEach((part) => { part.inert = false; });
      document.getElementById("area").innerHTML = text;
    }
  }).catch(() => {});
}

// Step 1 of the wizard, with and without the choice of the mode.
function socket_form(flow) {
  const form = document.getElementById("setting");
  const update = () => {
    const chosen = form.mode.value !== "" && form.protocol.value !== "";
    const server = form.protocol.value[1] === "S";
    form.addresses.hidden = !chosen;
    form.remote_ip.disabled = form.remote_port.disabled = server;
    form.querySelector("[type=submit]").disabled = !chosen;
  };
  form.mode.onchange = form.protocol.onchange = update;
  update();
  form.onsubmit = () => {
    load("/s2wconfig?" + tags({
      PT: form.protocol.value, DI: form.remote_ip.value, DP: form.remote_port.value, SP: form.local_port.value,
      CM: location.hash.slice(1) || flow, MD: form.mode.value,
    }));
    return false;
  };
}
