// What was said, as elements. Text only ever becomes a text node: nothing that comes from outside is read as HTML.

/** An element with properties and children; children that are null are left out. */
export function el(tag, props = {}, ...children) {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The bubble of what the visitor said. */
export function mine(text) {
  return el("article", { className: "turn mine" },
    el("p", { className: "who" }, "您问："),
    el("p", { className: "bubble" }, text));
}

/** The bubble of an answer: {text, choices, citations} as /api/chat hands it out, and a notice or "". */
export function answer(reply, notice) {
  return el("article", { className: "turn bot" },
    el("p", { className: "who" }, "回答："),
    el("div", { className: "bubble" },
      notice ? el("p", { className: "notice" }, notice) : null,
      el("p", { className: "text" }, reply.text),
      reply.citations.length ? sources(reply.citations) : null,
      "speechSynthesis" in window ? speaker(reply.text) : null),
    reply.choices.length ? chips(reply.choices) : null);
}

/** The bubble of what one of the office's staff wrote. */
export function staff(text) {
  return el("article", { className: "turn bot staff" },
    el("p", { className: "who" }, "工作人员："),
    el("div", { className: "bubble" }, el("p", { className: "text" }, text)));
}

/** A bubble that says the answer is on its way. */
export function waiting() {
  return el("article", { className: "turn bot" },
    el("div", { className: "bubble waiting" }, "正在查找", el("i"), el("i"), el("i")));
}

/** A bubble that says what went wrong; `again` is called by its button, null where trying again is no use. */
export function failure(sentence, again) {
  const button = again && el("button", { className: "again", type: "button", onclick: again }, "重新发送");
  return el("article", { className: "turn bot failed" },
    el("div", { className: "bubble" }, el("p", { className: "text" }, sentence), button));
}

function sources(citations) {
  return el("div", { className: "sources" },
    el("p", {}, "查看原文"),
    el("ul", {}, ...citations.map((c) => el("li", {}, isOwn(c.url) ? el("a", { href: c.url }, c.title) : c.title))));
}

// Only pages of this site become links.
function isOwn(url) {
  return url.startsWith("/") && !url.startsWith("//");
}

function chips(choices) {
  const numbers = choices.length > 1;
  return el("div", { className: "chips" }, ...choices.map((choice, n) => chip(choice, numbers ? n + 1 : 0)));
}

// A submit button of the form: a tap goes the same way as typed words.
function chip(choice, number) {
  const button = el("button", { className: "chip", type: "submit", name: "say", value: choice.text },
    number ? el("span", { className: "number" }, String(number)) : null, choice.label);
  button.setAttribute("form", "composer");
  return button;
}

function speaker(text) {
  const button = el("button", { className: "speak", type: "button" }, "朗读");
  button.addEventListener("click", () => {
    const speaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    if (!speaking) speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(text), { lang: "zh-CN" }));
  });
  return button;
}
