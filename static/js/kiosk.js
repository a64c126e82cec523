/* A public terminal forgets the person who has left: after a while without a touch it asks, counts down in sight, and goes
   back to its start page, which takes the keys off this browser. Touching anything at all goes on (WCAG 2.2.1). */

import { fill } from "./dom.js";

const TOUCHES = ["pointerdown", "keydown", "input", "wheel"];
const SPOKEN_EVERY_S = 10;

class Kiosk {
  constructor(dialog) {
    this.dialog = dialog;
    this.forgetAfter = Number(dialog.dataset.forgetAfter);
    this.warnBefore = Number(dialog.dataset.warnBefore);
    this.count = dialog.querySelector("[data-kiosk-count]");
    this.voice = dialog.querySelector("[data-kiosk-voice]");
    for (const touch of TOUCHES) addEventListener(touch, () => this.touched(), { capture: true, passive: true });
    // Not by the pointer's going down: the rest of that press would fall on what lies below the dialog.
    for (const done of ["click", "keyup"]) addEventListener(done, () => this.dialog.open && this.dialog.close(), { capture: true });
    // A page out of the browser's memory may be that of the person before.
    addEventListener("pageshow", (event) => event.persisted && this.forget());
    document.querySelector("[data-kiosk-done]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.forget();
    });
    for (const form of document.forms) form.autocomplete = "off";
    this.touched();
    setInterval(() => this.tick(), 1000);
  }

  touched() {
    this.last = Date.now();
  }

  /** By the clock and not by counting: a sleeping tablet runs no timers. */
  tick() {
    const left = Math.ceil(this.forgetAfter - (Date.now() - this.last) / 1000);
    if (left <= 0) return this.forget();
    if (left > this.warnBefore) return;
    if (!this.dialog.open) this.dialog.showModal();
    this.count.textContent = left;
    if (left % SPOKEN_EVERY_S === 0 || left === this.warnBefore) this.voice.textContent = fill(this.voice.dataset.words, { n: left });
  }

  forget() {
    if (this.forgetting) return;
    this.forgetting = true;
    for (const form of document.forms) form.reset();
    for (const storage of [localStorage, sessionStorage]) storage.clear();
    location.replace(this.dialog.dataset.start);
  }
}

const dialog = document.querySelector("[data-kiosk]");
if (dialog) new Kiosk(dialog);
