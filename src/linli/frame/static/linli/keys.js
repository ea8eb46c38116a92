// Keys at the desk: "/" searches, "g" then a letter goes somewhere, "?" shows which. Never while one types.
const TYPING = "input, textarea, select, [contenteditable]";
const WITHIN = 1500; // ms between "g" and its letter
let wentAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest(TYPING)) return;
  const dialog = document.getElementById("keys");
  if (event.key === "/") {
    const search = document.querySelector("[data-key-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (event.key === "?") {
    if (dialog && !dialog.open) dialog.showModal();
  } else if (event.key === "g") {
    if (Date.now() - wentAt < WITHIN) go("g");
    else wentAt = Date.now();
    return;
  } else if (Date.now() - wentAt < WITHIN) {
    go(event.key);
  }
  wentAt = 0;
});

function go(letter) {
  wentAt = 0;
  document.querySelector(`[data-key-go="${CSS.escape(letter)}"]`)?.click();
}
