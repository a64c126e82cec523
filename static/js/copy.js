// Buttons that copy a text field: shown only where the browser can do it; the text can be marked and copied without them.

const voice = document.querySelector("[data-copy-voice]");

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      voice.textContent = button.dataset.copied;
    } catch {
      field.focus(); // it is marked already
    }
  });
}
