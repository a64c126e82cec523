/* Topic and category are one choice to people: the category is asked only where the chosen topic has several. */

const field = document.querySelector("[data-category-field]");
const select = document.getElementById("id_category");

function refresh() {
  const kind = document.querySelector('input[name="kind"]:checked')?.value;
  const ofKind = [...select.querySelectorAll("option[data-kind]")].filter((option) => option.dataset.kind === kind);
  for (const option of select.querySelectorAll("option[data-kind]")) option.hidden = option.dataset.kind !== kind;
  for (const group of select.querySelectorAll("optgroup")) group.hidden = !group.querySelector("option:not([hidden])");
  if (!ofKind.some((option) => option.value === select.value)) select.value = ofKind.length === 1 ? ofKind[0].value : "";
  // An error in it must stay in sight.
  field.hidden = ofKind.length < 2 && !field.classList.contains("field--error");
}

if (field && select) {
  document.addEventListener("change", (event) => {
    if (event.target.name === "kind") refresh();
  });
  refresh();
}
