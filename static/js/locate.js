/* "Use my location": asked of the browser at the press of a button, told in words with its accuracy, sent nowhere by this file. */

import { element, fill } from "./dom.js";

const TIMEOUT_MS = 15_000;
const EARTH_M_PER_DEGREE = 111_320; // along a meridian
const CIRCLE_CORNERS = 48;

/** Resolves to {where, accuracy} (EPSG:4326, metres); rejects with a string for people. */
export function findMe(strings) {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(strings.locationUnknown);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ where: [coords.longitude, coords.latitude], accuracy: coords.accuracy }),
      (error) => reject(error.code === error.PERMISSION_DENIED ? strings.locationDenied : strings.locationUnknown),
      { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 30_000 },
    );
  });
}

/** "Accuracy about 40 m": two figures are enough. */
export function accuracyWords(metres, config) {
  const step = metres < 100 ? 10 : metres < 1000 ? 50 : 500;
  const d = new Intl.NumberFormat(config.language).format(Math.max(step, Math.round(metres / step) * step));
  return fill(config.strings.accuracy, { d });
}

/** A dot and its circle of accuracy on `map`; the earlier ones leave. */
export class Me {
  constructor(map) {
    this.map = map;
    this.parts = [];
  }

  show(where, accuracy) {
    for (const part of this.parts) part.remove();
    const dot = element("div", { class: "me", "aria-hidden": "true" });
    this.parts = [
      this.map.shape(circle(where, accuracy), { className: "me-accuracy" }),
      this.map.mark(where, { node: dot, size: 20, pane: "names" }),
    ];
  }
}

/** A polygon round `centre`, `radius` metres away: good enough for an eye at these sizes. */
function circle([longitude, latitude], radius) {
  const north = radius / EARTH_M_PER_DEGREE;
  const east = north / Math.cos((latitude * Math.PI) / 180);
  const ring = Array.from({ length: CIRCLE_CORNERS + 1 }, (_, i) => {
    const angle = (2 * Math.PI * i) / CIRCLE_CORNERS;
    return [longitude + east * Math.cos(angle), latitude + north * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [ring] };
}
