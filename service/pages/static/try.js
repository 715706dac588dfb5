// Only makes easier what works without: dropping a file, copying, filtering. Keeps nothing.
for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;

const file = document.getElementById("file");
if (file) {
  const over = on => event => {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", on);
    if (event.type === "drop" && event.dataTransfer.files.length) {
      file.files = event.dataTransfer.files;
      file.form.requestSubmit(file.form.querySelector("button.main"));
    }
  };
  document.addEventListener("dragover", over(true));
  document.addEventListener("dragleave", over(false));
  document.addEventListener("drop", over(false));
}

const copy = async (button, text) => {
  await navigator.clipboard.writeText(text);
  const said = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = said; }, 2000);
};
for (const button of document.querySelectorAll("[data-copy]")) {
  const shown = document.getElementById(button.dataset.copy);
  button.addEventListener("click", () => copy(button, shown.textContent).catch(() => {
    getSelection().selectAllChildren(shown);  // no clipboard here: the text is marked instead
  }));
}
for (const button of document.querySelectorAll("[data-fetch]")) {
  button.addEventListener("click", async () => {
    const form = document.getElementById("again"), body = new FormData(form);
    body.set("show", button.dataset.fetch);
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store" });
    await copy(button, await answer.text());
  });
}

const filter = document.querySelector("form.filter");
if (filter) {
  const chosen = [...filter.querySelectorAll("select")], groups = document.querySelectorAll("details.group");
  const apply = () => {
    let count = 0;
    const isAny = chosen.every(one => !one.value);
    for (const group of groups) {
      let here = 0;
      for (const item of group.querySelectorAll("li[data-state]")) {
        item.hidden = !chosen.every(one => !one.value || item.dataset[one.dataset.by] === one.value);
        here += !item.hidden;
      }
      group.hidden = !isAny && !here;
      if (!isAny) group.open = here > 0;
      count += here;
    }
    filter.querySelector("output").textContent = count;
  };
  filter.addEventListener("change", apply);
  apply();
}
