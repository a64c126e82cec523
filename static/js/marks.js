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

/** The pin's look without a voice: the list's row already speaks, or the form's status line does. */
export function silentPin(kind, status, config, className = "") {
  return element(
    "div",
    { class: `pin ${status ? `stage--${status}` : ""} ${className}`, "aria-hidden": "true" },
    icon(config.sprite, kind ? `kind-${kind}` : "place", kind ? "mark" : "pin__drop"),
  );
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

/** An area far out: its name and its count in one, so that no cluster lies upon a name. */
export function areaCountNode({ name, name_language: lang }, count, config) {
  const [size] = clusterSize(count);
  return element(
    "div",
    { class: "area-count", role: "button", tabindex: "-1", "aria-label": `${name}: ${clusterWords(count, 0, config)}` },
    element(
      "span",
      { class: `cluster cluster--${size}`, "aria-hidden": "true" },
      ring(count, 0),
      element("span", { class: "cluster__count" }, short(count, config.language)),
    ),
    element("span", { class: "area-name area-count__name", lang, "aria-hidden": "true" }, name),
  );
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
