/* The map of one proposal, area or place: the thing itself, with the names around it. Without a kind it is ground: no pin. */

import { openFrame } from "./frame.js";
import { silentPin } from "./marks.js";
import { Services } from "./services.js";

const CLOSE_ZOOM = 13.5; // without a base map: near enough to see, far enough for names around it
const STREET_ZOOM = 16;
const FEATURE_RADIUS_PX = 5;

export async function show(config) {
  const { map, names, areas, frame } = openFrame(config);
  const { geometry } = config;
  if (geometry) showGeometry(map, config);
  if (config.features?.features.length) showFeatures(map, config);
  const arrange = () => names.arrange(geometry && config.kind ? [{ where: () => middleOf(geometry), radius: 22 }] : []);
  new Services(map, names, config, { choose: () => {}, loaded: arrange });
  await areas.draw();
  if (config.area && !geometry) {
    const box = areas.boxOf([config.area]);
    if (box) map.showBox(box, { animate: false });
  }
  const refresh = () => {
    areas.refresh({ counts: false });
    arrange();
  };
  map.onMoved(refresh);
  refresh();
  frame.classList.add("is-ready");
}

function showFeatures(map, { features }) {
  const shape = map.shape(features, { className: "reference", radius: FEATURE_RADIUS_PX });
  map.showBox(shape.box(), { animate: false });
}

function showGeometry(map, config) {
  const { geometry, kind, status } = config;
  const maxZoom = config.basemap ? STREET_ZOOM : CLOSE_ZOOM;
  if (geometry.type === "Point") {
    map.show(geometry.coordinates, maxZoom, { animate: false });
  } else {
    const shape = map.shape(geometry, { className: kind ? `feature stage--${status}` : "zone" });
    map.showBox(shape.box(), { animate: false, padding: 40, maxZoom: maxZoom + 1 });
  }
  if (kind) map.mark(middleOf(geometry), { node: silentPin(kind, status, config, "is-chosen"), size: 44, above: 1000 });
}

/** Where the pin of `geometry` stands: itself, the middle corner of a line, the mean corner of an area. */
export function middleOf({ type, coordinates }) {
  if (type === "Point") return coordinates;
  if (type === "LineString") return coordinates[Math.floor(coordinates.length / 2)];
  const ring = coordinates[0].slice(0, -1);
  return [0, 1].map((axis) => ring.reduce((sum, corner) => sum + corner[axis], 0) / ring.length);
}
