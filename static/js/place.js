/* Place mode: a pin, a line or an area by press, by location, by search, or under a crosshair with the keyboard.
   Writes GeoJSON into #id_geometry; without this file the form's place field and area list do the same work. */

import { isIn } from "./box.js";
import { Combobox } from "./combobox.js";
import { debounced, fetchJson, fill, plural, readJson } from "./dom.js";
import { openFrame } from "./frame.js";
import { accuracyWords, findMe, Me } from "./locate.js";
import { PlaceWords } from "./place_words.js";
import { Services } from "./services.js";
import { Sketch } from "./sketch.js";
import { SketchView } from "./sketch_view.js";
import "./topic.js";

const CLOSE_ZOOM = 16;
const STREET_ZOOM = 14; // from here on a press means a place, not a district
const TYPE_OF_ACTION = { point: "Point", line: "LineString", polygon: "Polygon" };

export class PlacePicker {
  static Words = PlaceWords; // another picker says other words

  constructor(picker, config) {
    Object.assign(this, openFrame(config), { picker, config });
    this.form = picker.closest("form");
    this.field = document.getElementById("id_geometry");
    this.categories = readJson("categories") ?? [];
    this.words = new this.constructor.Words(document.getElementById("place-status"), config);
    this.view = new SketchView(this.map, config, {
      moved: (index, where, dropped) => this.movePoint(index, where, dropped),
      pressed: (index) => this.pressPoint(index),
    });
    this.services = new Services(this.map, this.names, config, { choose: () => {}, loaded: () => this.arrange() });
    this.askPlace = debounced(() => this.words.ask(this.sketch), 250);
    this.picked = null; // the point that the next press moves
    this.frame.classList.add("is-placing");
    this.map.withoutDoubleClickZoom(true);
  }

  async start() {
    this.listen();
    this.search();
    this.allowTypes();
    this.load(this.config.geometry ?? readGeometry(this.field.value));
    this.map.onMoved(() => this.arrange());
    await this.areas.draw();
    this.arrange();
    this.frame.classList.add("is-ready");
  }

  arrange() {
    this.areas.refresh({ counts: false });
    this.names.arrange((this.sketch?.points ?? []).map((point) => ({ where: () => point, radius: 16 })));
  }

  listen() {
    this.map.onClick((where) => this.put(where));
    this.map.element.addEventListener("keydown", (event) => this.onKey(event));
    for (const button of this.picker.querySelectorAll("[data-place-action]")) {
      button.addEventListener("click", () => this.act(button.dataset.placeAction));
    }
    this.form.addEventListener("change", (event) => {
      if (["kind", "category"].includes(event.target.name)) this.allowTypes();
    });
    // A draft that comes back brings its drawing.
    this.form.addEventListener("draft:restored", () => {
      this.load(readGeometry(this.field.value));
      this.allowTypes();
    });
  }

  onKey(event) {
    if (event.target !== this.map.element || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") this.put(this.map.centre());
    else if (event.key === "Backspace" || event.key === "Delete") this.undo();
    else return;
    event.preventDefault(); // Enter in a form sends it
  }

  act(action) {
    if (action in TYPE_OF_ACTION) return this.setType(TYPE_OF_ACTION[action]);
    return {
      undo: () => this.undo(),
      clear: () => this.clear(),
      finish: () => this.finish(),
      here: () => this.put(this.map.centre()),
      locate: () => this.locate(),
    }[action]();
  }

  // --- what may be drawn ---

  /** The geometry types of the chosen topic and category, the preferred one first; all of them while nothing is chosen. */
  get allowed() {
    const value = (name) => new FormData(this.form).get(name);
    const [kind, category] = [value("kind"), value("category")];
    const ofKind = this.categories.filter((one) => !kind || one.kind === kind);
    const exact = ofKind.filter(({ slug }) => slug === category);
    return [...new Set((exact.length ? exact : ofKind).flatMap((one) => one.geometry_types))];
  }

  allowTypes() {
    const allowed = this.allowed;
    for (const [action, type] of Object.entries(TYPE_OF_ACTION)) {
      const button = this.picker.querySelector(`[data-place-action="${action}"]`);
      if (button) button.hidden = allowed.length > 0 && !allowed.includes(type);
    }
    if (!this.sketch || !allowed.length) return this.showType();
    const before = this.sketch;
    const prefers = before.isEmpty && !this.hasChosenType; // a path is rather a line, as its category says
    if (before.type === allowed[0] || (allowed.includes(before.type) && !prefers)) return this.showType();
    this.sketch = before.as(allowed[0]);
    this.changed();
    if (this.sketch.isEmpty && !before.isEmpty) this.words.say(this.config.strings.notAllowed);
  }

  setType(type) {
    this.hasChosenType = true;
    if (this.sketch.type === type && this.sketch.finished) this.sketch.finished = false;
    this.sketch = this.sketch.as(type);
    this.picked = null;
    this.changed();
    this.map.element.focus({ preventScroll: true });
  }

  load(geometry) {
    const allowed = this.allowed;
    this.sketch = geometry ? this.sketchOf(geometry) : this.newSketch(allowed[0] ?? "Point");
    if (geometry) this.view.showWhole(this.sketch);
    this.changed({ quiet: !geometry });
  }

  newSketch(type) {
    return new Sketch(type);
  }

  sketchOf(geometry) {
    return Sketch.of(geometry);
  }

  // --- drawing ---

  put(where) {
    if (this.picked !== null) {
      this.sketch.move(this.picked, where);
      this.picked = null;
    } else if (!this.sketch.takesMore) {
      return this.words.say(this.config.strings.finished);
    } else {
      this.sketch.add(where);
    }
    this.changed();
    if (this.sketch.type === "Point" && this.map.zoom() < STREET_ZOOM) this.map.show(where, CLOSE_ZOOM);
  }

  movePoint(index, where, dropped) {
    this.sketch.move(index, where);
    if (dropped) this.changed();
    else this.view.drawOutline(this.sketch);
  }

  /** A press on a point: it closes an area at its first one, ends a line at its last, else chooses the point to be moved. */
  pressPoint(index) {
    if (this.sketch.type === "Point") return;
    if (this.sketch.isComplete && this.sketch.endsAt(index)) return this.finish();
    this.picked = this.picked === index ? null : index;
    this.view.pick(this.picked);
    if (this.picked !== null) this.words.say(fill(this.config.strings.pointChosen, { i: index + 1 }));
  }

  undo() {
    if (this.sketch.isEmpty) return;
    this.sketch.undo();
    this.picked = null;
    this.changed({ first: this.config.strings.undone });
  }

  clear() {
    this.sketch.clear();
    this.picked = null;
    this.changed({ first: this.config.strings.cleared });
  }

  finish() {
    if (!this.sketch.isComplete) return;
    this.sketch.finish();
    this.changed({ first: this.config.strings.closed ?? this.config.strings.finished });
  }

  /** After every change: drawing, field, buttons, words. `first` is said before the rest. */
  changed({ first = "", quiet = false } = {}) {
    const { geometry } = this.sketch;
    const text = geometry ? JSON.stringify(geometry) : "";
    if (this.field.value !== text) {
      this.field.value = text;
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.view.draw(this.sketch);
    this.showType();
    this.words.describe(this.sketch, first);
    if (!quiet) this.askPlace();
  }

  showType() {
    if (!this.sketch) return;
    const { type, isEmpty, isComplete, finished } = this.sketch;
    const button = (action) => this.picker.querySelector(`[data-place-action="${action}"]`);
    for (const [action, ofType] of Object.entries(TYPE_OF_ACTION)) {
      button(action)?.setAttribute("aria-pressed", String(ofType === type));
    }
    this.frame.querySelector("[data-place-here]").textContent = this.config.strings.here[type];
    this.hide(button("clear"), isEmpty);
    this.hide(button("undo"), isEmpty || type === "Point");
    this.hide(button("finish"), type === "Point" || !isComplete || finished);
  }

  /** A button that goes while it has focus gives it to the map: Tab must not begin at the top of the page again. */
  hide(button, yes) {
    if (yes && button === document.activeElement) this.map.element.focus({ preventScroll: true });
    button.hidden = yes;
  }

  // --- other ways to a place ---

  search() {
    const { strings, urls, language, bounds } = this.config;
    const input = document.getElementById("id_place");
    if (!input) return;
    new Combobox(input, {
      ask: async (q, signal) => {
        const { places } = await fetchJson(`${urls.places}?${new URLSearchParams({ q, lang: language })}`, signal);
        return places.map((one) => ({
          ...one,
          label: one.name,
          lang: one.language,
          detail: [strings.kinds[one.kind], one.area?.name === one.name ? "" : one.area?.name].filter(Boolean).join(" · "),
        }));
      },
      take: (one) => this.goTo([one.lon, one.lat], one),
      enter: (text) => {
        const where = coordinatesIn(text, bounds);
        if (where) this.goTo(where, { label: text, kind: "coordinates" });
        return Boolean(where);
      },
      say: (options) =>
        this.words.say(options.length ? plural(strings.places, options.length, language) : strings.noPlaces),
    });
  }

  /** A place found by name: the pin goes there, but for an area, and for a line or area that is yet to be drawn. */
  goTo(where, { label, kind }) {
    this.map.show(where, kind === "area" ? STREET_ZOOM : CLOSE_ZOOM);
    if (this.sketch.type === "Point" && kind !== "area") return this.put(where);
    this.words.say(fill(this.config.strings.movedTo, { name: label }));
  }

  async locate() {
    const { strings, bounds } = this.config;
    this.words.say(strings.locating);
    try {
      const { where, accuracy } = await findMe(strings);
      this.me ??= new Me(this.map);
      this.me.show(where, accuracy);
      this.map.show(where, CLOSE_ZOOM);
      const words = accuracyWords(accuracy, this.config);
      if (!isIn(where, bounds)) return this.words.say(`${words} ${strings.outside}`);
      if (this.sketch.type !== "Point") return this.words.say(words);
      this.sketch.add(where);
      this.changed({ first: words });
    } catch (words) {
      this.words.say(String(words));
    }
  }
}

function readGeometry(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** [longitude, latitude] of "60.17, 24.8" in either order (decimal commas too), or null: the order that lies nearer the city. */
export function coordinatesIn(text, [west, south, east, north]) {
  const numbers = text.match(/^\s*(-?\d+[.,]\d+)\s*[,;\s]\s*(-?\d+[.,]\d+)\s*$/);
  if (!numbers) return null;
  const [a, b] = numbers.slice(1).map((number) => Number(number.replace(",", ".")));
  const away = (lon, lat) => Math.abs(lon - (west + east) / 2) + Math.abs(lat - (south + north) / 2);
  return away(a, b) < away(b, a) ? [a, b] : [b, a];
}

const picker = document.querySelector("[data-place-picker]");
const config = readJson("map-config");
if (picker && config?.mode === "place") new PlacePicker(picker, config).start();
