// Small comforts on top of pages that work without them: copy buttons, the query editor's results, a PNG of the matrix.
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "✓";
  });
}

const lit = document.getElementById("lit");
if (lit) lit.scrollIntoView({ block: "center" });

for (const link of document.querySelectorAll("a[data-png]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width * 2;
      canvas.height = image.height * 2;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const save = document.createElement("a");
      save.href = canvas.toDataURL("image/png");
      save.download = link.dataset.png;
      save.click();
    });
    image.src = link.href;
  });
}

const form = document.getElementById("sparql");
if (form) {
  const query = document.getElementById("query");
  const result = document.getElementById("result");
  if (location.hash.startsWith("#q=")) query.value = decodeURIComponent(location.hash.slice(3).replace(/\+/g, " "));
  document.getElementById("example").addEventListener("change", (event) => {
    if (event.target.value) query.value = event.target.value;
  });
  const base = form.dataset.base;
  const cell = (row, tag, text) => {
    const made = document.createElement(tag);
    if (tag === "td" && text.startsWith(base)) {
      const link = document.createElement("a");
      link.href = "/id/" + text.slice(base.length);
      link.textContent = text.slice(base.length);
      made.append(link);
    } else {
      made.textContent = text;
    }
    row.append(made);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    result.textContent = "…";
    const reply = await fetch("/sparql", {
      method: "POST",
      headers: { "Content-Type": "application/sparql-query", Accept: "application/sparql-results+json, text/turtle;q=0.9" },
      body: query.value,
    });
    const kind = reply.headers.get("Content-Type") ?? "";
    if (!reply.ok || !kind.includes("results+json")) {
      const shown = document.createElement("pre");
      const text = await reply.text();
      try {
        shown.textContent = JSON.parse(text).detail ?? text;
      } catch {
        shown.textContent = text;
      }
      result.replaceChildren(shown);
      return;
    }
    const answer = await reply.json();
    if ("boolean" in answer) {
      result.textContent = String(answer.boolean);
      return;
    }
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of answer.head.vars) cell(head, "th", name);
    const body = table.createTBody();
    for (const binding of answer.results.bindings) {
      const row = body.insertRow();
      for (const name of answer.head.vars) cell(row, "td", binding[name]?.value ?? "");
    }
    result.replaceChildren(table);
  });
}
