// Text in <form data-draft="key"> stays on this device until a later page has data-draft-done="key".
// Words are on the form: data-restored, data-discard, data-offline.
const WEEK = 7 * 86400e3;
const NEVER = "[type=hidden],[type=password],[type=file],[autocomplete=one-time-code],[data-draft-never],button,fieldset,output";
const name = (form) => `linli.draft.${form.dataset.draft}`;
const fields = (form) => [...form.elements].filter((e) => e.name && !e.matches(NEVER));
// what came back with errors is unsaved as a whole
const refused = (form) => form.querySelector("[aria-invalid=true]");
const isTick = (e) => /checkbox|radio/.test(e.type);
const key = (e) => (isTick(e) ? `${e.name}=${e.value}` : e.name);

let store; // none in some private windows
try {
  store = window.localStorage;
  for (const e of document.querySelectorAll("[data-draft-done]")) store.removeItem(`linli.draft.${e.dataset.draftDone}`);
} catch {}

function save(form) {
  if (!form.dataset.draft) return;
  const kept = {};
  for (const e of fields(form)) {
    if (refused(form) ? isTick(e) || e.value : isTick(e) ? e.checked !== e.defaultChecked : e.value !== (e.defaultValue ?? "")) kept[key(e)] = isTick(e) ? e.checked : e.value;
  }
  try {
    if (Object.keys(kept).length) store.setItem(name(form), JSON.stringify({ at: Date.now(), once: form.draftOnce, kept }));
    else store.removeItem(name(form));
  } catch {}
}

function restore(form) {
  let draft;
  try {
    draft = JSON.parse(store.getItem(name(form)));
  } catch {}
  if (!draft?.kept || Date.now() - draft.at > WEEK) return false;
  for (const e of fields(form)) {
    const value = draft.kept[key(e)];
    if (value === undefined) continue;
    if (isTick(e)) e.checked = value;
    else e.value = value;
    e.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // the same number again is entered once
  const number = form.elements.request_id;
  if (draft.once && number) form.draftOnce = number.value = draft.once;
  return true;
}

function say(form, text, button = "") {
  const box = (form.draftSays ??= document.createElement("div"));
  box.className = "notice";
  box.role = "status";
  box.hidden = !text;
  box.replaceChildren(text ?? "", button);
  form.prepend(box);
}

for (const form of store ? document.querySelectorAll("form[data-draft]") : []) {
  // with errors it holds the newer text
  if (!refused(form) && restore(form)) {
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small" });
    drop.textContent = form.dataset.discard ?? "✕";
    drop.onclick = () => {
      store.removeItem(name(form));
      delete form.dataset.draft; // not saved again on leaving
      location.reload();
    };
    say(form, form.dataset.restored, drop);
  }
  form.addEventListener("input", () => save(form));
  form.addEventListener("submit", () => {
    form.draftOnce = form.elements.request_id?.value;
    save(form);
  });
  addEventListener("offline", () => say(form, form.dataset.offline));
  addEventListener("online", () => say(form));
}
