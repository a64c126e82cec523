/* Saying where one looks: a place with a distance, or areas with holes, on the map of place mode. The radio buttons named
   `where` choose; a form without them asks for areas alone. Without this file a place has a name or coordinates. */

import { fill, plural, readJson } from "./dom.js";
import { PlacePicker } from "./place.js";
import { PlaceWords } from "./place_words.js";
import { CircleSketch, ZoneSketch } from "./zone_sketch.js";

const SPECK = 4; // times smaller than the view
const TYPE_OF_WAY = { circle: "Point", shape: "MultiPolygon" };

class ZoneWords extends PlaceWords {
  of(sketch) {
    const { strings, language } = this.config;
    if (sketch.isEmpty) return strings.start[sketch.type];
    if (sketch.type === "Point") return fill(strings.circle, { d: sketch.radiusWords });
    if (!sketch.finished && !sketch.isComplete) return plural(strings.areaBegun, sketch.current.length, language);
    if (sketch.crosses) return strings.crossing;
    const { holes } = sketch;
    const areas = plural(strings.areas, sketch.whole.length - holes, language, { d: this.sizeWords(sketch.size) });
    return [areas, holes && plural(strings.leftOut, holes, language), sketch.finished && strings.more].filter(Boolean).join(" ");
  }
}

class ZonePicker extends PlacePicker {
  static Words = ZoneWords;

  constructor(picker, config) {
    super(picker, config);
    this.kept = {}; // by type what was drawn before another way was chosen
    this.radius = this.form.elements.namedItem("radius");
    this.radius?.addEventListener("change", () => this.changeRadius());
    this.form.addEventListener("change", (event) => {
      if (event.target.name === "where") this.allowTypes();
    });
  }

  get allowed() {
    return [TYPE_OF_WAY[wayOf(this.form)] ?? "MultiPolygon"];
  }

  newSketch(type) {
    return type === "Point" ? this.withRadius(new CircleSketch()) : new ZoneSketch();
  }

  sketchOf(geometry) {
    return geometry.type === "Point" ? this.withRadius(new CircleSketch([geometry.coordinates])) : ZoneSketch.of(geometry);
  }

  withRadius(sketch) {
    const option = this.radius.selectedOptions[0];
    return Object.assign(sketch, { radius: Number(option.value), radiusWords: option.textContent.trim() });
  }

  load(geometry) {
    const fits = geometry && (geometry.type === "Point") === (this.allowed[0] === "Point");
    super.load(fits ? geometry : null);
    if (fits && geometry.type === "Point") this.showCircle();
  }

  /** Another way was chosen: its drawing comes back, the other one waits. */
  allowTypes() {
    const [type] = this.allowed;
    if (!this.sketch || this.sketch.type === type) return this.showType();
    this.kept[this.sketch.type] = this.sketch;
    this.sketch = this.kept[type] ?? this.newSketch(type);
    this.changed();
  }

  put(where) {
    super.put(where);
    if (this.sketch.type === "Point") this.showCircle();
  }

  /** Here an area that is found by name is a place too. */
  goTo(where, found) {
    super.goTo(where, this.sketch.type === "Point" ? { ...found, kind: "place" } : found);
  }

  changeRadius() {
    if (this.sketch.type !== "Point") return;
    this.withRadius(this.sketch);
    this.changed();
    if (!this.sketch.isEmpty) this.showCircle();
  }

  /** Shows the whole circle, unless it is in sight already and no speck. */
  showCircle() {
    const [ring] = this.sketch.outline.coordinates;
    const [xs, ys] = [0, 1].map((axis) => ring.map((point) => point[axis]));
    const [west, south, east, north] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const view = this.map.box();
    const isInSight = west > view[0] && south > view[1] && east < view[2] && north < view[3];
    if (isInSight && (north - south) * SPECK > view[3] - view[1]) return;
    this.map.showBox([west, south, east, north], { padding: 40 });
  }
}

function wayOf(form) {
  const ways = form.elements.namedItem("where");
  return ways ? ways.value : "shape";
}

const picker = document.querySelector("[data-zone-picker]");
const config = readJson("map-config");
if (picker && config?.mode === "zone") {
  const form = picker.closest("form");
  const fold = picker.closest("details");
  // A map that is not shown has no size: it is opened when it is first wanted.
  const open = () => {
    if (!(wayOf(form) in TYPE_OF_WAY) || fold?.open === false) return;
    form.removeEventListener("change", open);
    fold?.removeEventListener("toggle", open);
    new ZonePicker(picker, config).start();
  };
  form.addEventListener("change", open);
  fold?.addEventListener("toggle", open);
  open();
}
