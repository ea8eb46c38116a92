// A form is sent once: a second press while the first is under way does nothing. Its request_id stays the same until the server
// answers, so that even a retry from the browser's history is the same request. Without scripts the server's request_id does the same.
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-many")) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  const button = event.submitter;
  // after the browser has gathered the fields: a disabled button's own name would not be sent
  setTimeout(() => {
    form.setAttribute("aria-busy", "true");
    button?.setAttribute("aria-disabled", "true");
  });
  // a download leaves the page standing
  if (form.querySelector('input[name="export"]')) setTimeout(() => release(form), 3000);
});

function release(form) {
  sent.delete(form);
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

// back from the next page, or the browser gave up: the form may be sent again
window.addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(release));
window.addEventListener("offline", () => document.querySelectorAll("form[aria-busy]").forEach(release));
