// Elements of the page. Serial bytes and names come from outside: everything gets into the page as text.

export const $ = (id) => document.getElementById(id);

export function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

export function makeButton(text, action, label) {
  const button = make("button", text);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", action);
  return button;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Whether something is to be shown anew: what has not changed keeps its focus and its selection.
export function changed(element, value) {
  const key = JSON.stringify(value);
  if (element.dataset.key === key) return false;
  element.dataset.key = key;
  return true;
}

export function showList(list, rows) {
  const shown = rows.filter(([, value]) => value);
  if (!changed(list, shown.map(([name, value]) => `${name}=${value}`))) return;
  list.replaceChildren(...shown.flatMap(([name, value]) => {
    const cell = make("dd");
    cell.append(value);
    return [make("dt", name), cell];
  }));
}
