/* Elements without innerHTML, words without a dictionary: what every other module uses. */

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `attributes` whose value is null or false are left out; children may be text. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svgElement(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== 0));
  return node;
}

/** One symbol of the sprite, silent to screen readers. */
export function icon(sprite, name, className = "icon") {
  const use = svgElement("use", { href: `${sprite}#${name}` });
  return svgElement("svg", { class: className, "aria-hidden": "true", focusable: "false" }, use);
}

/** The value of a `json_script` element, or null where the page has none. */
export function readJson(id) {
  const script = document.getElementById(id);
  return script ? JSON.parse(script.textContent) : null;
}

/** `text` with {name} replaced by values.name; what is not known stays as it is. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/** One of the forms {one, other} by the rules of `language`, filled in; `n` is written as the language writes it. */
export function plural(forms, n, language, values = {}) {
  const form = new Intl.PluralRules(language).select(n) === "one" ? forms.one : forms.other;
  return fill(form, { n: count(n, language), ...values });
}

export function count(n, language) {
  return new Intl.NumberFormat(language).format(n);
}

/** A call of `action` once `wait` milliseconds have passed without another. */
export function debounced(action, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
}

/** JSON from `url`; throws for anything but a 2xx answer. An aborted one throws AbortError. */
export async function fetchJson(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${response.status} from ${url}`);
  return response.json();
}

/** `page` with `query` (without `?`, may be ""); a page may have a query of its own already. */
export function addressOf(page, query) {
  return query ? `${page}${page.includes("?") ? "&" : "?"}${query}` : page;
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
