/* The map's frame as templates/mapapp/_map.html writes it: ground, zoom buttons, status line, base map. */

import { Areas } from "./areas.js";
import { openMap } from "./leaflet_map.js";
import { Names } from "./names.js";

/** {map, names, areas, frame, config, say} of the page's one map. `chooseArea(slug)` where areas carry counts. */
export function openFrame(config, { chooseArea = () => {} } = {}) {
  const element = document.querySelector("[data-map]");
  const frame = element.closest(".map-frame");
  const map = openMap(element, { bounds: config.bounds, wholeZooms: Boolean(config.basemap), isPicture: config.mode === "show" });
  const names = new Names(map);
  const areas = new Areas(map, names, config, { choose: chooseArea });
  const status = frame.querySelector("[data-map-status]");
  const say = (words) => {
    if (status && status.textContent !== words) status.textContent = words;
  };
  zoomButtons(map, frame);
  if (config.basemap) showTiles(map, config.basemap, frame);
  return { map, names, areas, frame, config, say };
}

function zoomButtons(map, frame) {
  const buttons = [...frame.querySelectorAll("[data-zoom]")];
  const refresh = () => {
    for (const button of buttons) button.setAttribute("aria-disabled", String(!map.canZoom(Number(button.dataset.zoom))));
  };
  for (const button of buttons) button.addEventListener("click", () => map.zoomBy(Number(button.dataset.zoom)));
  map.onMoved(refresh);
  refresh();
}

function showTiles(map, basemap, frame) {
  const note = frame.querySelector("[data-basemap-note]");
  map.tiles(basemap, (state) => {
    note.hidden = state !== "failed";
    frame.classList.toggle("has-tiles", state === "shown");
  });
}
