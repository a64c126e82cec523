/* A text field with suggestions, as the ARIA pattern has it: focus stays in the field, arrows choose, Enter takes, Escape shuts. */

import { debounced, element } from "./dom.js";

const WAIT_MS = 200;
const MIN_LETTERS = 2;

export class Combobox {
  /** `ask(text, signal)` resolves to [{label, detail, lang}]; `take(option)` when one is chosen; `enter(text)` for Enter
      without a choice, true where that was an answer; `say(options)` tells how many there are. */
  constructor(input, { ask, take, enter, say }) {
    Object.assign(this, { input, ask, take, enter, say, options: [], active: -1, answered: null });
    this.list = element("ul", { id: `${input.id}-options`, class: "options", role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? input.getAttribute("aria-label"));
    const wrapper = element("div", { class: "combobox" });
    input.replaceWith(wrapper);
    wrapper.append(input, this.list);
    for (const [name, value] of Object.entries({
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", debounced(() => this.refresh(), WAIT_MS));
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.shut());
    // The field must not lose its focus before the press has chosen.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const index = [...this.list.children].indexOf(event.target.closest("li"));
      if (index >= 0) this.choose(index);
    });
  }

  async refresh() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (text.length < MIN_LETTERS || text === this.answered) return this.shut();
    const { signal } = (this.request = new AbortController());
    try {
      const options = await this.ask(text, signal);
      if (signal.aborted || document.activeElement !== this.input) return;
      this.open(options);
    } catch (error) {
      if (error.name !== "AbortError") this.shut();
    }
  }

  open(options) {
    this.options = options;
    this.list.replaceChildren(
      ...options.map((option, i) =>
        element(
          "li",
          { id: `${this.list.id}-${i}`, class: "options__item", role: "option", "aria-selected": "false" },
          element("span", { class: "options__name", lang: option.lang }, option.label),
          option.detail ? element("span", { class: "options__detail" }, option.detail) : null,
        ),
      ),
    );
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.point(-1);
    this.say(options);
  }

  shut() {
    this.request?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
  }

  /** Moves the choice to option `index`; -1: none. */
  point(index) {
    this.active = index;
    [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    const item = this.list.children[index];
    if (!item) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  choose(index) {
    const option = this.options[index];
    this.input.value = option.label;
    this.shut();
    this.take(option);
  }

  /** What was typed is taken as it is; suggestions that are still on their way for it are not shown. */
  answer(text) {
    if (!this.enter(text)) return;
    this.answered = text;
    this.shut();
  }

  onKey(event) {
    const isOpen = !this.list.hidden;
    const last = this.options.length - 1;
    if (event.key === "ArrowDown" && isOpen) this.point(this.active < last ? this.active + 1 : 0);
    else if (event.key === "ArrowUp" && isOpen) this.point(this.active > 0 ? this.active - 1 : last);
    else if (event.key === "Escape" && isOpen) this.shut();
    else if (event.key === "Enter" && isOpen && this.active >= 0) this.choose(this.active);
    else if (event.key === "Enter" && this.input.value.trim()) this.answer(this.input.value.trim());
    else return;
    event.preventDefault(); // Enter must not send the form
  }
}
