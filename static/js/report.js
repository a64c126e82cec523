/* What the script that folium writes calls to draw a report: pins, clusters, areas. A classic script, since a report is one
   file. Texts come as JSON beside it and go into the page by textContent alone; nothing here makes markup of a string. */

const report = (() => {
  "use strict";

  const strings = JSON.parse(document.getElementById("report-strings").textContent);
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language);
  const [plain, compact] = [{ useGrouping: false }, { notation: "compact" }].map((way) => new Intl.NumberFormat(language, way));
  // As the pages write days: 24 Nov 2026 in English, 24.11.2026 in Finnish and in Finland's Swedish.
  const days = new Intl.DateTimeFormat(
    { en: "en-GB", sv: "sv-FI" }[language] ?? language,
    { day: "numeric", month: language === "en" ? "short" : "numeric", year: "numeric" },
  );
  const SVG = "http://www.w3.org/2000/svg";
  const SIZES = [[100, "l", 64], [10, "m", 52], [0, "s", 44]]; // proposals from, class, pixels
  const COMPACT_FROM = 10_000; // proposals: five digits find no room in a disc
  const PIN_PX = 44;
  const GAP_PX = 4; // between names and marks
  const OFFSETS_PX = [0, 28, -28]; // a name's ways out: where it belongs, below, above
  const SETTLED_MS = 350; // when clusters have come to rest
  const names = []; // {marker, label, layer}, largest area first
  const maps = []; // one, or two that move together

  function element(tag, className, text = "") {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.textContent = text;
    return node;
  }

  function drawn(tag, attributes, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  /** An icon whose content is made anew each time that the map shows it. */
  const Icon = L.DivIcon.extend({
    createIcon(old) {
      const node = L.DivIcon.prototype.createIcon.call(this, old);
      node.replaceChildren(this.options.make());
      return node;
    },
  });

  function mark(kind, stage) {
    return drawn("svg", { class: `mark stage--${stage}`, "aria-hidden": "true" }, drawn("use", { href: `#kind-${kind}` }));
  }

  const pinIcons = new Map();

  function pinIcon(kind, stage) {
    const key = `${kind} ${stage}`;
    if (!pinIcons.has(key)) {
      const size = [PIN_PX, PIN_PX];
      pinIcons.set(key, new Icon({ className: `pin stage--${stage}`, iconSize: size, make: () => mark(kind, stage) }));
    }
    return pinIcons.get(key);
  }

  function clusterIcon(count, takenUp) {
    const [, size, pixels] = SIZES.find(([from]) => count >= from);
    const share = Math.round((100 * takenUp) / count);
    const circle = { cx: 24, cy: 24, r: 20 };
    const make = () => {
      const disc = drawn("svg", { viewBox: "0 0 48 48", "aria-hidden": "true" });
      disc.append(drawn("circle", { class: "cluster__disc", ...circle }), drawn("circle", { class: "cluster__ring", ...circle }));
      if (share) {
        disc.append(drawn("circle", { class: "cluster__share", ...circle, pathLength: 100, "stroke-dasharray": `${share} 100` }));
      }
      const node = document.createDocumentFragment();
      node.append(disc, element("span", "cluster__count", (count < COMPACT_FROM ? plain : compact).format(count)));
      return node;
    };
    return new Icon({ className: `cluster cluster--${size}`, iconSize: [pixels, pixels], make });
  }

  /** A marker of one mark of mapapp/report_pins.py: a proposal with its card, or the count of a cell. */
  function pin([latitude, longitude, count, takenUp, position]) {
    const of = strings.cards[position];
    if (!of) return L.marker([latitude, longitude], { icon: clusterIcon(count, takenUp), keyboard: false, count, takenUp });
    const [, , , kind, stage] = of;
    const marker = L.marker([latitude, longitude], { icon: pinIcon(kind, stage), keyboard: false, count, takenUp });
    return marker.bindPopup(() => card(of), { minWidth: 200 });
  }

  function card([key, title, titleLanguage, kind, stage, area, day]) {
    const node = element("article", "report-card");
    const heading = element("h3", "report-card__title", title);
    if (titleLanguage !== "other") heading.lang = titleLanguage;
    const place = [strings.kinds[kind], strings.areas[area]?.name].filter(Boolean).join(" · ");
    const date = days.format(new Date(`${day}T12:00:00`));
    const link = element("a", "", strings.open);
    link.href = strings.proposal.replace("{key}", key);
    link.target = "_blank";
    link.rel = "noopener";
    node.append(heading, element("p", "", place), element("p", "", `${strings.stages[stage]} · ${date}`), link);
    return node;
  }

  /** The icon of a cluster: the sum of what its markers stand for, and the share of it that is taken up. */
  function cluster(group) {
    let [count, takenUp] = [0, 0];
    for (const { options } of group.getAllChildMarkers()) {
      count += options.count;
      takenUp += options.takenUp;
    }
    return clusterIcon(count, takenUp);
  }

  /** An area's figures under the pointer, and its name on the map where there is room. */
  function area(feature, layer) {
    const known = strings.areas[feature.id];
    if (!known) return;
    const { proposals, taken } = feature.properties;
    const node = element("div", "report-area");
    const name = element("strong", "", known.name);
    name.lang = known.language;
    node.append(
      name,
      element("span", "", `${strings.proposals}: ${number.format(proposals)}`),
      element("span", "", `${strings.takenUp}: ${number.format(taken)}`),
    );
    layer.bindTooltip(node, { sticky: true, className: "report-tip" });
    const [longitude, latitude] = feature.properties.centre;
    const label = element("div", "report-name__text", known.name);
    label.lang = known.language;
    const icon = L.divIcon({ html: label, className: "report-name", iconSize: [0, 0] });
    names.push({ marker: L.marker([latitude, longitude], { icon, interactive: false, keyboard: false, pane: "names" }), label, layer });
  }

  /** Shows the names that meet no mark and no other name, from the largest area down. */
  function arrangeNames(map) {
    const taken = [...map.getPane("markerPane").children].map((node) => node.getBoundingClientRect());
    for (const { label } of namesOn(map)) {
      const place = OFFSETS_PX.find((down) => {
        label.style.translate = `0 ${down}px`;
        const box = label.getBoundingClientRect();
        return !taken.some((other) => meet(box, other));
      });
      label.classList.toggle("is-crowded", place === undefined);
      if (place !== undefined) taken.push(label.getBoundingClientRect());
    }
  }

  const namesOn = (map) => names.filter(({ layer }) => map.hasLayer(layer));

  /** Two maps of one report show the same place: who moves one moves the other. */
  function moveTogether(map) {
    for (const other of maps) {
      if (other === map || (other.getZoom() === map.getZoom() && other.getCenter().distanceTo(map.getCenter()) < 1)) continue;
      other.setView(map.getCenter(), map.getZoom(), { animate: false });
    }
  }

  function meet(a, b) {
    return a.left < b.right + GAP_PX && b.left < a.right + GAP_PX && a.top < b.bottom + GAP_PX && b.top < a.bottom + GAP_PX;
  }

  L.Map.mergeOptions({ maxZoom: 19 });
  L.Control.Zoom.mergeOptions({ zoomInTitle: strings.zoomIn, zoomOutTitle: strings.zoomOut });
  L.Control.Scale.mergeOptions({ imperial: false });
  L.Control.Attribution.mergeOptions({ prefix: false });
  L.Map.addInitHook(function prepare() {
    this.createPane("names").classList.add("report-names");
    this.on("popupopen", ({ popup }) => {
      popup.getElement().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", strings.close);
    });
    maps.push(this);
    document.addEventListener("DOMContentLoaded", () => {
      for (const { marker } of namesOn(this)) marker.addTo(this);
      arrangeNames(this);
      this.on("moveend", () => moveTogether(this));
      this.on("zoomend moveend", () => setTimeout(() => arrangeNames(this), SETTLED_MS));
    });
  });

  return { pin, cluster, area, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches };
})();
