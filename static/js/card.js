/* The card of what was chosen on the map: in the panel, never a popup. Focus goes to its heading and comes back on close. */

import { around, boxText } from "./box.js";
import { addressOf, element, icon } from "./dom.js";
import { fetchList } from "./list.js";
import { clusterWords } from "./marks.js";

const ROW_EPSILON = 0.00002; // degrees, about 2 m: a box that holds the pin

export class Card {
  /** `put(node)` gives the card its place on the page, `step(by)` goes to another mark, `closed()` is called when it is gone. */
  constructor(config, { put, step, closed }) {
    Object.assign(this, { config, step, closed });
    this.node = this.build();
    put(this.node);
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  build() {
    const { strings } = this.config;
    this.position = element("p", { class: "map-card__position quiet small" });
    this.content = element("div", { class: "map-card__content" });
    return element(
      "section",
      { id: "map-card", class: "map-card", "aria-label": strings.card, "data-keep": true, hidden: true },
      element(
        "div",
        { class: "map-card__bar" },
        this.position,
        this.button("chevron-left", strings.previous, () => this.step(-1)),
        this.button("chevron-right", strings.next, () => this.step(1)),
        this.button("close", strings.close, () => this.close()),
      ),
      this.content,
    );
  }

  button(name, label, action) {
    const button = element("button", { type: "button", class: "map-button", "aria-label": label, title: label }, icon(this.config.sprite, name));
    button.addEventListener("click", action);
    return button;
  }

  /** Shows a pin. `focus`: whether the reader goes there (a press on the map) or stays (the next button pressed again). */
  async showPin(feature, query, { from, focus = true, position = "" }) {
    this.open(this.plainRow(feature), { from, focus, position });
    const key = (this.key = feature.id);
    const row = document.getElementById(`proposal-${feature.id}`)?.cloneNode(true) ?? (await this.fetchRow(feature, query));
    if (row && this.key === key) this.exchange(row, focus);
  }

  showCluster({ properties }, { from, zoomIn, narrow, position = "" }) {
    const { strings, sprite } = this.config;
    this.key = null;
    const words = clusterWords(properties.count, properties.taken_up, this.config);
    const [closer, all] = [
      element("button", { type: "button", class: "button" }, icon(sprite, "plus"), strings.zoomIn),
      element("button", { type: "button", class: "button" }, icon(sprite, "list"), strings.showThese),
    ];
    closer.addEventListener("click", zoomIn);
    all.addEventListener("click", narrow);
    const heading = element("h3", { class: "item__title", tabindex: "-1" }, words);
    this.open(element("div", { class: "stack" }, heading, element("div", { class: "actions" }, closer, all)), { from, focus: false, position });
  }

  showService({ properties }, { from, focus = true, position = "" }) {
    const { name, name_language: lang, service, provider_name: provider, address } = properties;
    this.key = null;
    const heading = element("h3", { class: "item__title", tabindex: "-1", lang }, name);
    const facts = [service, provider, address].filter(Boolean).map((text) => element("p", { class: "item__place" }, text));
    this.open(element("div", {}, heading, ...facts), { from, focus, position });
  }

  open(content, { from, focus, position }) {
    if (from) this.from = from;
    this.position.textContent = position;
    this.content.replaceChildren(content);
    this.node.hidden = false;
    if (focus) this.focusHeading();
  }

  /** The server's row in place of the plain one; focus stays on the heading if it was there. */
  exchange(row, focus) {
    const article = element("article", { class: "item" }, ...row.childNodes);
    for (const node of article.querySelectorAll("[id]")) node.removeAttribute("id");
    article.querySelector(".item__title")?.setAttribute("tabindex", "-1");
    const wasInside = this.content.contains(document.activeElement);
    this.content.replaceChildren(article);
    if (focus || wasInside) this.focusHeading();
  }

  focusHeading() {
    const heading = this.content.querySelector(".item__title");
    heading?.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
  }

  close() {
    if (this.node.hidden) return;
    const hadFocus = this.node.contains(document.activeElement);
    this.node.hidden = true;
    this.key = null;
    this.closed();
    if (hadFocus) (this.from?.isConnected ? this.from : document.querySelector("[data-map]"))?.focus({ preventScroll: true });
    this.from = null;
  }

  plainRow({ properties }) {
    const { kind, status, title, url } = properties;
    const { strings, sprite } = this.config;
    return element(
      "article",
      { class: "item" },
      icon(sprite, `kind-${kind}`, `mark stage--${status}`),
      element(
        "div",
        { class: "item__body" },
        element("h3", { class: "item__title", tabindex: "-1" }, element("a", { href: url }, title)),
        element("p", { class: "item__facts" }, `${strings.kinds[kind]} · ${strings.stages[status]}`),
      ),
    );
  }

  /** The row as the list would show it: place in words, promise, counts. Null where the list cannot be asked. */
  async fetchRow({ id, geometry }, query) {
    const asked = new URLSearchParams(query);
    asked.delete("after");
    asked.set("bbox", boxText(around(geometry.coordinates, ROW_EPSILON)));
    try {
      const section = await fetchList(addressOf(this.config.urls.rows, asked.toString()));
      return section.querySelector(`#proposal-${id}`);
    } catch {
      return null;
    }
  }
}
