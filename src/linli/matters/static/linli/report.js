// Helps while a matter is told: the position, and which kind it could be. The form works without.
const field = (form, name) => form.elements[name];

function ask(url, form, data) {
  const body = new FormData();
  for (const [name, value] of Object.entries(data)) body.set(name, value);
  return fetch(url, { method: "POST", body, headers: { "x-csrftoken": form.elements.csrfmiddlewaretoken.value } });
}

// where: only when asked, except on the field terminal, where a report is of here and now
for (const box of document.querySelectorAll("[data-locate]")) {
  const form = box.closest("form");
  const button = box.querySelector("button");
  const note = box.querySelector("[role=status]");
  const locate = () => {
    note.textContent = box.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      async ({ coords }) => {
        field(form, "lon").value = coords.longitude;
        field(form, "lat").value = coords.latitude;
        field(form, "datum").value = "wgs84";
        field(form, "lon").dispatchEvent(new Event("input"));
        const answer = await ask(box.dataset.url, form, { lon: coords.longitude, lat: coords.latitude, datum: "wgs84" }).catch(() => null);
        note.innerHTML = answer?.ok ? await answer.text() : ""; // our own page part, escaped by the server
      },
      () => {
        note.textContent = box.dataset.refused;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  };
  if (!("geolocation" in navigator)) continue;
  box.hidden = false;
  button.addEventListener("click", locate);
  if (box.dataset.locate === "now" && !field(form, "lon").value) locate();
}

// what kind, where, and whether it was told already: proposed half a second after the last word, chosen by a person
for (const box of document.querySelectorAll("[data-propose]")) {
  const form = box.closest("form");
  const shelf = box.querySelector("[data-proposals]");
  const names = ["text", "category", "place", "address", "lon", "lat", "datum"].filter((name) => field(form, name));
  let timer;
  let asked = "";
  const propose = async () => {
    const data = Object.fromEntries(names.map((name) => [name, field(form, name).value.trim()]));
    const question = JSON.stringify(data);
    if (question === asked) return;
    asked = question;
    if (data.text.length < 4) return shelf.replaceChildren(); // what was proposed for words that are gone
    const answer = await ask(box.dataset.propose, form, data).catch(() => null);
    if (answer?.ok && question === asked) shelf.innerHTML = await answer.text(); // our own page part, escaped by the server
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(propose, 500);
  };
  for (const name of names) {
    field(form, name).addEventListener("input", soon);
    field(form, name).addEventListener("change", soon);
  }
  shelf.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-choose], [data-place]");
    if (!chosen) return;
    const { choose, place, address } = chosen.dataset;
    if (choose) set(field(form, "category"), choose);
    if (place) set(field(form, "place"), place);
    if (address && !field(form, "address").value.trim()) set(field(form, "address"), address);
    chosen.setAttribute("aria-pressed", "true");
  });
  propose();
}

function set(control, value) {
  control.value = value;
  control.closest("details")?.setAttribute("open", "");
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
