/* The map of a page: `browse` beside the list, `show` on a page of one thing (`place` is place.js). Reads #map-config. */

import { browse } from "./browse.js";
import { readJson } from "./dom.js";
import { show } from "./show.js";

const MODES = { browse, show };
const config = readJson("map-config");
if (config && document.querySelector("[data-map]")) MODES[config.mode]?.(config);
