/// The style and the script of a capture's page.
enum CapturePageScript {
  static let style = """
    :root{color-scheme:light dark}
    body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:1100px;padding:0 16px}
    h1{font-size:22px;overflow-wrap:anywhere} h2{font-size:16px} pre{overflow-x:auto;white-space:pre-wrap}
    fieldset{border:0;padding:6px 0;margin:0} fieldset label{margin-right:14px;white-space:nowrap} legend{position:absolute;left:-9999px}
    table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
    th,td{text-align:left;padding:4px 10px 4px 0} th button{all:unset;cursor:pointer;font-weight:600}
    th button:focus-visible,td a:focus-visible{outline:2px solid #0072b2}
    th[aria-sort=ascending] button::after{content:" ▲"} th[aria-sort=descending] button::after{content:" ▼"}
    thead th{position:sticky;top:0;background:Canvas;border-bottom:1px solid #888}
    tbody tr:hover{background:#8882;cursor:pointer}
    tr[aria-selected=true]{background:#0072b233}
    td.n,th.n{text-align:right}
    #detail{overflow-x:auto;border:1px solid #8886;padding:8px;margin:10px 0;min-height:40px}
    #detail svg{max-width:100%;height:auto}
    #pointed{min-height:1.5em;font-weight:600}
    """

  static let script = #"""
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

    function select() {
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
      detail.scrollIntoView({block: "nearest"});
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
    """#
}
