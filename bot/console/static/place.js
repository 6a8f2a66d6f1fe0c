// Where somebody is stays where it was when a part of the page is exchanged: the focus, and what they had opened.

const NEAR = "a[href], button, summary, input, select, textarea, [tabindex]";
let held = null;

// What tells an element from the others of its part, also when it comes anew. Words may change (a count, a state).
function traits(element) {
  const { id, tagName, name = "", value = "" } = element;
  const target = element.getAttribute("hx-get") || element.getAttribute("href") || "";
  return [id, `${tagName} ${target.split("?")[0]} ${name} ${name && value}`, element.textContent.trim()];
}

// The same element in the new part: by its name, else by what it does and says, else by either.
function again(part, [id, deed, words]) {
  const near = [...part.querySelectorAll(NEAR)].filter((e) => e.getClientRects().length && !e.disabled).map((e) => [e, traits(e)]);
  const tag = deed.split(" ")[0];
  const found = near.find(([, t]) => id && t[0] === id) || near.find(([, t]) => t[1] === deed && t[2] === words)
    || near.find(([e, t]) => e.tagName === tag && (deed.trim().includes("/") ? t[1] === deed : t[2] === words));
  return found?.[0];
}

// Nothing like it is there any more: the part itself takes the focus, so that the way goes on from here.
function stay(part) {
  const place = part.isConnected && part !== document.body ? part : document.getElementById("main");
  if (!place) return;
  if (!place.matches(NEAR)) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

function open(gone, come) {
  const words = (one) => one.querySelector("summary")?.textContent.trim();
  const all = (nodes) => nodes.flatMap((n) => (n instanceof Element ? [...(n.matches("details") ? [n] : []), ...n.querySelectorAll("details")] : []));
  const before = new Map(all(gone).map((one) => [words(one), one.open]));
  for (const one of all(come)) if (before.has(words(one))) one.open = before.get(words(one));
}

function exchanged(changes) {
  open(changes.flatMap((c) => [...c.removedNodes]), changes.flatMap((c) => [...c.addedNodes]));
  if (!held || held.element.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
  const part = changes.find((c) => [...c.removedNodes].some((n) => n.contains(held.element)))?.target;
  if (!part) return;
  const { known } = held;
  const same = again(part, known);
  if (same) same.focus({ preventScroll: true });
  else stay(part);
}

document.addEventListener("focusin", ({ target }) => { held = { element: target, known: traits(target) }; });
document.addEventListener("focusout", ({ target }) => {
  // What is taken out of the page loses the focus too; only who left of their own accord is not called back.
  setTimeout(() => { if (held?.element === target && target.isConnected && document.activeElement !== target) held = null; });
});
new MutationObserver(exchanged).observe(document.body, { childList: true, subtree: true });

// Escape closes what was opened last around the focus, and leads back to what opened it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const opened = document.activeElement?.closest("details.confirm[open], details.drawer[open]");
  if (!opened) return;
  opened.open = false;
  opened.querySelector("summary").focus();
});
