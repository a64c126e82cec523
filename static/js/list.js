/* The list and its filters without a reload. It all works without this file: the filters are a GET form, the rest are links.
   Tells the page by events on `document`: "list:changed" {query}, "list:hover" {row | null}. */

import { element } from "./dom.js";

const WAIT_MS = 350; // after the last letter
const form = () => document.getElementById("filters");
const list = () => document.getElementById("list");

let request = null;
let live = null;

/** The list by `query` (without `?`): fetched, shown, and a step of the browser's history unless `push` is false. */
export async function showQuery(query, { push = true } = {}) {
  request?.abort();
  request = new AbortController();
  const address = query ? `${location.pathname}?${query}` : location.pathname;
  list().setAttribute("aria-busy", "true");
  try {
    const fresh = await fetchList(address, request.signal);
    if (push && address !== location.pathname + location.search) history.pushState({ list: true }, "", address);
    exchange(fresh);
    announce();
    tell("list:changed", { query });
  } catch (error) {
    // Without the partial the plain page is still there.
    if (error.name !== "AbortError") location.assign(address);
  } finally {
    list().removeAttribute("aria-busy");
  }
}

/** The list section of `address` as the server writes it; scripts in it never run (a parsed document has none). */
export async function fetchList(address, signal) {
  const response = await fetch(address, { signal, headers: { "X-Partial": "list" }, credentials: "same-origin" });
  // A wrong value in a filter is a 400 that shows the filter's error: it is shown like any other list.
  if (!response.ok && response.status !== 400) throw new Error(`${response.status} from ${address}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const section = page.getElementById("list");
  if (!section) throw new Error("no list in the answer");
  return section;
}

/** Puts the fresh section's content in place of the old, but for what is marked `data-keep`; focus and open panels stay. */
function exchange(fresh) {
  const section = list();
  section.dataset.title = fresh.dataset.title ?? "";
  const open = [...section.querySelectorAll("details[open]")].map(keyOf);
  const focused = section.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const typed = focused && document.activeElement.type === "search" ? document.activeElement.value : null;
  for (const child of [...section.children]) if (!child.matches("[data-keep]")) child.remove();
  for (const child of [...fresh.children]) if (!child.matches("[data-keep]")) section.append(document.adoptNode(child));
  for (const details of section.querySelectorAll("details")) if (open.includes(keyOf(details))) details.open = true;
  const again = focused && [...section.querySelectorAll("a, button, input, select, summary, [tabindex]")].find((node) => keyOf(node) === focused);
  if (again && typed !== null) again.value = typed;
  if (focused) (again ?? section.querySelector("#result-count"))?.focus({ preventScroll: true });
}

/** The count, said by a live region that was there before: a fresh one is often not heard. Also the page's name. */
function announce() {
  const { title } = list().dataset;
  if (title) document.title = [title, document.title.split(" · ").pop()].join(" · ");
  live ??= document.querySelector("main").appendChild(element("p", { class: "visually-hidden", role: "status" }));
  live.textContent = list().querySelector("#result-count, #filter-errors")?.textContent.replace(/\s+/g, " ").trim() ?? "";
}

/** What makes a control the same one after the exchange. */
function keyOf(node) {
  const words = node.dataset.key || node.name || node.id || node.textContent.replace(/[\d\s]+/g, " ").trim();
  return `${node.localName} ${words} ${node.type === "checkbox" || node.type === "radio" ? node.value : ""}`;
}

function queryOfForm() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form())) if (value !== "") query.append(name, value);
  return query.toString();
}

async function showMore(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const fresh = await fetchList(link.href);
    const rows = [...fresh.querySelectorAll("#proposals > li")].map((row) => document.adoptNode(row));
    document.getElementById("proposals").append(...rows);
    const next = fresh.querySelector("[data-more]");
    if (next) link.replaceWith(document.adoptNode(next));
    else link.remove();
    rows[0]?.querySelector("a")?.focus();
  } catch {
    location.assign(link.href);
  }
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

let timer = 0;
function onInput(event) {
  if (event.target.form !== form() || event.target.dataset.waits !== undefined) return;
  const isText = ["search", "text"].includes(event.target.type);
  if (isText === (event.type === "change")) return; // text as it is typed, all else when it is chosen
  clearTimeout(timer);
  timer = setTimeout(() => showQuery(queryOfForm()), isText ? WAIT_MS : 0);
}

function onClick(event) {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("#list a[href]");
  if (!link) return;
  if (link.matches("[data-more]")) {
    event.preventDefault();
    showMore(link);
  } else if (link.origin === location.origin && link.pathname === location.pathname && !link.hash) {
    event.preventDefault();
    showQuery(link.search.slice(1));
  }
}

function onPointer(event) {
  const row = event.target.closest?.("#proposals > li");
  const leaves = event.type === "pointerout" || event.type === "focusout";
  if (!row || (leaves && row.contains(event.relatedTarget))) return;
  tell("list:hover", { row: leaves ? null : row });
}

function start() {
  // The page's own button says "show"; a choice is shown at once when scripts run.
  document.documentElement.classList.add("has-script");
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    for (const details of openPanels()) details.open = false;
    showQuery(queryOfForm());
  });
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);
  document.addEventListener("click", onClick);
  for (const name of ["pointerover", "pointerout", "focusin", "focusout"]) document.addEventListener(name, onPointer);
  // Back from a proposal's page within the browser's own memory needs nothing; Back between filters needs the list.
  addEventListener("popstate", () => showQuery(location.search.slice(1), { push: false }));
  closePanelsOutside();
}

const openPanels = () => document.querySelectorAll("#filters details[open]");

/** An open filter closes when the next thing is pressed, and by Escape with focus on its button. */
function closePanelsOutside() {
  document.addEventListener("pointerdown", (event) => {
    for (const details of openPanels()) if (!details.contains(event.target)) details.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const details of openPanels()) {
      if (details.contains(document.activeElement)) details.querySelector("summary").focus();
      details.open = false;
    }
  });
}

if (list() && form()) start();
