// An answer as a graph: statements as arrows between things; the table says the same.
import cytoscape from "../vendor/cytoscape.js";
import { ask } from "./answer.js";

const MOST = 250;
const COLOURS = ["#1b5a86", "#24694b", "#b9650f", "#7a4b9a", "#a33d4d", "#3d7f86", "#6b6b23", "#526070"];
const TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const STYLE = [
  { selector: "node", style: {
    "background-color": "data(colour)", label: "data(label)", width: "data(size)", height: "data(size)", color: "#1d2733", "font-size": "data(letters)",
    "font-family": 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif', "text-wrap": "wrap", "text-overflow-wrap": "anywhere", "text-max-width": (one) => `${8.5 * one.data("letters")}px`,
    "text-valign": "bottom", "text-margin-y": 4, "text-background-color": "#fff", "text-background-opacity": 0.8, "text-background-padding": 1 } },
  { selector: "edge", style: {
    width: 1.4, "line-color": "#aab7c4", "target-arrow-color": "#aab7c4", "target-arrow-shape": "triangle", "arrow-scale": 0.9,
    "curve-style": "bezier", label: "data(label)", "font-size": "data(letters)", color: "#526070", "text-rotation": "autorotate",
    "text-background-color": "#fff", "text-background-opacity": 0.85 } },
  { selector: "edge.quiet", style: { "text-opacity": 0, "text-background-opacity": 0 } },
  { selector: "edge.quiet.near", style: { "text-opacity": 1, "text-background-opacity": 0.85 } },
  { selector: ".faint", style: { opacity: 0.18 } },
  { selector: ":selected", style: { "border-width": 3, "border-color": "#e8a33d", "line-color": "#e8a33d", "target-arrow-color": "#e8a33d" } },
];

/** Which columns are ends and label of the arrows; null where an answer is no graph. */
export function roles({ variables, rows, triples }) {
  if (triples) return { from: "subject", label: "predicate", to: "object" };
  const iris = variables.filter((name) => rows.some((row) => row[name]) && rows.every((row) => !row[name] || row[name].type === "uri"));
  if (iris.length < 2) return null;
  const kinds = (name) => new Set(rows.map((row) => row[name]?.value)).size;
  const label = iris.length > 2 ? iris.reduce((least, name) => (kinds(name) < kinds(least) ? name : least)) : null;
  const [from, to] = iris.filter((name) => name !== label);
  return { from, label: label ?? variables.find((name) => !iris.includes(name) && kinds(name) < 8) ?? null, to };
}

/** Draws the answer into `block`. */
export async function draw(block, answer, { names, words }) {
  const columns = roles(answer);
  block.replaceChildren();
  if (!columns || !answer.rows.length) {
    block.append(paragraph(words.no_graph));
    return;
  }
  const facts = new Map();
  const elements = new Map();
  let left = 0;
  const node = (term) => {
    const id = term.value;
    if (!elements.has(id) && facts.size >= MOST) return false;
    if (!elements.has(id)) {
      facts.set(id, []);
      const name = term.type === "uri" ? names.short(id) : "·";
      elements.set(id, { data: { id, label: name.length > 34 ? `…${name.slice(-32)}` : name, group: names.group(id), iri: term.type === "uri" ? id : "" } });
    }
    return true;
  };
  const take = (rows, { from, label, to }) => {
    for (const row of rows) {
      const [a, b] = [row[from], row[to]];
      if (!a) continue;
      if (!node(a)) { left += 1; continue; }
      const said = row[label] ? (row[label].type === "uri" ? names.short(row[label].value) : row[label].value) : "";
      if (!b) continue;
      if (b.type === "literal" || b.type === "typed-literal" || row[label]?.value === TYPE) {
        facts.get(a.value).push([said, b.type === "uri" ? names.short(b.value) : b.value]);
        continue;
      }
      if (!node(b)) { left += 1; continue; }
      const id = `${a.value} ${row[label]?.value ?? ""} ${b.value}`;
      elements.set(id, { data: { id, source: a.value, target: b.value, label: said.replace(/^.*[/:]/, "") } });
    }
  };
  take(answer.rows, columns);

  const canvas = block.appendChild(document.createElement("div"));
  Object.assign(canvas, { className: "canvas", role: "img", ariaLabel: `${words.graph}: ${facts.size}` });
  const tools = block.appendChild(document.createElement("p"));
  tools.className = "tools";
  const legend = block.appendChild(paragraph(""));
  legend.classList.add("legend");
  const card = block.appendChild(document.createElement("div"));
  card.className = "card";
  card.hidden = true;
  const cy = cytoscape({ container: canvas, style: STYLE, userZoomingEnabled: false, minZoom: 0.15, maxZoom: 3 });
  const colours = new Map();

  const arrange = async () => {
    for (const one of elements.values()) {
      if (cy.getElementById(one.data.id).nonempty()) continue;
      if (!one.data.source) {
        if (!colours.has(one.data.group)) colours.set(one.data.group, COLOURS[colours.size % COLOURS.length]);
        one.data.colour = colours.get(one.data.group);
        Object.assign(one.data, { size: 14, letters: 11 });
        const turn = cy.nodes().length * 2.4;
        one.position = { x: 30 * Math.sqrt(cy.nodes().length) * Math.cos(turn), y: 30 * Math.sqrt(cy.nodes().length) * Math.sin(turn) };
      }
      else one.data.letters = 9;
      cy.add(one);
    }
    cy.nodes().forEach((one) => one.data("size", 12 + 4 * Math.sqrt(one.degree())));
    const said = new Set(cy.edges().map((one) => one.data("label")));
    cy.edges().toggleClass("quiet", cy.edges().length > 24 || said.size === 1);
    await label(cy, words);
    cy.layout({ name: "cose", animate: false, randomize: false, nodeDimensionsIncludeLabels: true, idealEdgeLength: () => 70, nodeRepulsion: () => 60000, componentSpacing: 60, numIter: 1000 }).run();
    fill(cy);
    legend.replaceChildren(...[...colours].map(([group, colour]) => {
      const mark = document.createElement("span");
      mark.className = "dot";
      mark.style.setProperty("--colour", colour);
      mark.textContent = words.groups[group] ?? group;
      return mark;
    }));
    if (said.size === 1 && [...said][0]) legend.append(`→ ${[...said][0]}`);
    if (left) legend.append(` ${words.graph_cut.replace("{n}", MOST)}`);
  };
  await arrange();

  const tool = (text, act) => {
    const button = tools.appendChild(document.createElement("button"));
    Object.assign(button, { type: "button", className: "second small", textContent: text });
    button.addEventListener("click", act);
  };
  const zoom = (by) => cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  tool("＋", () => zoom(1.3));
  tool("－", () => zoom(1 / 1.3));
  tool(words.fit, () => cy.fit(undefined, 30));
  tool("PNG", () => {
    const save = document.createElement("a");
    save.href = cy.png({ full: true, scale: 2, bg: "#fff" });
    save.download = "graph.png";
    save.click();
  });
  cy.on("tap", () => cy.userZoomingEnabled(true));
  canvas.addEventListener("mouseleave", () => cy.userZoomingEnabled(false));
  cy.on("tap", (event) => {
    if (event.target === cy) {
      cy.elements().removeClass("faint near");
      card.hidden = true;
    }
  });
  cy.on("tap", "node", ({ target }) => {
    cy.elements().addClass("faint").removeClass("near");
    target.closedNeighborhood().removeClass("faint").addClass("near");
    show(target);
  });

  function show(target) {
    const { id, label: text, iri } = target.data();
    const title = document.createElement("h3");
    const page = iri && names.page(iri);
    const name = title.appendChild(document.createElement(page ? "a" : "span"));
    if (page) name.href = page;
    name.textContent = text;
    const list = document.createElement("dl");
    for (const [said, value] of facts.get(id).slice(0, 12)) {
      list.appendChild(document.createElement("dt")).textContent = said;
      list.appendChild(document.createElement("dd")).textContent = value;
    }
    card.replaceChildren(title, list);
    card.hidden = false;
    if (!iri) return;
    title.insertAdjacentElement("afterend", paragraph(iri));
    const more = document.createElement("button");
    Object.assign(more, { type: "button", className: "second small", textContent: words.expand });
    more.addEventListener("click", async () => {
      more.disabled = true;
      const about = await ask(`DESCRIBE <${iri}>`);
      take(about.rows, { from: "subject", label: "predicate", to: "object" });
      await arrange();
      cy.elements().removeClass("faint near");
      show(cy.getElementById(id));
    });
    card.append(more);
  }
}

/** Stretches a layout to the shape of its canvas, and sizes the letters so that they can be read when all is in view. */
function fill(cy) {
  const box = cy.nodes().boundingBox({ includeLabels: false });
  const wanted = cy.width() / Math.max(cy.height(), 1);
  const by = Math.min(Math.max(wanted / (box.w / Math.max(box.h, 1)), 0.4), 2.6);
  if (cy.nodes().length > 3) cy.nodes().positions((one) => ({ x: box.x1 + (one.position("x") - box.x1) * by, y: one.position("y") }));
  cy.elements().data("letters", 11);
  cy.fit(undefined, 30);
  const far = 1 / cy.zoom();
  cy.edges().data("letters", Math.min(Math.max(9 * far, 7), 36));
  cy.nodes().data("letters", Math.min(Math.max(11 * far, 8), 44));
  cy.nodes().forEach((one) => one.data("size", one.data("size") * Math.min(Math.max(0.7 * far, 1), 3)));
  cy.fit(undefined, 30);
}

/** Names the nodes as the graph does: titles, headings, leads and labels. */
async function label(cy, words) {
  const bare = cy.nodes().filter((one) => one.data("iri") && !one.data("named"));
  if (bare.empty()) return;
  const values = bare.map((one) => `<${one.data("iri")}>`).join(" ");
  const answer = await ask(`PREFIX pg: <https://w3id.org/policygraph/ontology#>
PREFIX eli: <http://data.europa.eu/eli/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?name WHERE {
  VALUES ?thing { ${values} }
  { GRAPH ?g { ?thing skos:prefLabel|rdfs:label|eli:title|pg:lead|pg:heading|pg:name ?name } }
  UNION { GRAPH ?g { ?thing eli:is_part_of ?above . ?above pg:heading ?name . FILTER NOT EXISTS { ?thing pg:lead|pg:heading ?own } } }
}`);
  const found = new Map();
  for (const { thing, name } of answer.rows) {
    if (!found.has(thing.value) || name["xml:lang"] === words.lang) found.set(thing.value, name.value);
  }
  bare.forEach((one) => {
    one.data("named", true);
    const name = found.get(one.data("iri"));
    if (name) one.data("label", name.length > 24 ? `${name.slice(0, 23)}…` : name);
  });
}

function paragraph(text) {
  const made = document.createElement("p");
  made.className = "meta";
  made.textContent = text;
  return made;
}
