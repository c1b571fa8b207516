// The rows of an answer as a table that can be sorted and filtered.
const MOST = 1000;
const NUMERIC = /#(integer|decimal|double|float|int|long)$/;

export function table({ variables, rows }, { names, words }) {
  const block = document.createElement("div");
  const find = block.appendChild(document.createElement("input"));
  find.type = "search";
  find.placeholder = find.ariaLabel = words.filter;
  const scroll = block.appendChild(document.createElement("div"));
  Object.assign(scroll, { className: "scroll", tabIndex: 0, role: "region", ariaLabel: words.table });
  const made = scroll.appendChild(document.createElement("table"));
  const head = made.createTHead().insertRow();
  const body = made.createTBody();
  const note = block.appendChild(document.createElement("p"));
  note.className = "meta";
  let shown = rows;
  let by = null;

  const draw = () => {
    body.replaceChildren(...shown.slice(0, MOST).map((row) => {
      const line = document.createElement("tr");
      for (const name of variables) line.append(cell(row[name], names));
      return line;
    }));
    note.textContent = shown.length > MOST ? words.first_rows.replace("{n}", MOST).replace("{all}", shown.length) : "";
  };
  for (const name of variables) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      const turn = by?.name === name ? -by.turn : 1;
      by = { name, turn };
      const key = (row) => row[name]?.value ?? "";
      shown = [...shown].sort((a, b) => turn * key(a).localeCompare(key(b), "zh", { numeric: true }));
      for (const th of head.cells) th.ariaSort = th.textContent === name ? (turn > 0 ? "ascending" : "descending") : "none";
      draw();
    });
    const th = document.createElement("th");
    th.scope = "col";
    th.append(button);
    head.append(th);
  }
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    shown = rows.filter((row) => Object.values(row).some((term) => term.value.toLowerCase().includes(wanted)));
    draw();
  });
  find.hidden = rows.length < 8;
  draw();
  return block;
}

function cell(term, names) {
  const made = document.createElement("td");
  if (!term) return made;
  if (term.type === "uri") {
    const page = names.page(term.value);
    const shown = made.appendChild(document.createElement(page ? "a" : "span"));
    if (page) shown.href = page;
    shown.textContent = names.short(term.value);
    shown.title = term.value;
  } else {
    made.textContent = term.type === "bnode" ? `_:${term.value}` : term.value;
    if (NUMERIC.test(term.datatype ?? "")) made.className = "figure number";
  }
  return made;
}
