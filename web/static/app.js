// Small comforts. Every page works without this file.

// On phones the filters start closed; without scripts they stand open.
const sheet = document.querySelector(".filter-sheet");
if (sheet && matchMedia("(max-width: 63.99em)").matches) sheet.open = false;

// On wide screens a ticked filter applies at once; on phones people tick several and then press the button.
const filters = document.querySelector("form[data-filters]");
if (filters && matchMedia("(min-width: 64em)").matches) {
  filters.addEventListener("change", () => filters.requestSubmit());
}

// A form is sent once: the second click of a double click finds the button resting.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// After a refused form the summary is read first.
document.getElementById("errors")?.focus();

// On paper nothing can be unfolded.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details[data-print]")) part.open = true;
});
