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
