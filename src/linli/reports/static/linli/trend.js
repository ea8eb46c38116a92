// Draws a line chart from the table beside it. The table is the content; the chart is drawn once it comes into view, or when nothing else
// is to be done, so that paper has it, too. A chart that isn't drawn yet is its table on paper.
const COLOURS = ["--accent", "--good", "--late", "--warn"];
const PAPER = { width: 320, height: 220 };

function read(table) {
  const heads = [...table.tHead.rows[0].cells].slice(1).map((c) => c.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((r) => r.cells[0].textContent.trim());
  const values = heads.map((_, n) => rows.map((r) => (r.cells[n + 1].dataset.value === "" ? null : Number(r.cells[n + 1].dataset.value))));
  return { heads, days, values };
}

async function draw(figure) {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(name).trim();
  const { heads, days, values } = read(figure.querySelector("table"));
  if (!days.length) return;
  await import(figure.dataset.lib);
  const box = figure.querySelector(".sit-chart");
  box.hidden = false;
  const font = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink") };
  const chart = globalThis.echarts.init(box, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    textStyle: font,
    color: COLOURS.map(colour),
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, textStyle: font, icon: "roundRect", itemHeight: 4 },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (v) => (v === null || v === undefined ? "–" : `${v}${figure.dataset.unit}`) },
    xAxis: { type: "category", data: days, axisTick: { show: false }, axisLabel: { color: colour("--quiet") }, axisLine: { lineStyle: { color: colour("--line-strong") } } },
    yAxis: { type: "value", minInterval: 1, max: figure.dataset.unit ? 100 : null, axisLabel: { color: colour("--quiet") }, splitLine: { lineStyle: { color: colour("--line") } } },
    series: heads.map((name, n) => ({ name, type: "line", data: values[n], symbol: days.length > 40 ? "none" : ["circle", "rect", "triangle"][n % 3], symbolSize: 6, lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][n % 3] }, connectNulls: false })),
  });
  // what is told before it is printed is told at the width of the screen: so a chart is drawn anew at the width it has on paper, two in a
  // row of A4, and scaled to where it then stands
  let printing = false;
  const fit = () => printing || chart.resize({ width: "auto", height: "auto" });
  new ResizeObserver(fit).observe(box);
  addEventListener("beforeprint", () => {
    printing = true;
    chart.resize(PAPER);
    chart.getZr().flush();
    box.querySelector("svg").setAttribute("viewBox", `0 0 ${PAPER.width} ${PAPER.height}`);
  });
  addEventListener("afterprint", () => {
    printing = false;
    box.querySelector("svg").removeAttribute("viewBox");
    fit();
  });
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `${figure.querySelector("figcaption").textContent.trim()}: ${heads.join(", ")}`);
  figure.setAttribute("data-drawn", days.length);
}

const drawn = new Map();
function once(figure) {
  seen.unobserve(figure);
  if (!drawn.has(figure)) drawn.set(figure, draw(figure).catch((error) => figure.setAttribute("data-failed", error.message))); // the table stays
  return drawn.get(figure);
}

const seen = new IntersectionObserver((entries) => entries.filter((e) => e.isIntersecting).forEach((e) => once(e.target)), { rootMargin: "1500px" });
const figures = [...document.querySelectorAll("[data-chart]")];
for (const figure of figures) seen.observe(figure);
const all = () => figures.map(once);
const idle = () => (globalThis.requestIdleCallback ?? setTimeout)(all);
if (document.readyState === "complete") idle();
else addEventListener("load", idle);
addEventListener("linli:print", (event) => event.detail.push(...all()));
for (const figure of figures) {
  const twin = figure.querySelector("details");
  let was = false;
  addEventListener("beforeprint", () => {
    was = twin.open;
    if (!figure.hasAttribute("data-drawn")) twin.open = true;
  });
  addEventListener("afterprint", () => (twin.open = was));
}
