// What makes the pages of staff nicer; each of them works without.

// <div data-live="/url"> is exchanged by what server-sent events bring. The server ends each answer; the browser comes again.
function live(element) {
  if (!window.EventSource) return;
  const source = new EventSource(element.dataset.live);
  source.onmessage = (event) => {
    if (!element.isConnected) { source.close(); return; }
    const isTyping = element.querySelector("input:focus, textarea:focus");
    if (!isTyping && element.innerHTML !== event.data) { element.innerHTML = event.data; window.htmx?.process(element); ended(element); tell(); }
  };
}

// What the page around said is over: it is shown anew, unless somebody is at work in it. They find a link to do so.
function ended(root) {
  if (root.querySelector("[data-ended]") && !document.activeElement?.closest("main *")) location.reload();
}

// How far something is, for those who do not see it: in a place that stays, and only when the words are others.
function tell() {
  const said = [...document.querySelectorAll("[data-told]")].map((part) => part.dataset.told).join("；");
  const place = document.getElementById("told");
  if (place && place.textContent !== said) place.textContent = said;
}

// A hint under a field counts what is left.
function count(hint) {
  const field = document.getElementById(hint.dataset.countOf), most = Number(hint.dataset.most);
  if (!field) return;
  const show = () => {
    const left = most - [...field.value].length;
    hint.textContent = left >= 0 ? `还可以写 ${left} 个字` : `超出 ${-left} 个字`;
    hint.classList.toggle("wrong", left < 0);
  };
  field.addEventListener("input", show);
  show();
}

// A file may be dropped on <div class="drop"> instead of being picked.
function drop(area) {
  const input = area.querySelector("input[type=file]");
  for (const name of ["dragover", "dragleave", "drop"]) {
    area.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }
}

// A file field says in Chinese what it holds, whatever language the browser speaks.
function file(input) {
  const label = document.createElement("span"), name = document.createElement("span");
  label.className = "button button-secondary file-button";
  label.textContent = input.multiple ? "选择文件（可以选几个）" : "选择文件";
  label.setAttribute("aria-hidden", "true");
  name.className = "hint file-name";
  name.setAttribute("role", "status");
  const box = document.createElement("span");
  box.className = "file";
  input.replaceWith(box);
  box.append(input, label, name);
  const show = () => { name.textContent = [...input.files].map((f) => f.name).join("、") || "还没有选文件"; };
  input.addEventListener("change", show);
  show();
}

function begin(root) {
  root.querySelectorAll("[data-live]").forEach(live);
  root.querySelectorAll("[data-count-of]").forEach(count);
  root.querySelectorAll("input[type=file]").forEach((input) => { if (!input.closest(".file")) file(input); });
  root.querySelectorAll(".drop").forEach(drop);
  root.querySelectorAll("[data-end]").forEach((list) => { list.scrollTop = list.scrollHeight; });
  root.querySelector("[data-focus]")?.focus();
  ended(root);
  tell();
}

// What was typed and not sent is asked about before the page is left.
let dirty = false, typed = false;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[method=post]");
  if (!form) return;
  typed = true;
  if (!form.hasAttribute("data-hx-post") && !form.hasAttribute("hx-post")) dirty = true;
});
// A second click must not send a form twice. The button is not disabled: it would lose the focus.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (button && sent.has(button)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  dirty = typed = false;
  if (!button || form.method !== "post") return;
  sent.add(button);
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => { sent.delete(button); button.removeAttribute("aria-disabled"); }, 4000);
}, true);
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

// A session ends while somebody types: they stay with what they typed. Sending the form keeps it until they signed in.
document.addEventListener("htmx:before:response", (event) => {
  if (event.detail.ctx.response.status !== 401 || !typed) return;
  event.preventDefault();
  dirty = true;
  if (document.getElementById("over")) return;
  const note = document.createElement("div");
  note.id = "over";
  note.className = "note note-bad over";
  note.setAttribute("role", "alert");
  note.innerHTML = "<p></p>";
  note.firstChild.textContent = "登录已过期，自动保存停了。写的内容还在这一页：请点这一页的保存或提交，登录后接着办，一个字不会丢。";
  document.getElementById("main").prepend(note);
});

begin(document);
document.addEventListener("htmx:after:swap", (event) => begin(event.target instanceof Element ? event.target : document));
