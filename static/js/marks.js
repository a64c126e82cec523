/* What stands on the map: a pin (shape and glyph = topic, fill = stage), a cluster (count, and the share taken up as a ring),
   an area with its count, a service point. All drawn, none from a string of HTML. */

import { element, fill, icon, plural, svgElement } from "./dom.js";

const RING = 100; // pathLength of the ring: its share is a percentage
const BOX = 48; // side of the drawing; the ring's stroke is 5
const RADIUS = 20;
const MEDIUM_FROM = 10; // proposals
const LARGE_FROM = 100;

/** A pin that is one roving stop of the map, not a Tab stop of its own. `feature` has id, title, kind, status. */
export function pinNode({ kind, status, title }, config) {
  const { strings, sprite } = config;
  const label = fill(strings.pin, { title, kind: strings.kinds[kind] ?? "", stage: strings.stages[status] ?? "" });
  return element(
    "div",
    { class: `pin stage--${status}`, role: "button", tabindex: "-1", "aria-label": label },
    icon(sprite, `kind-${kind}`, "mark"),
  );
}

/** The pin's look without a voice: the list's row already speaks, or the picture's label does. */
export function silentPin(kind, status, config, className = "") {
  const node = element("div", { class: `pin stage--${status} ${className}`, "aria-hidden": "true" });
  node.append(icon(config.sprite, `kind-${kind}`, "mark"));
  return node;
}

/** The pin that a person is placing: a drop whose tip is the place. */
export function dropNode() {
  const drop = svgElement("path", { d: "M20 2c8 0 14 6 14 13.5C34 26 20 42 20 42S6 26 6 15.5C6 8 12 2 20 2z" });
  const hole = svgElement("circle", { cx: 20, cy: 15.5, r: 5.5 });
  const svg = svgElement("svg", { class: "drop__mark", viewBox: "0 0 40 44", "aria-hidden": "true", focusable: "false" }, drop, hole);
  return element("div", { class: "drop", "aria-hidden": "true" }, svg);
}

export function clusterSize(count) {
  if (count >= LARGE_FROM) return ["l", 64];
  return count >= MEDIUM_FROM ? ["m", 52] : ["s", 44];
}

/** "38 proposals here, 12 taken up". */
export function clusterWords(count, takenUp, { strings, language }) {
  const parts = [plural(strings.cluster, count, language)];
  if (takenUp) parts.push(plural(strings.takenUp, takenUp, language));
  return parts.join(", ");
}

export function clusterNode({ count, taken_up: takenUp = 0 }, config) {
  const [size] = clusterSize(count);
  return element(
    "div",
    {
      class: `cluster cluster--${size}`,
      role: "button",
      tabindex: "-1",
      "aria-label": clusterWords(count, takenUp, config),
    },
    ring(count, takenUp),
    element("span", { class: "cluster__count", "aria-hidden": "true" }, short(count, config.language)),
  );
}

/** The count of an area far out, instead of a cluster upon its name; the name stands beside it. */
export function areaCountNode({ name }, count, config) {
  const node = clusterNode({ count }, config);
  node.classList.add("area-count");
  node.setAttribute("aria-label", `${name}: ${node.getAttribute("aria-label")}`);
  return node;
}

export function areaNameNode({ name, name_language: lang }) {
  return element("div", { class: "map-name", "aria-hidden": "true" }, element("span", { class: "area-name", lang }, name));
}

export function landmarkNode({ name, name_language: lang }) {
  return element(
    "div",
    { class: "map-name", "aria-hidden": "true" },
    element("span", { class: "landmark" }, element("span", { class: "landmark__name", lang }, name)),
  );
}

export function serviceNode({ name, service }, config) {
  return element(
    "div",
    { class: "service-mark", role: "button", tabindex: "-1", "aria-label": [name, service].filter(Boolean).join(", ") },
    element("span", { class: "service-mark__dot" }),
  );
}

function ring(count, takenUp) {
  const share = count ? Math.round((takenUp / count) * RING) : 0;
  const circle = { cx: BOX / 2, cy: BOX / 2, r: RADIUS };
  return svgElement(
    "svg",
    { viewBox: `0 0 ${BOX} ${BOX}`, "aria-hidden": "true", focusable: "false" },
    svgElement("circle", { class: "cluster__disc", ...circle }),
    svgElement("circle", { class: "cluster__ring", ...circle }),
    share && svgElement("circle", { class: "cluster__share", ...circle, pathLength: RING, "stroke-dasharray": `${share} ${RING}` }),
  );
}

function short(count, language) {
  const notation = count >= 10_000 ? "compact" : "standard";
  return new Intl.NumberFormat(language, { notation, useGrouping: count >= 10_000 }).format(count);
}
