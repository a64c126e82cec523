/* The ground that is our own: land, the outlines of areas and their names; far out the names carry the counts. */

import { fetchJson } from "./dom.js";
import { areaCountNode, areaNameNode } from "./marks.js";

export const COUNTS_BELOW_ZOOM = 12; // clusters would lie upon the names; the names carry the counts instead
const NEIGHBOURHOODS_FROM_ZOOM = 12;
const RADIUS_PX = 18; // of a count
const WORLD = [[-180, -85], [180, -85], [180, 85], [-180, 85], [-180, -85]];

export class Areas {
  /** `choose(slug, box)` is called for an area's count on the map. */
  constructor(map, names, config, { choose }) {
    Object.assign(this, { map, names, config, choose });
    this.levels = {};
    this.counts = []; // marks
    this.bySlug = null;
    this.drawn = null; // which names stand now
  }

  /** Draws land and outlines; resolves when they stand. Without the doors the map is water: the list has all the same. */
  async draw() {
    const { land } = this.config.urls;
    const [ground, city, districts, neighbourhoods] = await Promise.all([
      land ? fetchJson(land).catch(() => null) : null,
      this.fetchLevel("city"),
      this.fetchLevel("district"),
      this.fetchLevel("neighbourhood"),
    ]);
    const filled = ground ?? neighbourhoods ?? districts;
    if (filled) this.map.shape(filled, { className: "land", pane: "land" });
    if (city?.features.length) this.map.shape(outsideOf(city), { className: "outside", pane: "areas" });
    this.addLevel("neighbourhood", neighbourhoods);
    this.addLevel("district", districts);
    this.markChosen(this.chosenSlugs());
  }

  fetchLevel(level) {
    const query = new URLSearchParams({ level, lang: this.config.language });
    return fetchJson(`${this.config.urls.areas}?${query}`).catch(() => null);
  }

  addLevel(level, collection) {
    if (!collection?.features.length) return;
    const shape = this.map.shape(collection, { className: `area area--${level}`, pane: "areas" });
    this.levels[level] = { features: collection.features, shape };
  }

  chosenSlugs() {
    return new URLSearchParams(this.config.query).getAll("area").concat(this.config.area ?? []);
  }

  /** What a filter leaves out is dimmed; `slugs` empty: nothing is. */
  markChosen(slugs) {
    const chosen = new Set(slugs);
    const parents = new Set(slugs.filter((slug) => this.find(slug, "district")));
    for (const { shape } of Object.values(this.levels)) {
      shape.dress(({ properties }, path) => {
        const isChosen = chosen.has(properties.slug);
        const isInside = parents.has(properties.parent);
        path.classList.toggle("area--chosen", isChosen);
        path.classList.toggle("area--dimmed", chosen.size > 0 && !isChosen && !isInside && properties.level !== "district");
        if (isChosen) path.parentNode.append(path); // over its neighbours' lines
      });
    }
  }

  find(slug, level) {
    return this.levels[level]?.features.find(({ properties }) => properties.slug === slug);
  }

  /** [w, s, e, n] around the areas of `slugs`, or null where none is known. */
  boxOf(slugs) {
    const found = slugs.map((slug) => this.find(slug, "neighbourhood") ?? this.find(slug, "district")).filter(Boolean);
    const corners = found.flatMap(({ geometry }) => geometry.coordinates.flat(2));
    if (!corners.length) return null;
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }

  nameOf(slug) {
    return (this.find(slug, "neighbourhood") ?? this.find(slug, "district"))?.properties ?? null;
  }

  /** The counts of the filter by slug, or null where the page has none: then clusters stand at every zoom. */
  get hasCounts() {
    return Boolean(this.bySlug && this.levels.district);
  }

  setCounts(bySlug) {
    this.bySlug = bySlug;
    this.drawn = null;
  }

  /** Names for the zoom at hand: with `counts`, the districts and how many proposals each holds. */
  refresh({ counts }) {
    const level = this.map.zoom() >= NEIGHBOURHOODS_FROM_ZOOM || !this.levels.district ? "neighbourhood" : "district";
    this.map.element.classList.toggle("is-far", level === "district");
    const wanted = counts ? "counts" : level;
    if (this.drawn === wanted) return;
    this.drawn = wanted;
    for (const mark of this.counts) mark.remove();
    this.counts = [];
    const features = this.levels[counts ? "district" : level]?.features ?? [];
    const counted = ({ properties }) => (counts ? this.bySlug[properties.slug] ?? 0 : 0);
    const byCount = [...features].sort((a, b) => counted(b) - counted(a));
    this.names.set(
      "1 areas",
      byCount.map((feature) => {
        const count = counted(feature);
        const name = { where: feature.properties.centre, node: areaNameNode(feature.properties) };
        return count ? { ...name, beside: RADIUS_PX, keep: true } : name;
      }),
    );
    this.counts = byCount.filter(counted).map((feature) => this.countMark(feature.properties, counted(feature)));
  }

  countMark(properties, count) {
    const choose = () => this.choose(properties.slug);
    const mark = this.map.mark(properties.centre, { node: areaCountNode(properties, count, this.config), onChoose: choose });
    return Object.assign(mark, { choose, radius: RADIUS_PX });
  }
}

/** All that is not the city, as one polygon with the city for its holes: it is dimmed. */
function outsideOf({ features }) {
  const rings = features.flatMap(({ geometry }) => geometry.coordinates.map(([outer]) => outer));
  return { type: "Polygon", coordinates: [WORLD, ...rings] };
}
