// Only makes easier what works without: printing, and showing at once what was chosen. Keeps nothing.
for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
document.querySelector("[data-print]")?.addEventListener("click", () => print());
