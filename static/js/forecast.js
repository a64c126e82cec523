/* How many mails would come, said again after each change of the form. Without this file a button asks. */

import { debounced } from "./dom.js";

const WAIT_MS = 600;
const form = document.querySelector("[data-forecast-form]");
const line = form?.querySelector("[data-forecast]");
let request = null;

async function ask() {
  request?.abort();
  const { signal } = (request = new AbortController());
  const body = new FormData(form);
  body.set("step", "count");
  try {
    const response = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "application/json" } });
    const { words } = response.ok ? await response.json() : { words: "" };
    if (line.textContent.trim() !== words) line.textContent = words;
  } catch (error) {
    if (error.name !== "AbortError") line.textContent = "";
  }
}

if (line) {
  form.querySelector('[name="step"][value="count"]').remove(); // else Enter in a field would press it
  form.addEventListener("change", debounced(ask, WAIT_MS));
  ask();
}
