/* The map beside the list: the same filter rules pins, counts, list and areas. */

import { COUNTS_BELOW_ZOOM } from "./areas.js";
import { around, boxIn, boxText, isIn } from "./box.js";
import { Card } from "./card.js";
import { addressOf, element, fill, plural, readJson } from "./dom.js";
import { openFrame } from "./frame.js";
import { showQuery } from "./list.js";
import { accuracyWords, findMe, Me } from "./locate.js";
import { clusterSize, silentPin } from "./marks.js";
import { Pins } from "./pins.js";
import { ReferenceLayers } from "./reference.js";
import { Roving } from "./roving.js";
import { Services } from "./services.js";

const PLACE_EPSILON = 0.00005; // degrees, about 5 m: the box of a cluster that no zoom can split
const CLOSE_ZOOM = 16;
const NOTE_PX = 76; // what the note of the chosen area takes of the map's upper edge

class Browse {
  constructor(config) {
    this.config = config;
    this.query = config.query;
    Object.assign(this, openFrame(config, { chooseArea: (slug) => this.chooseArea(slug) }));
    this.pinMarks = [];
    this.serviceMarks = [];
    this.roving = new Roving(this.map);
    this.card = new Card(config, {
      put: (node) => (document.querySelector("#list > [data-keep]") ?? this.frame).after(node),
      step: (by) => this.step(by),
      closed: () => this.highlight(null),
    });
    this.pins = new Pins(this.map, config, {
      choose: (feature, node) => this.choose(feature, node),
      loaded: (marks, failed) => this.pinsLoaded([...marks.values()], failed),
    });
    new ReferenceLayers(this.map, this.frame, config, (words) => this.say(words));
    this.services = new Services(this.map, this.names, config, {
      choose: (feature, from, options) => this.chooseService(feature, from, options),
      loaded: (marks) => {
        this.serviceMarks = marks;
        this.arrange();
      },
    });
  }

  async start() {
    this.listen();
    await this.areas.draw();
    this.areas.setCounts(readJson("area-counts"));
    this.fitToFilter({ animate: false });
    if (this.config.geometry) this.showZone(this.config.geometry);
    this.refresh();
    await this.pins.loadNow();
    this.frame.classList.add("is-ready");
  }

  /** What the page is about, where that is no area of the filter: its outline, with everything inside it in view. */
  showZone(geometry) {
    this.map.showBox(this.map.shape(geometry, { className: "zone" }).box(), { animate: false });
  }

  listen() {
    this.map.onMoved(() => this.refresh());
    document.addEventListener("list:changed", (event) => this.filter(event.detail.query));
    document.addEventListener("list:hover", (event) => this.hover(event.detail.row));
    const on = (name, action) => this.frame.querySelector(`[data-map-action="${name}"]`)?.addEventListener("click", action);
    on("locate", () => this.locate());
    on("previous", () => this.step(-1, { stay: true }));
    on("next", () => this.step(1, { stay: true }));
    const layer = this.frame.querySelector("[data-layer='services']");
    layer?.addEventListener("change", async () => {
      await this.services.switch(layer.checked);
      this.say(this.services.tooFar ? this.config.strings.servicesTooFar : "");
    });
  }

  get chosenAreas() {
    return new URLSearchParams(this.query).getAll("area");
  }

  /** Whether the areas carry the counts now, rather than clusters. */
  get far() {
    return this.map.zoom() < COUNTS_BELOW_ZOOM && !this.chosenAreas.length && !this.chosenBox && this.areas.hasCounts;
  }

  get chosenBox() {
    return boxIn(this.query);
  }

  refresh() {
    this.pins.show(!this.far);
    this.areas.refresh({ counts: this.far });
    this.arrange();
  }

  pinsLoaded(marks, failed) {
    this.pinMarks = marks;
    for (const mark of marks) {
      mark.choose = () => this.choose(mark.feature, mark.node);
      mark.radius = mark.feature.properties.cluster ? clusterSize(mark.feature.properties.count)[1] / 2 : 18;
    }
    if (failed) this.say(this.config.strings.pinsFailed);
    else if (this.hasFailed) this.say("");
    this.hasFailed = failed;
    this.arrange();
    this.highlight(this.highlighted);
  }

  arrange() {
    const marks = [...this.pinMarks, ...this.areas.counts, ...this.serviceMarks];
    for (const mark of marks) mark.radius ??= 16;
    this.names.arrange(marks);
    this.roving.set(marks);
  }

  // --- filters ---

  filter(query) {
    const before = this.place;
    this.query = this.config.query = query;
    this.pins.query = query;
    this.areas.setCounts(readJson("area-counts"));
    this.card.close();
    if (this.place !== before) this.fitToFilter({ animate: true });
    else this.showNote();
    this.refresh();
    this.pins.loadNow();
  }

  /** The part of the filter that says where, as text: when it changes the map goes there. */
  get place() {
    const query = new URLSearchParams(this.query);
    return `${query.getAll("area")} ${query.get("bbox") ?? ""}`;
  }

  fitToFilter({ animate }) {
    const slugs = this.chosenAreas;
    this.areas.markChosen(slugs);
    this.showNote();
    const box = this.chosenBox ?? (slugs.length ? this.areas.boxOf(slugs) : null);
    if (!box && !animate) return; // the map has opened on the whole city
    const top = slugs.length ? NOTE_PX : 16;
    this.map.showBox(box ?? this.config.bounds, { top, ...(animate ? {} : { animate: false }) });
  }

  /** "Matinkylä · 112 proposals · About the area · Whole city" over the map, when one area is chosen. */
  showNote() {
    const note = this.frame.querySelector("[data-area-note]");
    const slugs = this.chosenAreas;
    const area = slugs.length === 1 && !this.config.area ? this.areas.nameOf(slugs[0]) : null;
    note.hidden = !area;
    if (!area) return;
    const { strings, urls, language } = this.config;
    const counted = this.areas.bySlug?.[area.slug];
    const rest = this.queryWithout("area");
    const whole = element("a", { href: addressOf(urls.page, rest), target: "_self" }, strings.wholeCity);
    whole.addEventListener("click", (event) => {
      event.preventDefault();
      this.go(rest);
    });
    note.replaceChildren(
      element("strong", { lang: area.name_language }, area.name),
      counted === undefined ? "" : element("span", {}, plural(strings.proposals, counted, language)),
      element("a", { href: `${urls.areaPages}${area.slug}/` }, strings.aboutArea),
      whole,
    );
  }

  queryWithout(name) {
    const query = new URLSearchParams(this.query);
    for (const parameter of [name, "after"]) query.delete(parameter);
    return query.toString();
  }

  chooseArea(slug) {
    const query = new URLSearchParams(this.query);
    query.set("area", slug);
    query.delete("after");
    this.go(query.toString());
  }

  /** The list of what lies in one place: the filter `bbox` says it, and a chip takes it off. */
  narrow(box) {
    const query = new URLSearchParams(this.query);
    query.set("bbox", boxText(box));
    query.delete("after");
    this.go(query.toString(), this.config.urls.rows);
  }

  /** The list by `query`: here, or on `page` where this page has no list. */
  go(query, page = this.config.urls.page) {
    if (document.getElementById("list")) return showQuery(query);
    return location.assign(addressOf(page, query));
  }

  // --- choosing ---

  choose(feature, from, { focus = true, position = "" } = {}) {
    const { properties, geometry, bbox } = feature;
    if (!properties.cluster) {
      this.highlight(feature);
      this.map.keepInView(geometry.coordinates);
      return this.card.showPin(feature, this.query, { from, focus, position });
    }
    this.highlight(null);
    if (properties.same_place || !this.map.canZoom(1)) return this.narrow(bbox ?? around(geometry.coordinates, PLACE_EPSILON));
    return this.zoomInto(feature);
  }

  zoomInto({ bbox, geometry }) {
    if (bbox) this.map.showBox(bbox, { maxZoom: this.map.zoom() + 3, padding: 60 });
    else this.map.show(geometry.coordinates, this.map.zoom() + 2);
  }

  /** Goes to the next mark; from the buttons on the map focus stays there, so that they can be pressed again. */
  async step(by, { stay = false } = {}) {
    const { strings } = this.config;
    if (!this.roving.marks.length) await this.pins.loadNow(); // pressed before the pins were here
    const mark = this.roving.step(by);
    if (!mark) return this.say(strings.nothingHere);
    const position = fill(strings.position, { i: this.roving.marks.indexOf(mark) + 1, n: this.roving.marks.length });
    const words = mark.node.getAttribute("aria-label");
    this.say("");
    this.frame.querySelector("[data-map-voice]").textContent = `${position}: ${words}`; // the card shows the same
    if (mark.feature?.properties.cluster) {
      this.highlight(mark.feature);
      return this.card.showCluster(mark.feature, {
        from: mark.node,
        position,
        zoomIn: () => this.zoomInto(mark.feature),
        narrow: () => this.narrow(mark.feature.bbox ?? around(mark.feature.geometry.coordinates, PLACE_EPSILON)),
      });
    }
    if (mark.feature) return this.choose(mark.feature, mark.node, { focus: !stay, position });
    if (mark.isService) return mark.choose({ focus: !stay, position });
    this.card.close();
    return mark.node.classList.add("is-chosen"); // the count of an area: Enter or a press goes there
  }

  chooseService(feature, from, options = {}) {
    this.highlight(null);
    from.classList.add("is-chosen");
    return this.card.showService(feature, { from, ...options });
  }

  /** Marks one proposal on the map; one that is hidden in a cluster is shown above it for as long. */
  highlight(feature) {
    for (const node of this.map.element.querySelectorAll(".is-chosen")) node.classList.remove("is-chosen");
    this.raised?.raise(false);
    this.shown?.remove();
    this.raised = this.shown = null;
    this.highlighted = feature;
    for (const row of document.querySelectorAll("#proposals > .is-chosen")) row.classList.remove("is-chosen");
    if (!feature) return;
    document.getElementById(`proposal-${feature.id}`)?.classList.add("is-chosen");
    this.emphasise(feature);
  }

  emphasise({ id, geometry, properties }) {
    const mark = properties.cluster ? this.pinMarks.find(({ feature }) => feature.geometry === geometry) : this.pins.of(id);
    if (mark) {
      mark.node.classList.add("is-chosen");
      mark.raise(true);
      this.raised = mark;
    } else if (!properties.cluster) {
      const node = silentPin(properties.kind, properties.status, this.config, "is-chosen");
      this.shown = this.map.mark(geometry.coordinates, { node, above: 1000 });
    }
  }

  hover(row) {
    if (!this.card.node.hidden) return;
    this.highlight(row ? featureOf(row) : null);
  }

  async locate() {
    const { strings, bounds } = this.config;
    this.say(strings.locating);
    try {
      const { where, accuracy } = await findMe(strings);
      this.me ??= new Me(this.map);
      this.me.show(where, accuracy);
      this.map.show(where, CLOSE_ZOOM);
      this.say([accuracyWords(accuracy, this.config), isIn(where, bounds) ? "" : strings.outside].join(" ").trim());
    } catch (words) {
      this.say(String(words));
    }
  }
}

function featureOf(row) {
  const { id, lon, lat, kind, status } = row.dataset;
  return { id: Number(id), geometry: { coordinates: [Number(lon), Number(lat)] }, properties: { kind, status } };
}

export function browse(config) {
  return new Browse(config).start();
}
