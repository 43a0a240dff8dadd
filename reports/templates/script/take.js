// To take along: tables as CSV and LaTeX, figures as SVG and PNG, made here from what the page shows (reports/exports/ does the same).
const THIN = "\u202f", MINUS = "\u2212", DASH = "\u2013";
const slug = (text) => text.replaceAll("²", "2").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80).replace(/-+$/, "");
const takenNames = new Map();
const partOf = (node) => {
  const place = node.closest("section.section")?.id ?? "report";
  const own = [...node.children].find((child) => child.tagName === "title")?.textContent;
  const title = own ?? node.closest("[aria-label]")?.getAttribute("aria-label") ?? place[0].toUpperCase() + place.slice(1);
  const words = slug(node.id || title), name = words.startsWith(place) ? words : `${place}-${words}`;
  const n = (takenNames.get(name) ?? 0) + 1;
  takenNames.set(name, n);
  return { node, title, name: n === 1 ? name : `${name}-${n}` };
};

const unseen = (node) => node.tagName === "svg" || node.hasAttribute("aria-hidden") || node.classList.contains("hidden");
const textOf = (node, without) => {
  const collect = (at) => [...at.childNodes].map((item) =>
    item.nodeType === Node.TEXT_NODE ? item.data : item.nodeType === Node.ELEMENT_NODE && !without(item) ? collect(item) : "").join("");
  return collect(node).replaceAll("\u200b", "").replace(/[ \n]+/g, " ").replace(/^ | $/g, "");
};
const plain = (text) => text.replaceAll(THIN, " ").replaceAll(MINUS, "-");
const cellOf = (node) => {
  if (!node) return { shown: "", small: "", number: "", words: "" };
  const shown = textOf(node, (item) => unseen(item) || item.tagName === "SMALL");
  const small = [...node.querySelectorAll("small")].map((item) => textOf(item, unseen)).filter(Boolean).join(", ");
  const tight = shown.replaceAll(THIN, "");
  const read = tight === DASH ? "" : /^[\u2212+-]?[0-9]/.test(tight) ? tight.replaceAll(MINUS, "-").replace(/^\++/, "") : plain(tight);
  const { v, lo, hi, unit } = node.dataset;
  return { shown, small, lo, hi, unit, number: v ?? read, words: plain([shown, small].filter(Boolean).join(", ")) };
};
const columnsOf = (table) => {
  const heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const grid = rows.map(() => heads.map(() => null));
  for (const [number, row] of rows.entries()) {
    let at = 0;
    for (const cell of row.cells) {
      while (at < heads.length && grid[number][at]) at++;
      for (let below = 0; below < cell.rowSpan && at < heads.length && number + below < rows.length; below++) grid[number + below][at] = cell;
    }
  }
  return heads.flatMap((head, at) => {
    const cells = grid.map((row) => row[at]), { shown, small } = cellOf(head);
    const name = small ? `${shown} (${small})` : shown;
    if (!name || cells.some((cell) => cell?.matches(".plot, .mini"))) return [];
    return [{ head: name, numeric: head.classList.contains("n"), cells: cells.map(cellOf) }];
  });
};
const csvOf = (table) => {
  const named = columnsOf(table).flatMap(({ head, numeric, cells }) => {
    if (!numeric) return [[plain(head), cells.map((cell) => cell.words)]];
    const units = new Set(cells.map((cell) => cell.unit).filter((unit) => unit && unit !== "-"));
    const name = plain(head) + (units.size === 1 ? ` [${[...units][0]}]` : "");
    const found = [[name, cells.map((cell) => cell.number)]];
    if (cells.some((cell) => cell.lo !== undefined)) {
      found.push([`${name}, low`, cells.map((cell) => cell.lo ?? "")], [`${name}, high`, cells.map((cell) => cell.hi ?? "")]);
    } else if (cells.some((cell) => cell.small)) found.push([`${name}, remark`, cells.map((cell) => plain(cell.small))]);
    if (units.size > 1) found.push([`${name}, unit`, cells.map((cell) => cell.unit ?? "")]);
    return found;
  });
  const quoted = (text) => /[",\n\r]/.test(text) || (named.length === 1 && !text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [named.map(([head]) => head), ...(named[0]?.[1] ?? []).map((_, row) => named.map(([, cells]) => cells[row]))];
  return lines.map((line) => line.map(quoted).join(",") + "\n").join("");
};

const ESCAPES = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_", "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$", [MINUS]: "$-$", [THIN]: "\\,", "\u00a0": "~", [DASH]: "--", "×": "$\\times$",
  "·": "$\\cdot$", "∞": "$\\infty$", "Ω": "$\\Omega$", "µ": "$\\mu$", "’": "'", "“": "``", "”": "''", "…": "\\ldots{}", "↗": "$\\nearrow$", "↘": "$\\searrow$", "●": "$\\bullet$", "○": "$\\circ$", "≤": "$\\leq$", "≥": "$\\geq$",
};
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
const escaped = (text) => text.split(new RegExp(`([${RAISED}]+)`)).map((piece, at) => at % 2
  ? `$^{${[...piece].map((sign) => "0123456789-"[RAISED.indexOf(sign)]).join("")}}$`
  : [...piece].map((sign) => ESCAPES[sign] ?? sign).join("")).join("");
const latexOf = ({ node, title, name }) => {
  const columns = columnsOf(node), line = (cells) => `${cells.join(" & ")} \\\\`;
  const cell = ({ numeric }, { shown, small }) => numeric && small
    ? `${escaped(shown)} (${escaped(small)})` : [shown, small].filter(Boolean).map(escaped).join(", ");
  const rows = (columns[0]?.cells ?? []).map((_, row) => line(columns.map((column) => cell(column, column.cells[row]))));
  const body = ["\\toprule", line(columns.map((column) => escaped(column.head))), "\\midrule", ...rows, "\\bottomrule"];
  return ["% needs \\usepackage{booktabs}", "\\begin{table}", "  \\centering", `  \\caption{${escaped(title)}}`, `  \\label{tab:${name}}`,
    `  \\begin{tabular}{${columns.map(({ numeric }) => numeric ? "r" : "l").join("")}}`, ...body.map((text) => `    ${text}`),
    "  \\end{tabular}", "\\end{table}", ""].join("\n");
};

// Drawings keep light colours whatever the page shows: the values of the first rule replace the variables.
const drawingStyle = () => {
  const sheet = document.querySelector("style").textContent;
  const light = new Map([...sheet.match(/:root \{([^}]*)\}/)[1].matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
  const drawings = sheet.match(/\/\* Drawings \*\/([\s\S]*?)(?:\/\*|$)/)[1].trim();
  return drawings.replace(/var\(--([\w-]+)\)/g, (_, name) => light.get(name));
};
const usedBy = (node, found = new Set()) => {
  for (const use of node.querySelectorAll("use")) {
    const name = use.getAttribute("href").slice(1);
    if (!found.has(name)) { usedBy(document.getElementById(name), found); found.add(name); }
  }
  return found;
};
const svgOf = ({ node }) => {
  const copy = node.cloneNode(true), [, , width, height] = node.getAttribute("viewBox").split(" ");
  const space = node.namespaceURI, make = (tag, ...content) => { const made = document.createElementNS(space, tag); made.append(...content); return made; };
  const used = [...usedBy(node)].map((name) => document.getElementById(name).cloneNode(true));
  const label = copy.getAttribute("aria-label");
  copy.prepend(...(label ? [make("title", label)] : []), make("style", drawingStyle()), ...(used.length ? [make("defs", ...used)] : []));
  copy.removeAttribute("aria-label");
  for (const [key, value] of Object.entries({ class: "figure", width, height })) copy.setAttribute(key, value);
  for (const item of copy.querySelectorAll("[href]")) {
    item.setAttributeNS(space.replace("2000/svg", "1999/xlink"), "xlink:href", item.getAttribute("href"));
    item.removeAttribute("href");
  }
  return `${new XMLSerializer().serializeToString(copy)}\n`;
};
const pngOf = async (part) => {
  const picture = new Image(), [, , width, height] = part.node.getAttribute("viewBox").split(" ").map(Number);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(part))}`;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(3 * width), height: Math.round(3 * height) });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
};

const hand = (name, content, type) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
const offer = (after, part, kinds) => {
  const line = document.createElement("p");
  line.className = "take";
  for (const [label, suffix, make, type] of kinds) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-label", `${label} of ${part.title}`);
    button.addEventListener("click", async () => hand(`${part.name}.${suffix}`, await make(part), type));
    line.append(button);
  }
  after.after(line);
};
for (const part of [...document.querySelectorAll("table")].map(partOf)) {
  offer(part.node.closest(".wide") ?? part.node, part,
    [["CSV", "csv", ({ node }) => csvOf(node), "text/csv"], ["LaTeX", "tex", latexOf, "text/x-tex"]]);
}
for (const part of [...document.querySelectorAll("svg.figure, svg.still")].map(partOf)) {
  offer(part.node, part, [["SVG", "svg", svgOf, "image/svg+xml"], ["PNG", "png", pngOf]]);
}
