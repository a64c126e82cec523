/* The one module that knows Leaflet (a classic script, loaded before): another engine means another file like this one.
   Everywhere else a place is [longitude, latitude] and a box is [west, south, east, north]; latitude comes first only here. */

import { reducedMotion } from "./dom.js";

const L = globalThis.L;
const KEYBOARD_STEP_PX = 40;
const MAX_ZOOM = 19;
const FAILURES_BEFORE_SAYING_SO = 4; // tiles in a row, so that one lost picture says nothing
const PANES = { land: 150, areas: 250, names: 450 }; // tiles are at 200, shapes at 400, marks at 600

const at = ([longitude, latitude]) => L.latLng(latitude, longitude);
const place = (latlng) => [latlng.wrap().lng, latlng.lat];
const corners = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);

/** A map in `element`, showing `bounds`, with what the other modules need of it and nothing of Leaflet. */
export function openMap(element, { bounds, minZoom = 8, wholeZooms = false, isPicture = false }) {
  const still = reducedMotion();
  const map = L.map(element, {
    attributionControl: false,
    zoomControl: false,
    keyboardPanDelta: KEYBOARD_STEP_PX,
    zoomAnimation: !still,
    fadeAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
    doubleClickZoom: true,
    // Drawings are sharp at any zoom; pictures of a base map are so at whole ones.
    zoomSnap: wholeZooms ? 1 : 0.25,
    minZoom,
    maxZoom: MAX_ZOOM,
    keyboard: !isPicture,
    scrollWheelZoom: !isPicture,
    // One finger scrolls the page over a map that is only looked at.
    dragging: !isPicture || matchMedia("(pointer: fine)").matches,
  });
  map.fitBounds(corners(bounds), { animate: false, padding: [16, 16] });
  for (const [name, zIndex] of Object.entries(PANES)) map.createPane(name).style.zIndex = zIndex;
  const renderers = {};
  const rendererOf = (pane) => (renderers[pane] ??= L.svg({ pane, padding: 0.5 }));
  // The frame changes its height with the sheet; Leaflet only hears of the window.
  new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(element);

  return {
    element,
    zoom: () => map.getZoom(),
    centre: () => place(map.getCenter()),
    box: (padding = 0) => boxOf(map.getBounds().pad(padding)),
    size: () => [map.getSize().x, map.getSize().y],
    pixelOf: (where) => pointOf(map.latLngToContainerPoint(at(where))),
    placeAt: (x, y) => place(map.containerPointToLatLng([x, y])),
    zoomBy: (levels) => map.setZoom(Math.round(map.getZoom() + levels)),
    canZoom: (levels) => (levels > 0 ? map.getZoom() < map.getMaxZoom() : map.getZoom() > map.getMinZoom()),
    showBox: (box, { maxZoom = 16, padding = 24, top = padding, animate = !still } = {}) =>
      map.fitBounds(corners(box), { maxZoom, paddingTopLeft: [padding, top], paddingBottomRight: [padding, padding], animate }),
    show: (where, zoom = map.getZoom(), { animate = !still } = {}) => map.setView(at(where), zoom, { animate }),
    keepInView: (where, padding = 60) => map.panInside(at(where), { padding: [padding, padding], animate: !still }),
    onMoved: (action) => map.on("moveend", action),
    onMoving: (action) => map.on("move", action),
    onClick: (action) => map.on("click", (event) => action(place(event.latlng))),
    withoutDoubleClickZoom: (yes) => map.doubleClickZoom[yes ? "disable" : "enable"](),
    mark: (where, options) => addMark(map, where, options),
    name: (where, node) => addName(map, where, node),
    shape: (geometry, options) => addShape(map, rendererOf, geometry, options),
    tiles: (basemap, onState) => addTiles(map, basemap, onState),
  };
}

function boxOf(bounds) {
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

function pointOf(point) {
  return [point.x, point.y];
}

// An icon that is the element given to it: no wrapper, no string of HTML.
const OwnIcon = L.Icon.extend({
  createIcon() {
    const node = this.options.node;
    const own = node.className;
    this._setIconStyles(node, "icon");
    node.className = `${own} leaflet-marker-icon`;
    return node;
  },
  createShadow: () => null,
});

/** `node` at `where`, centred, `size` pixels wide; a pointer reaches it, Tab does not (the list and a roving stop do). */
function addMark(map, where, { node, size = 44, onChoose, draggable = false, onDrag, onDropped, above = 0, pane }) {
  const marker = L.marker(at(where), {
    icon: new OwnIcon({ node, iconSize: [size, size] }),
    keyboard: false,
    draggable,
    autoPan: draggable,
    interactive: Boolean(onChoose || draggable),
    bubblingMouseEvents: false,
    zIndexOffset: above,
    pane: pane ?? "markerPane",
  });
  if (onChoose) marker.on("click", () => onChoose());
  if (onDrag) marker.on("drag", () => onDrag(place(marker.getLatLng())));
  if (onDropped) marker.on("dragend", () => onDropped(place(marker.getLatLng())));
  marker.addTo(map);
  return {
    node,
    where: () => place(marker.getLatLng()),
    move: (to) => marker.setLatLng(at(to)),
    raise: (yes) => marker.setZIndexOffset(yes ? 1000 : above),
    remove: () => marker.remove(),
  };
}

/** Words on the map: `node` centred at `where`; nothing reacts. */
function addName(map, where, node) {
  return addMark(map, where, { node, size: 0, pane: "names" });
}

/** A GeoJSON geometry or feature collection; its look is that of the classes. `classOf` names more for a feature. */
function addShape(map, rendererOf, geometry, { className, classOf, pane = "overlayPane", radius = 0 }) {
  const layer = L.geoJSON(geometry, {
    interactive: false,
    renderer: rendererOf(pane),
    pane,
    style: (feature) => ({ className: [className, classOf?.(feature)].filter(Boolean).join(" "), smoothFactor: 0.5 }),
    pointToLayer: (_, where) => (radius ? L.circleMarker(where, { radius, pane, renderer: rendererOf(pane), interactive: false }) : null),
  }).addTo(map);
  return {
    box: () => boxOf(layer.getBounds()),
    dress: (dressed) => layer.eachLayer((part) => dressed(part.feature, part.getElement())),
    remove: () => layer.remove(),
  };
}

/** The base map's pictures over our own land. `onState("failed" | "shown")`; a dead server leaves no grey square. */
function addTiles(map, basemap, onState) {
  const options = { maxZoom: MAX_ZOOM, maxNativeZoom: basemap.maxZoom, className: "tiles" };
  const layer =
    basemap.type === "wms"
      ? L.tileLayer.wms(basemap.url, { ...options, layers: basemap.layers, format: "image/png", version: "1.3.0" })
      : L.tileLayer(basemap.url, options);
  let failures = 0;
  layer.on("tileload", () => {
    failures = 0;
    onState("shown");
  });
  layer.on("tileerror", (event) => {
    event.tile.hidden = true;
    failures += 1;
    if (failures >= FAILURES_BEFORE_SAYING_SO) onState("failed");
  });
  layer.addTo(map);
}
