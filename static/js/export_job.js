// The page of a file in the making: asks how far it is, and loads anew when that has changed in kind.
const card = document.querySelector("[data-job]");
const EVERY_MS = 3000;

async function look() {
  const response = await fetch(location.href, { headers: { Accept: "application/json" } });
  const { status, rowsWritten } = await response.json();
  if (status !== card.dataset.job) return location.reload();
  const bar = card.querySelector("progress");
  if (bar && rowsWritten) bar.value = rowsWritten;
  else if (rowsWritten) return location.reload();
  return setTimeout(look, EVERY_MS);
}

if (card) setTimeout(look, EVERY_MS);
