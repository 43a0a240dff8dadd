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
