// A building and then a grid clicked on the map are what the form below is filled in with; it is still the form that is sent.
const form = document.querySelector("[data-plan-move]");

document.addEventListener("linli:chosen", ({ detail, target }) => {
  if (!form) return;
  if (detail.building) form.elements.building.value = detail.building;
  else if (String(detail.id).startsWith("u")) form.elements.unit.value = String(detail.id).slice(1);
  // the map says what was chosen once this has returned; what is still to be done is said after it
  queueMicrotask(() => target.querySelector(".places-map-said")?.append(` · ${form.dataset.sayPress}`));
});
