// Filter expressions: text in, a function from rows to true or false out. Help is in page.html.

class FilterError extends Error {}

const TOKENS = /\s+|\(|\)|\/((?:[^\/\\]|\\.)+)\/|([a-z]+)(:|>=|<=|>|<|=)("[^"]*"|[^\s()]+)|"([^"]*)"|([^\s()]+)/gy;

// Texts are read again with each key that is typed.
const lowered = new Array(count);

const WORDS = {
  from: row => fromOf(row),
  to: row => toOf(row),
  lane: row => fromOf(row) + "\n" + toOf(row),
  group: row => groupOf(row),
  what: row => kindOf(row),
  text: row => textOf(row, Infinity),
};
const NUMBERS = {
  socket: row => data.socks[row],
  size: row => data.sizes[row],
  time: row => times[row] / 1e6,
  gap: row => row ? (times[row] - times[row - 1]) / 1e6 : 0,
  answer: row => results.has(row) ? results.get(row).us / 1e6 : NaN,
};
const COMPARE = {
  ":": (a, b) => a === b, "=": (a, b) => a === b, ">": (a, b) => a > b, "<": (a, b) => a < b,
  ">=": (a, b) => a >= b, "<=": (a, b) => a <= b,
};

function makeFilter(text) {
  const tokens = tokensOf(text);
  let at = 0;

  function alternatives() {
    const parts = [together()];
    while (tokens[at] === "or") {
      at++;
      parts.push(together());
    }
    return parts.length === 1 ? parts[0] : row => parts.some(part => part(row));
  }

  function together() {
    const parts = [];
    while (at < tokens.length && tokens[at] !== "or" && tokens[at] !== ")") {
      if (tokens[at] === "and" && parts.length) at++;
      parts.push(single());
    }
    if (!parts.length) throw new FilterError(at < tokens.length ? `expected a term before "${tokens[at]}"` : "expected a term at the end");
    return parts.length === 1 ? parts[0] : row => parts.every(part => part(row));
  }

  function single() {
    const token = tokens[at++];
    if (token === undefined || token === "and" || token === "or") throw new FilterError(`expected a term, got ${token ? `"${token}"` : "the end"}`);
    if (typeof token === "function") return token;
    if (token === "not") {
      const part = single();
      return row => !part(row);
    }
    if (token !== "(") throw new FilterError(`expected a term, got "${token}"`);
    const part = alternatives();
    if (tokens[at++] !== ")") throw new FilterError("expected a closing parenthesis");
    return part;
  }

  if (!tokens.length) return null;
  const found = alternatives();
  if (at < tokens.length) throw new FilterError(`expected nothing behind the end, got "${tokens[at]}"`);
  return found;
}

function tokensOf(text) {
  const tokens = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.length) {
    const [all, expression, field, comparison, value, quoted, word] = TOKENS.exec(text);
    if (!all.trim()) continue;
    if (all === "(" || all === ")") tokens.push(all);
    else if (expression !== undefined) tokens.push(matching(expression));
    else if (field !== undefined) tokens.push(comparing(field, comparison, value.replace(/^"|"$/g, ""), all));
    else if (["and", "or", "not"].includes(word)) tokens.push(word);
    else tokens.push(containing(WORDS.text, quoted ?? word));
  }
  return tokens;
}

function matching(expression) {
  let compiled;
  try {
    compiled = new RegExp(expression, "i");
  } catch {
    throw new FilterError(`not a regular expression: /${expression}/`);
  }
  return row => compiled.test(WORDS.text(row));
}

function comparing(field, comparison, value, all) {
  if (Object.hasOwn(WORDS, field) && (comparison === ":" || comparison === "=")) return containing(WORDS[field], value);
  if (Object.hasOwn(NUMBERS, field)) {
    const number = Number(value);
    if (Number.isNaN(number)) throw new FilterError(`${field}: expected a number, got "${value}"`);
    return row => COMPARE[comparison](NUMBERS[field](row), number);
  }
  if (comparison === ":") throw new FilterError(`"${field}" is no field; expected ${[...Object.keys(WORDS), ...Object.keys(NUMBERS)].join(", ")}`);
  return containing(WORDS.text, all);
}

function containing(words, wanted) {
  const lower = wanted.toLowerCase();
  if (words === WORDS.text) return row => (lowered[row] ??= words(row).toLowerCase()).includes(lower);
  return row => words(row).toLowerCase().includes(lower);
}
