"use strict";
// Nothing here is needed to read the page: without it every panel stands in sequence.

const root = document.documentElement;

// Colours: the choice is kept where the browser lets a local file keep one.
const themes = document.querySelector(".theme");
const storage = (() => { try { return window.localStorage; } catch { return null; } })();
const paint = (theme) => {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
};
const kept = storage && storage.getItem("poregrove-theme");
if (kept === "light" || kept === "dark") {
  themes.querySelector(`[value=${kept}]`).checked = true;
  paint(kept);
}
themes.hidden = false;
themes.addEventListener("change", (event) => {
  paint(event.target.value);
  if (storage) storage.setItem("poregrove-theme", event.target.value);
});

// Switches: a panel is shown where it agrees with every choice; rows follow the choice of inputs.
const camel = (key) => key.replace(/-./g, (part) => part[1].toUpperCase());
for (const box of document.querySelectorAll("[data-switched]")) {
  const panels = [...box.querySelectorAll(".panel")];
  const choices = [...box.querySelectorAll(".choice")];
  const show = () => {
    const chosen = choices.map((choice) => [camel(choice.dataset.key), choice.querySelector("input:checked")?.value]);
    const agrees = (element) => chosen.every(
      ([key, value]) => value === "*" || element.dataset[key] === undefined || element.dataset[key] === value);
    for (const panel of panels) {
      panel.hidden = !agrees(panel);
      if (panel.hidden || !choices.some((choice) => choice.dataset.key === "features")) continue;
      for (const row of panel.querySelectorAll("tr[data-features]")) {
        row.hidden = !(row.classList.contains("trivial") || agrees(row));
      }
    }
  };
  box.querySelector(".switches").hidden = false;
  box.addEventListener("change", show);
  show();
}

// Sorting: by the exact value that a cell carries, unknown ones last.
const key = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  for (const head of table.tHead.rows[0].cells) {
    if (!head.dataset.sort) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = head.dataset.sort === "number";
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : numeric;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = head.cellIndex;
      const compare = (a, b) => {
        const [x, y] = [key(a, column), key(b, column)];
        if (!numeric) return down ? y.localeCompare(x) : x.localeCompare(y);
        const [u, v] = [a, b].map((row) => row.cells[column].dataset.v);
        if (u === undefined || v === undefined) return (u === undefined) - (v === undefined);
        return down ? v - u : u - v;
      };
      body.append(...[...body.rows].sort(compare));
    });
  }
}

// Contents: the section that is being read.
const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id)?.setAttribute("aria-current", "true");
  }
}, { rootMargin: "-15% 0px -75% 0px" });
for (const id of links.keys()) seen.observe(document.getElementById(id));

// Paper: what a reader of paper needs opens for printing and closes again afterwards.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.paper:not([open])")];
  for (const part of opened) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of opened) part.open = false;
});
