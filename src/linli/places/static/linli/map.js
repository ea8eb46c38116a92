// Draws the shapes beside a list. The list is the content; without WebGL or scripts it is all there is.
const SCALE = ["#eaf2fb", "#bcd6ef", "#86b3de", "#4a86c2", "#14549c"]; // from little to much, where the table gives each row a tone
const TONES = ["#c7ddf2", "#cfe8d5", "#f6e3b8", "#e0d6f0", "#f3d2c8", "#cfe6e8"];
const STRONG = ["#4a86c2", "#3f9a63", "#d99a1c", "#8b6bc7", "#c8452f", "#2f9aa3"]; // for spots, which are too small for pale ones

function style(elements, key) {
  const base = key
    ? {
        tdt: { type: "raster", tileSize: 256, maxzoom: 18, attribution: "天地图", tiles: tiles("vec_w", key) },
        tdtn: { type: "raster", tileSize: 256, maxzoom: 18, tiles: tiles("cva_w", key) },
      }
    : {};
  const ground = { id: "ground", type: "background", paint: { "background-color": elements.ground } };
  const layers = [ground, ...Object.keys(base).map((id) => ({ id, type: "raster", source: id }))];
  return { version: 8, sources: base, layers };
}

function tiles(layer, key) {
  return [0, 1, 2, 3].map((n) => `https://t${n}.tianditu.gov.cn/DataServer?T=${layer}&x={x}&y={y}&l={z}&tk=${encodeURIComponent(key)}`);
}

function bounds(collections) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (c) => {
    if (typeof c[0] === "number") {
      box[0] = Math.min(box[0], c[0]);
      box[1] = Math.min(box[1], c[1]);
      box[2] = Math.max(box[2], c[0]);
      box[3] = Math.max(box[3], c[1]);
    } else c.forEach(walk);
  };
  for (const c of collections) for (const f of c.features) walk(f.geometry.coordinates);
  return box;
}

const labels = (collection) => ({
  type: "FeatureCollection",
  features: collection.features
    .filter((f) => f.properties.lon !== null)
    .map((f) => ({ type: "Feature", geometry: { type: "Point", coordinates: [f.properties.lon, f.properties.lat] }, properties: f.properties })),
});

// A table whose rows have a tone says what each shape is to be painted with; a shape of no row, or one without a value, stays white.
function toned(shapes, rows) {
  for (const f of shapes.features) {
    const row = rows.get(String(f.properties.id));
    Object.assign(f.properties, { tone: Number(row?.dataset.tone ?? -1), said: row?.dataset.said ?? "" });
  }
}

function paint(map, shapes, outline, ink, tones) {
  map.addSource("shapes", { type: "geojson", data: shapes });
  map.addSource("labels", { type: "geojson", data: labels(shapes) });
  const tone = ["match", ["get", "tone"], ...tones.flatMap((c, n) => [n, c]), tones === SCALE ? "#fff" : tones[0]];
  map.addLayer({ id: "fill", type: "fill", source: "shapes", paint: { "fill-color": tone, "fill-opacity": 0.8 } });
  map.addLayer({ id: "line", type: "line", source: "shapes", paint: { "line-color": ink.quiet, "line-width": 1 } });
  map.addLayer({ id: "chosen", type: "line", source: "shapes", filter: ["==", ["get", "id"], -1], paint: { "line-color": ink.accent, "line-width": 4 } });
  if (outline) {
    map.addSource("outline", { type: "geojson", data: outline });
    map.addLayer({ id: "outline", type: "line", source: "outline", paint: { "line-color": ink.accent, "line-width": 2.5 } });
  }
  map.addLayer({
    id: "names", type: "symbol", source: "labels",
    layout: { "text-field": ["get", "name"], "text-size": 13, "text-max-width": 7, "text-padding": 4 },
    paint: { "text-color": ink.ink, "text-halo-color": "#fff", "text-halo-width": 1.5 },
  });
}

async function json(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function draw(box) {
  const say = box.dataset;
  const said = box.querySelector(".places-map-said");
  const css = getComputedStyle(document.documentElement);
  const ink = Object.fromEntries(["ink", "quiet", "accent", "ground"].map((n) => [n, css.getPropertyValue(`--${n}`).trim() || "#333"]));
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: say.css });
  document.head.append(sheet);
  const [lib, shapes, outline] = await Promise.all([import(say.lib), json(say.shapes), say.outline ? json(say.outline) : null]);
  const rows = new Map([...document.querySelectorAll("[data-map-list] tr[data-id]")].map((row) => [row.dataset.id, row]));
  const scaled = [...rows.values()].some((row) => "tone" in row.dataset);
  if (scaled) toned(shapes, rows);
  box.toggleAttribute("data-scaled", scaled);
  box.hidden = false;
  const kept = { preserveDrawingBuffer: true }; // or paper shows nothing of it
  const options = { container: box.querySelector(".places-map-canvas"), style: style(ink, say.tianditu), attributionControl: say.tianditu ? {} : false, canvasContextAttributes: scaled ? kept : {} };
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = new lib.Map({ ...options, bounds: bounds([shapes]), fitBoundsOptions: { padding: 24 }, dragRotate: false, fadeDuration: quiet ? 0 : 150 });
  map.addControl(new lib.NavigationControl({ showCompass: false }));
  map.addControl(new lib.ScaleControl({}));
  const tell = (text, id, code) => {
    said.replaceChildren(text);
    if (id && (say.open || say.place)) {
      const href = say.open && code ? say.open.replace("CODE", encodeURIComponent(code)) : say.place.replace("/0/", `/${id}/`);
      const link = Object.assign(document.createElement("a"), { href, textContent: say.sayOpen });
      said.append(" ", link);
    }
  };
  const choose = (p) => {
    map.setFilter("chosen", ["==", ["get", "id"], p.id]);
    box.dispatchEvent(new CustomEvent("linli:chosen", { bubbles: true, detail: p })); // a page may do something of its own with it
    const size = p.said ? ` · ${p.said}` : p.households === null || p.households === undefined ? "" : ` · ${p.households} ${say.sayHouseholds}`;
    tell(`${p.name}${p.parent ? ` · ${p.parent}` : ""}${size}`, p.id, p.code);
    for (const row of rows.values()) row.toggleAttribute("data-chosen", row.dataset.id === String(p.id));
  };
  const drawn = new Promise((done) => map.on("load", () => {
    paint(map, shapes, outline, ink, scaled ? SCALE : say.tones === "strong" ? STRONG : TONES);
    map.once("idle", () => done(box.setAttribute("data-drawn", map.queryRenderedFeatures({ layers: ["names"] }).length)));
  }));
  map.on("click", async (event) => {
    const hit = map.queryRenderedFeatures(event.point, { layers: ["fill"] })[0];
    if (hit) return choose(hit.properties);
    try {
      const found = await json(`${say.locate}?lon=${event.lngLat.lng.toFixed(6)}&lat=${event.lngLat.lat.toFixed(6)}`);
      if (!found.grid) return tell(say.sayNone);
      const where = `${found.community ? `${found.community.name} ` : ""}${found.grid.name}`;
      tell(found.exact ? where : `${say.sayNear.replace("#", Math.round(found.metres))} ${where}`, found.grid.id);
    } catch {
      tell(say.sayNone);
    }
  });
  map.on("mousemove", "fill", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "fill", () => (map.getCanvas().style.cursor = ""));
  const byId = new Map(shapes.features.map((f) => [String(f.properties.id), f.properties]));
  for (const row of rows.values()) {
    for (const event of ["focusin", "pointerenter"]) row.addEventListener(event, () => byId.has(row.dataset.id) && map.getLayer("chosen") && choose(byId.get(row.dataset.id)));
  }
  return drawn;
}

for (const box of document.querySelectorAll("[data-map]")) {
  const drawing = draw(box).catch((error) => {
    box.hidden = false;
    box.querySelector(".places-map-canvas").hidden = true;
    box.querySelector(".places-map-said").textContent = box.dataset.sayFailed;
    box.setAttribute("data-failed", error.message);
  });
  addEventListener("linli:print", (event) => event.detail.push(drawing)); // see frame.js
}
