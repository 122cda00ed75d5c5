// Requests to the module, and which buttons rest: without the connection all, without power those that need it, and
// while FUNCTION is being pressed the board's.

import {$, setText} from "./dom.js";

const PROBLEM_MS = 8000;

// The token has no business in the address bar or the history. The session's storage is that of this origin alone, port
// included, and of this tab.
export const token = new URLSearchParams(location.search).get("token") ?? sessionStorage.getItem("token") ?? "";
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);

const now = {live: false, power: true, pressing: false};

export function rest(change) {
  Object.assign(now, change);
  for (const hand of document.querySelectorAll("[data-hand]")) {
    hand.disabled = !now.live || (hand.dataset.hand === "power" && !now.power);
    // For the moment of a press it keeps its place for the keyboard.
    hand.setAttribute("aria-disabled", String(hand.disabled || (hand.dataset.hand !== "always" && now.pressing)));
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) event.stopPropagation();
}, {capture: true});

let problemTimer = 0;

export function complain(text) {
  setText($("problem"), text);
  $("problem").hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => { $("problem").hidden = true; }, PROBLEM_MS);
}

export function send(method, path, body) {
  return fetch(path, {
    method,
    headers: {"Content-Type": "application/json", "Authorization": `Bearer ${token}`},
    body: body && JSON.stringify(body),
  });
}

// Whether it is done; `show` gets the answer, `refuse` why not.
export async function order(method, path, body, show, refuse = complain) {
  try {
    const response = await send(method, path, body);
    const answer = await response.json();
    if (response.ok) show(answer);
    else refuse(answer.error);
    return response.ok;
  } catch {
    complain("the module does not answer");
    return false;
  }
}
