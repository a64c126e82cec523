/* Service points: as quiet landmarks that make our own base map readable, and as a layer that can be switched on. */

import { boxText } from "./box.js";
import { debounced, fetchJson } from "./dom.js";
import { landmarkNode, serviceNode } from "./marks.js";

const LANDMARKS_FROM_ZOOM = 13;
const LAYER_FROM_ZOOM = 12;
const WAIT_MS = 250;

export class Services {
  /** `choose(feature, node, options)` for a service of the layer; `loaded(marks)` after each change of what is drawn. */
  constructor(map, names, config, { choose, loaded }) {
    Object.assign(this, { map, names, config, choose, loaded });
    this.on = false;
    this.landmarks = !config.basemap; // a base map has names of its own
    this.marks = new Map();
    const refresh = debounced(() => this.refresh(), WAIT_MS);
    map.onMoved(refresh);
    refresh();
  }

  switch(on) {
    this.on = on;
    return this.refresh();
  }

  /** Whether the layer is on but this far out shows nothing. */
  get tooFar() {
    return this.on && this.map.zoom() < LAYER_FROM_ZOOM;
  }

  async refresh() {
    const layer = this.on && !this.tooFar;
    const landmarks = this.landmarks && !layer && this.map.zoom() >= LANDMARKS_FROM_ZOOM;
    this.request?.abort();
    const features = layer || landmarks ? await this.fetch() : [];
    if (!features) return;
    this.replace(layer ? features : []);
    this.names.set("2 landmarks", landmarks ? features.map(asName) : []);
    this.loaded([...this.marks.values()]);
  }

  async fetch() {
    const { signal } = (this.request = new AbortController());
    const query = new URLSearchParams({ bbox: boxText(this.map.box(0.1)), lang: this.config.language });
    try {
      return (await fetchJson(`${this.config.urls.services}?${query}`, signal)).features;
    } catch (error) {
      return error.name === "AbortError" ? null : [];
    }
  }

  replace(features) {
    const coming = new Map(features.map((feature) => [feature.id, feature]));
    for (const [id, mark] of this.marks) {
      if (coming.has(id)) continue;
      mark.remove();
      this.marks.delete(id);
    }
    for (const [id, feature] of coming) {
      if (this.marks.has(id)) continue;
      const node = serviceNode(feature.properties, this.config);
      const choose = (options) => this.choose(feature, node, options);
      const mark = this.map.mark(feature.geometry.coordinates, { node, size: 32, above: -500, onChoose: () => choose() });
      this.marks.set(id, Object.assign(mark, { choose, isService: true }));
    }
  }
}

function asName({ properties, geometry }) {
  return { where: geometry.coordinates, node: landmarkNode(properties), below: true };
}
