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
