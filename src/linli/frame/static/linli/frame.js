// Small helps on every page; each page works without them.
const $ = (selector, root = document) => [...root.querySelectorAll(selector)];

// a menu closes when one presses Escape or elsewhere
document.addEventListener("click", (event) => {
  for (const drop of $("details[data-drop][open]")) if (!drop.contains(event.target)) drop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of $("details[data-drop][open]")) {
    drop.open = false;
    drop.querySelector("summary").focus();
  }
});

// the error summary is where a failed form begins; whoever comes back to it later asks for the page anew: browsers keep no answer to
// a form, and would show an error of their own
const failed = $("[data-focus]").at(0);
if (failed) {
  failed.focus();
  history.replaceState(history.state, "", document.documentElement.dataset.here ?? location.href);
}

// on a narrow screen the list comes first: filters none of which is set are folded away
if (matchMedia("(max-width: 600px)").matches) {
  for (const fold of $("details[data-fold='narrow']")) fold.open = $("select, input", fold).some((field) => field.value && (field.type !== "checkbox" || field.checked));
}

// print button; what is still being drawn says so, and is waited for a moment
for (const button of $("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const drawing = [];
    dispatchEvent(new CustomEvent("linli:print", { detail: drawing }));
    await Promise.race([Promise.allSettled(drawing), new Promise((done) => setTimeout(done, 8000))]);
    window.print();
  });
}

// how many characters are left: counted as people count (code points), told to screen readers only near the end
for (const note of $("[data-count]")) {
  const field = document.getElementById(note.dataset.count);
  if (!field) continue;
  const most = Number(note.dataset.most);
  const plain = note.textContent;
  const tell = () => {
    const used = [...field.value].length;
    note.textContent = used ? `${used} / ${most}` : plain;
    note.classList.toggle("field-count-over", used > most);
    note.setAttribute("aria-live", used > most * 0.9 ? "polite" : "off");
  };
  field.addEventListener("input", tell);
  tell();
}

// a photo is shown before it is sent
for (const box of $("[data-file]")) {
  const input = box.querySelector('input[type="file"]');
  const shelf = box.querySelector("[data-previews]");
  input?.addEventListener("change", () => {
    for (const img of $("img", shelf)) URL.revokeObjectURL(img.src);
    shelf.replaceChildren(
      ...[...input.files].map((file) => {
        const figure = document.createElement("figure");
        if (file.type.startsWith("image/")) {
          const img = document.createElement("img");
          img.src = URL.createObjectURL(file);
          img.alt = "";
          figure.append(img);
        }
        const caption = document.createElement("figcaption");
        caption.textContent = `${file.name} (${Math.max(1, Math.round(file.size / 1024))} kB)`;
        figure.append(caption);
        return figure;
      }),
    );
  });
}

// how many rows are ticked
for (const bar of $("[data-bulk]")) {
  const form = bar.closest("form");
  const count = bar.querySelector("[data-bulk-count]");
  const plain = count.textContent;
  form?.addEventListener("change", () => {
    const ticked = $('input[name="selected"]:checked', form).length;
    count.textContent = ticked ? `${ticked} ${count.dataset.words}` : plain;
  });
}
