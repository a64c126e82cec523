/* Pins and clusters of the view: asked of the server when the map has come to rest, exchanged one by one, so that what stays
   the same stays in the page (and keeps its focus), and the old ones stand until the new are here. */

import { boxIn, boxText, common } from "./box.js";
import { debounced, fetchJson } from "./dom.js";
import { clusterNode, clusterSize, pinNode } from "./marks.js";

const WAIT_MS = 150;
const PADDING = 0.1; // of the view, so that a pin on the edge is not cut

export class Pins {
  /** `choose(feature)` is called for a pin or cluster; `loaded(marks, failed)` after each answer. */
  constructor(map, config, { choose, loaded }) {
    Object.assign(this, { map, config, choose, loaded });
    this.marks = new Map();
    this.query = config.query;
    this.shown = true;
    this.load = debounced(() => this.loadNow(), WAIT_MS);
    map.onMoved(() => this.load());
  }

  /** Far out the areas carry the counts; then no pin is asked for. */
  show(yes) {
    if (this.shown === yes) return;
    this.shown = yes;
    if (yes) return this.loadNow();
    this.request?.abort();
    this.replace([]);
    this.loaded(this.marks, false);
  }

  /** Asks for what the view holds; kept when the pins of the newest question stand, though another has overtaken this one. */
  loadNow() {
    this.request?.abort();
    if (this.shown) this.newest = this.answer((this.request = new AbortController()).signal);
    return this.newest;
  }

  async answer(signal) {
    try {
      const features = await this.fetch(signal);
      if (signal.aborted) return this.shown && this.newest;
      this.replace(features);
      return this.loaded(this.marks, false);
    } catch (error) {
      return signal.aborted ? this.shown && this.newest : this.loaded(this.marks, true);
    }
  }

  /** What the filter leaves in view: a box chosen by the filter and the view are one `bbox` to the server. */
  async fetch(signal) {
    const query = new URLSearchParams(this.query);
    const view = this.map.box(PADDING);
    const box = common(view, boxIn(this.query) ?? view);
    if (!box) return [];
    query.delete("after");
    query.set("bbox", boxText(box));
    query.set("zoom", Math.round(this.map.zoom()));
    query.set("lang", this.config.language);
    return (await fetchJson(`${this.config.urls.clusters}?${query}`, signal)).features;
  }

  replace(features) {
    const coming = new Map(features.map((feature) => [keyOf(feature), feature]));
    for (const [key, mark] of this.marks) {
      if (coming.has(key)) continue;
      mark.remove();
      this.marks.delete(key);
    }
    for (const [key, feature] of coming) {
      if (!this.marks.has(key)) this.marks.set(key, this.draw(feature));
    }
  }

  draw(feature) {
    const { properties, geometry } = feature;
    const cluster = properties.cluster;
    const node = cluster ? clusterNode(properties, this.config) : pinNode(properties, this.config);
    const size = cluster ? clusterSize(properties.count)[1] : 44;
    const mark = this.map.mark(geometry.coordinates, { node, size, onChoose: () => this.choose(feature, node) });
    return Object.assign(mark, { feature });
  }

  /** The mark of a proposal, or undefined where it is in a cluster or out of view. */
  of(id) {
    return this.marks.get(`pin ${id}`);
  }
}

function keyOf({ id, geometry, properties }) {
  if (!properties.cluster) return `pin ${id}`;
  return `cluster ${geometry.coordinates.join(" ")} ${properties.count} ${properties.taken_up}`;
}
