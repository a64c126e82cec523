/* Is it one of these? Asks for proposals near the place of the form, and shows them before anything is written twice.
   Without this file the check page lists them. */

import { debounced, fetchJson } from "./dom.js";

class SimilarNearby {
  constructor(box) {
    this.box = box;
    this.form = document.getElementById("id_geometry").form;
    this.asked = "";
  }

  start() {
    const ask = debounced(() => this.ask(), 400);
    for (const name of ["change", "input", "draft:restored"]) this.form.addEventListener(name, ask);
    ask();
  }

  async ask() {
    const query = this.query();
    if (query === this.asked) return;
    this.asked = query;
    this.request?.abort();
    if (!query) return this.show([]);
    const { signal } = (this.request = new AbortController());
    try {
      const { proposals } = await fetchJson(`${this.box.dataset.similar}?${query}`, signal);
      if (!signal.aborted) this.show(proposals);
    } catch {
      if (!signal.aborted) this.show([]); // the check page asks again
    }
  }

  /** The question in words of an address, or "" while place or topic are not chosen. */
  query() {
    const values = new FormData(this.form);
    const place = middle(values.get("geometry"));
    const kind = values.get("kind");
    if (!place || !kind) return "";
    const [lon, lat] = place.map((degrees) => degrees.toFixed(6));
    const words = { lon, lat, kind, q: String(values.get("title") ?? "").slice(0, 120), lang: this.box.dataset.language };
    return String(new URLSearchParams(words));
  }

  show(proposals) {
    const template = this.box.querySelector("template");
    const rows = proposals.map((one) => {
      const row = template.content.cloneNode(true);
      row.querySelector("a").href = one.url;
      const title = row.querySelector("[data-similar-title]");
      title.lang = one.language;
      title.textContent = one.title;
      row.querySelector("[data-similar-facts]").textContent = one.facts;
      row.querySelector("button").setAttribute("formaction", one.support_url);
      return row;
    });
    this.box.querySelector("ul").replaceChildren(...rows);
    this.box.hidden = rows.length === 0;
  }
}

/** The middle of a GeoJSON geometry's corners, roughly; null for none. */
function middle(text) {
  try {
    const corners = JSON.parse(text).coordinates.flat(Infinity);
    const mean = (from) => corners.filter((_, i) => i % 2 === from).reduce((sum, n) => sum + n, 0) / (corners.length / 2);
    return corners.length ? [mean(0), mean(1)] : null;
  } catch {
    return null;
  }
}

const box = document.querySelector("[data-similar]");
if (box) new SimilarNearby(box).start();
