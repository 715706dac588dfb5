// Only makes easier what works without: printing, and showing at once what was chosen. Keeps nothing.
for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
document.querySelector("[data-print]")?.addEventListener("click", () => print());
// A code that an EHR gave is used up once the page is there: nobody needs it in the address.
if (location.search.includes("code=")) history.replaceState(null, "", location.pathname);
