/* Boxes: [west, south, east, north] in EPSG:4326. */

const STEPS = 1_000_000; // a degree: about 0.1 m

/** As the doors take it, rounded outwards: what lies on the edge stays in. */
export function boxText([west, south, east, north]) {
  const rounded = [Math.floor(west * STEPS), Math.floor(south * STEPS), Math.ceil(east * STEPS), Math.ceil(north * STEPS)];
  return rounded.map((steps) => (steps / STEPS).toFixed(6)).join(",");
}

/** The box of the filter `bbox` in a query string, or null. */
export function boxIn(query) {
  const numbers = new URLSearchParams(query).get("bbox")?.split(",").map(Number) ?? [];
  return numbers.length === 4 && numbers.every(Number.isFinite) ? numbers : null;
}

/** What two boxes have in common, or null. */
export function common(one, other) {
  const [west, south] = [0, 1].map((i) => Math.max(one[i], other[i]));
  const [east, north] = [2, 3].map((i) => Math.min(one[i], other[i]));
  return west < east && south < north ? [west, south, east, north] : null;
}

/** A box round a place, `degrees` to each side. */
export function around([longitude, latitude], degrees) {
  return [longitude - degrees, latitude - degrees, longitude + degrees, latitude + degrees];
}

export function isIn([longitude, latitude], [west, south, east, north]) {
  return longitude >= west && longitude <= east && latitude >= south && latitude <= north;
}
