/* The keys of the moderators' desk: p, h, o, r, a, u, j, k. They work only while the focus is on the card or nowhere in
   particular, never while one types, and can be switched off (WCAG 2.1.4); the choice is kept in this browser.

   A decision that needs a reason leads to its field first; the key pressed again there does nothing, the button does. */

const STORE = "moderation-keys";
const card = document.getElementById("case");
const toggle = document.querySelector("[data-keys-on]");

if (card) {
  if (toggle) keep(toggle);
  card.focus({ preventScroll: true });
  document.addEventListener("keydown", press);
  document.querySelector("[data-decide]").addEventListener("submit", guardPhotos);
  if (document.getElementById("error-summary")) document.getElementById("error-summary").focus();
}

function keep(box) {
  try {
    box.checked = localStorage.getItem(STORE) !== "off";
    box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
  } catch {
    // Without storage the choice holds for this page.
  }
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if ((toggle && !toggle.checked) || !onCard(document.activeElement)) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  if (event.key.toLowerCase() === "o") takeSelection();
  const wanted = wants(target);
  if (wanted) wanted.focus();
  else target.click();
}

/* To publish is to publish the photos too: boxes that were drawn and not yet saved would be lost, and the face seen. */
function guardPhotos(event) {
  if (!event.submitter || event.submitter.value !== "publish") return;
  const drawn = [...document.querySelectorAll("[data-cover-boxes]")].find((field) => field.value !== "[]");
  if (!drawn) return;
  event.preventDefault();
  document.querySelector("[data-boxes-left]").hidden = false;
  drawn.form.querySelector("button[value=publish]").focus();
}

function onCard(element) {
  return !element || element === document.body || element.id === "main" || card.contains(element);
}

function takeSelection() {
  const selection = document.getSelection();
  const words = selection ? selection.toString() : "";
  if (words.trim() && card.contains(selection.anchorNode)) document.getElementById("id_part").value = words;
}

/* The field that must be filled before the button can be pressed; null where it is, or none is needed. */
function wants(button) {
  const field = document.getElementById(button.dataset.wants || "");
  return field && !field.value ? field : null;
}
