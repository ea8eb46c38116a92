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

// what kind: proposed half a second after the last word, chosen by a person
for (const box of document.querySelectorAll("[data-propose]")) {
  const form = box.closest("form");
  const shelf = box.querySelector("[data-proposals]");
  const select = field(form, "category");
  let timer;
  let asked = "";
  const propose = async () => {
    const text = field(form, "text").value.trim();
    if (text === asked || text.length < 4 || select.value) return;
    asked = text;
    const answer = await ask(box.dataset.propose, form, { text }).catch(() => null);
    if (answer?.ok && !select.value) shelf.innerHTML = await answer.text();
  };
  field(form, "text").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(propose, 500);
  });
  select.addEventListener("change", () => shelf.replaceChildren());
  shelf.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-choose]");
    if (!chosen) return;
    select.value = chosen.dataset.choose;
    select.closest("details")?.setAttribute("open", "");
    for (const chip of shelf.querySelectorAll("[data-choose]")) chip.setAttribute("aria-pressed", chip === chosen);
    select.dispatchEvent(new Event("input", { bubbles: true }));
  });
  propose();
}
