// Filters: rows whose text holds every word that was typed; the trivial baselines of a leaderboard stay.
for (const line of document.querySelectorAll(".filter")) {
  const input = line.querySelector("input"), told = line.querySelector(".filter-told");
  const box = line.closest(".switched, details");
  (line.closest("[data-filtered]") ?? line).hidden = false;
  const rows = [...box.querySelectorAll("tbody tr")].filter((row) => row.closest(".sortable, .descriptors"));
  const texts = new Map(rows.map((row) => [row, row.textContent.replaceAll("\u200b", "").toLowerCase()]));
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const found = row.classList.contains("trivial") || words.every((word) => texts.get(row).includes(word));
      row.toggleAttribute("data-hidden", !found);
    }
    const near = rows.filter((row) => !row.closest("[hidden]"));
    const kept = near.filter((row) => !row.hasAttribute("data-hidden"));
    told.textContent = words.length ? `${kept.length} of ${near.length} rows` : "";
  });
}
