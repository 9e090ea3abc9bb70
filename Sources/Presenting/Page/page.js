"use strict";
const rows = JSON.parse(document.getElementById("data").textContent);
const columns = [["id", "id", "n"], ["client", "client", ""], ["server", "server", ""], ["verdict", "rank", ""],
  ["last heard", "heard", ""], ["silence", "silence", "n"], ["probes", "probes", "n"], ["unanswered", "unanswered", "n"]];
const body = document.getElementById("connections"), detail = document.getElementById("detail");
const words = document.getElementById("words"), shown = document.getElementById("shown");
const rest = document.getElementById("rest"), chunk = 200;
let order = {key: "rank", up: true}, selected = null, listed = [];

function cell(tag, text, kind) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

for (const [name, key, kind] of columns) {
  const head = cell("th", "", kind), button = cell("button", name, "");
  head.scope = "col";
  head.dataset.key = key;
  button.type = "button";
  button.addEventListener("click", () => { order = {key, up: order.key === key ? !order.up : true}; draw(); });
  head.append(button);
  document.querySelector("thead tr").append(head);
}

for (const row of rows) {
  const line = document.createElement("tr"), link = cell("a", row.id, "");
  link.href = "#" + row.id;
  line.id = "c" + row.id;
  const first = cell("td", "", "n");
  first.append(link);
  line.append(first, cell("td", row.client), cell("td", row.server), cell("td", row.verdict), cell("td", row.heard),
    cell("td", row.silenceText, "n"), cell("td", row.probes || "–", "n"), cell("td", row.probes ? row.unanswered : "–", "n"));
  line.addEventListener("click", event => { if (event.target !== link) location.hash = row.id; });
  row.line = line;
  row.words = (row.client + " " + row.server + " " + row.verdict + " " + row.reason).toLowerCase();
}

function draw() {
  const verdicts = new Set([...document.querySelectorAll("[name=verdict]:checked")].map(box => box.value));
  const wanted = words.value.toLowerCase().split(" ").filter(word => word);
  const kept = rows.filter(row => verdicts.has(row.verdict) && wanted.every(word => row.words.includes(word)));
  const {key, up} = order;
  kept.sort((a, b) => {
    const [x, y] = [a[key], b[key]];
    if (x === y) return a.id - b.id;
    if (x === undefined || x === null) return 1;
    if (y === undefined || y === null) return -1;
    return (x < y ? -1 : 1) * (up ? 1 : -1);
  });
  for (const head of document.querySelectorAll("thead th")) {
    if (head.dataset.key === key) head.setAttribute("aria-sort", up ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
  listed = kept;
  body.replaceChildren();
  more();
  shown.textContent = kept.length + " of " + rows.length + " connections";
}

// Thousands of rows take a browser long to lay out: they come as they are scrolled to.
function more() {
  body.append(...listed.slice(body.children.length, body.children.length + chunk).map(row => row.line));
  const hidden = listed.length - body.children.length;
  rest.hidden = hidden === 0;
  rest.textContent = "Show " + Math.min(hidden, chunk) + " more of " + hidden;
}

function select(event) {
  const number = location.hash.slice(1);
  const row = number ? rows.find(row => String(row.id) === number) : listed[0];
  if (selected) selected.line.removeAttribute("aria-selected");
  selected = row;
  if (!row) return;
  row.line.setAttribute("aria-selected", "true");
  // keepwatch wrote the figure, and escaped in it what came from outside.
  detail.innerHTML = row.figure ?? "";
  const pointed = cell("p", "", ""), evidence = document.createElement("ul");
  pointed.id = "pointed";
  pointed.setAttribute("aria-live", "polite");
  for (const line of row.evidence) evidence.append(cell("li", line));
  detail.append(pointed, evidence);
  // The page begins at its head; whoever selects wants to see what was selected.
  if (event) detail.scrollIntoView({block: "nearest"});
}

function point(event) {
  const mark = event.target.closest && event.target.closest(".mark"), pointed = document.getElementById("pointed");
  if (mark && pointed) pointed.textContent = mark.getAttribute("aria-label");
}

rest.addEventListener("click", more);
new IntersectionObserver(seen => { if (seen[0].isIntersecting && !rest.hidden) more(); }, {rootMargin: "400px"}).observe(rest);
detail.addEventListener("pointerover", point);
detail.addEventListener("focusin", point);
document.getElementById("filter").addEventListener("input", draw);
document.getElementById("filter").addEventListener("submit", event => event.preventDefault());
addEventListener("hashchange", select);
draw();
select();
