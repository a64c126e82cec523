/* The draft of a proposal, on this device: it survives a closed tab and a lost network, is offered with its age, can be
   forgotten, and is sent by the person's press once: the form's idempotency key is kept with it. */

import { debounced, element, fill } from "./dom.js";
import { forgetPhotos, keepPhotos, photosOf } from "./photo_store.js";

const PREFIX = "draft ";
const SENDING = "draft being sent"; // sessionStorage: the key whose thanks page may come
const KEPT_MS = 24 * 3600 * 1000;
const KEPT_ON_OWN_DEVICE_MS = 30 * 24 * 3600 * 1000;
const WAIT_MS = 400;
const REACH_MS = 5000;
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "website", "photo", "photos", "cover", "step", "key"]);
const WORTH_KEEPING = ["title", "body", "geometry", "place"];

// --- the drafts of this device ---

function drafts() {
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => ({ key: name.slice(PREFIX.length), ...JSON.parse(localStorage.getItem(name)) }))
    .sort((a, b) => b.savedAt - a.savedAt);
}

function forget(key) {
  localStorage.removeItem(PREFIX + key);
  forgetPhotos(key).catch(() => {});
}

function forgetExpired() {
  for (const { key, savedAt, mine } of drafts()) {
    if (Date.now() - savedAt > (mine ? KEPT_ON_OWN_DEVICE_MS : KEPT_MS)) forget(key);
  }
}

// --- the form ---

class Draft {
  constructor(form) {
    this.form = form;
    this.save = debounced(() => this.saveNow(), WAIT_MS);
    form.addEventListener("input", () => this.save());
    form.addEventListener("change", (event) => this.onChange(event));
    addEventListener("pagehide", () => this.saveNow());
    const other = drafts().find(({ key }) => key !== this.key);
    if (other && this.isEmpty) this.offer(other);
  }

  get key() {
    return this.form.elements.key.value;
  }

  get isEmpty() {
    return WORTH_KEEPING.every((name) => !this.form.elements[name]?.value);
  }

  onChange(event) {
    if (event.target.name !== "photo") return this.save();
    this.saveNow();
    keepPhotos(this.key, [...event.target.files]).catch(() => {});
  }

  saveNow() {
    if (this.isEmpty || this.form.dataset.sent !== undefined) return;
    const fields = [...new FormData(this.form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");
    const mine = Boolean(this.form.elements.my_device?.checked);
    const photos = this.form.elements.photo?.files.length ?? 0;
    try {
      localStorage.setItem(PREFIX + this.key, JSON.stringify({ savedAt: Date.now(), mine, photos, fields }));
    } catch {
      // A full or closed storage keeps nothing; the form itself still does.
    }
  }

  /** "You have a draft from yesterday: title", and what to do with it. */
  offer(draft) {
    const place = document.querySelector("[data-draft-offer]");
    if (!place) return;
    const strings = place.dataset;
    const title = draft.fields.find(([name]) => name === "title")?.[1];
    const words = fill(title ? strings.offer : strings.offerUntitled, { title, age: age(draft.savedAt) });
    const go = element("button", { type: "button", class: "button" }, strings.resume);
    const drop = element("button", { type: "button", class: "button button--quiet" }, strings.forget);
    const shut = () => {
      place.hidden = true;
      place.replaceChildren();
    };
    go.addEventListener("click", async () => {
      await this.restore(draft);
      shut();
    });
    drop.addEventListener("click", () => {
      forget(draft.key);
      shut();
      this.form.querySelector("input:not([type=hidden])")?.focus();
    });
    place.replaceChildren(element("p", {}, words), element("div", { class: "actions" }, go, drop));
    place.hidden = false;
  }

  async restore({ key, fields, photos }) {
    const { elements } = this.form;
    for (const box of this.form.querySelectorAll("input[type=radio], input[type=checkbox]")) box.checked = false;
    elements.key.value = key;
    for (const [name, value] of fields) {
      const control = elements[name];
      if (!control) continue;
      if (control instanceof RadioNodeList || ["radio", "checkbox"].includes(control.type)) {
        for (const box of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) if (box.value === value) box.checked = true;
      } else {
        control.value = value;
      }
      control.closest?.("details")?.setAttribute("open", "");
    }
    this.form.querySelector('[name="kind"]:checked')?.dispatchEvent(new Event("change", { bubbles: true }));
    // The topic's change empties the category, and the drawing that was here before.
    const kept = Object.fromEntries(fields);
    for (const name of ["category", "geometry"]) if (elements[name]) elements[name].value = kept[name] ?? "";
    if (photos && elements.photo) await this.restorePhotos(key);
    this.form.dispatchEvent(new CustomEvent("draft:restored"));
    elements.title.focus();
  }

  async restorePhotos(key) {
    const files = new DataTransfer();
    for (const file of await photosOf(key).catch(() => [])) files.items.add(file);
    this.form.elements.photo.files = files.files;
  }
}

/** "5 minutes ago", in the page's language. */
function age(savedAt) {
  const minutes = Math.round((Date.now() - savedAt) / 60_000);
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  if (minutes < 60) return words.format(-minutes, "minute");
  return minutes < 48 * 60 ? words.format(-Math.round(minutes / 60), "hour") : words.format(-Math.round(minutes / 1440), "day");
}

// --- sending: when the network is there, and once ---

class Sending {
  constructor(form) {
    this.form = form;
    this.reached = false;
    form.addEventListener("submit", (event) => this.onSubmit(event));
    // Back from the next page by the browser's own memory: the form may be sent again, the key makes it the same.
    addEventListener("pageshow", () => this.free());
    addEventListener("online", () => this.sayOffline(false));
  }

  async onSubmit(event) {
    if (this.reached) return this.leave();
    event.preventDefault();
    if (this.form.dataset.sending !== undefined) return;
    this.form.dataset.sending = "";
    this.form.setAttribute("aria-busy", "true");
    const { submitter } = event;
    if (await isReachable()) {
      this.reached = true;
      this.form.requestSubmit(submitter);
    } else {
      this.free();
      this.sayOffline(true);
    }
  }

  leave() {
    this.form.dataset.sent = "";
    sessionStorage.setItem(SENDING, this.form.elements.key.value);
  }

  free() {
    this.reached = false;
    this.form.removeAttribute("aria-busy");
    delete this.form.dataset.sending;
    delete this.form.dataset.sent;
  }

  sayOffline(yes) {
    const place = this.form.querySelector("[data-draft-status]");
    if (!place) return;
    place.hidden = !yes;
    place.textContent = yes ? place.dataset.offline : "";
  }
}

async function isReachable() {
  if (!navigator.onLine) return false;
  try {
    await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(REACH_MS) });
    return true;
  } catch {
    return false;
  }
}

function start() {
  forgetExpired();
  const done = document.querySelector("[data-draft-done]");
  const key = done && (done.dataset.draftDone || sessionStorage.getItem(SENDING));
  if (key) {
    forget(key);
    sessionStorage.removeItem(SENDING);
  }
  const form = document.querySelector("form[data-draft]");
  if (form) {
    // Saved before it leaves, so the draft's listener comes first.
    form.addEventListener("submit", () => draft.saveNow());
    const draft = new Draft(form);
  }
  for (const sent of document.querySelectorAll("form[data-draft], form[data-draft-check]")) new Sending(sent);
}

start();
