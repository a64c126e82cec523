/* Reference layers: paths, parking, stations. Each is switched on in the map key and drawn, silent, under the pins. */

import { boxText } from "./box.js";
import { debounced, fetchJson, fill } from "./dom.js";

const WAIT_MS = 250;
const POINT_RADIUS_PX = 5;

export class ReferenceLayers {
  /** The checkboxes of `frame`; `say(words)` tells what a layer does not show. */
  constructor(map, frame, config, say) {
    Object.assign(this, { map, config, say });
    this.drawn = new Map();
    this.boxes = [...frame.querySelectorAll("[data-reference]")];
    if (!this.boxes.length) return;
    for (const box of this.boxes) box.addEventListener("change", () => this.refresh());
    map.onMoved(debounced(() => this.refresh(), WAIT_MS));
    this.refresh();
  }

  async refresh() {
    this.request?.abort();
    const { signal } = (this.request = new AbortController());
    const told = await Promise.all(this.boxes.map((box) => this.show(box, signal)));
    if (!signal.aborted) this.say(told.filter(Boolean).join(" "));
  }

  /** Draws one layer, or takes it off; returns what there is to say of it. */
  async show({ dataset, checked }, signal) {
    const layer = this.config.layers.find(({ slug }) => slug === dataset.reference);
    if (!checked) return this.replace(layer.slug, null);
    const query = new URLSearchParams({ layer: layer.slug, bbox: boxText(this.map.box(0.1)), lang: this.config.language });
    try {
      const collection = await fetchJson(`${this.config.urls.reference}?${query}`, signal);
      const className = `reference reference--${layer.style}`;
      this.replace(layer.slug, this.map.shape(collection, { className, pane: "areas", radius: POINT_RADIUS_PX }));
      return collection.isCut ? fill(this.config.strings.layerIsCut, layer) : "";
    } catch (error) {
      return error.name === "AbortError" ? "" : fill(this.config.strings.layerFailed, layer);
    }
  }

  replace(slug, shape) {
    this.drawn.get(slug)?.remove();
    if (shape) this.drawn.set(slug, shape);
    else this.drawn.delete(slug);
    return "";
  }
}
