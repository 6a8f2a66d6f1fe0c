// The talk: what is sent, shown and kept until the tab is closed, so that it is still there after reading a source.
import { Failure, ask, newId } from "./asking.js";
import { answer, failure, mine, staff, waiting } from "./bubbles.js";
import { listen } from "./news.js";

const KEPT_TURNS = 40;
const log = document.getElementById("log");
const turns = document.getElementById("turns");
const form = document.getElementById("composer");
const field = document.getElementById("text");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let line = Promise.resolve(); // messages go out one after another, in the order in which they were sent

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const tapped = event.submitter?.name === "say";
  const text = (tapped ? event.submitter.value : field.value).trim();
  if (!text) {
    field.focus();
    return;
  }
  if (!tapped) {
    field.value = "";
    grow();
  }
  send(text, newId());
});

field.addEventListener("keydown", (event) => {
  // While an input method is composing, Enter chooses characters. 229: the same in older Safari.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
field.addEventListener("input", grow);
log.addEventListener("scroll", () => store("scroll", log.scrollTop));

function send(text, id) {
  const question = mine(text);
  const pending = waiting();
  turns.append(question, pending);
  bringUp(question);
  line = line.then(() => take(text, id, question, pending));
}

async function take(text, id, question, pending) {
  log.setAttribute("aria-busy", "true"); // so that the waiting bubble is not read out
  try {
    const { reply, notice } = await ask(form.dataset.api, text, id);
    // Where staff speak to the visitor the bot says nothing: their answer comes as news.
    if (reply.text) pending.replaceWith(answer(reply, notice));
    else pending.remove();
    keep({ text, reply, notice });
    news.expect();
  } catch (failed) {
    if (!(failed instanceof Failure)) throw failed;
    pending.replaceWith(refusal(failed, text, id, question));
  } finally {
    log.removeAttribute("aria-busy");
    bringUp(question);
  }
}

function refusal(failed, text, id, question) {
  const again = () => {
    question.remove();
    bubble.remove();
    send(text, id);
  };
  const bubble = failure(failed.message, failed.again ? again : null);
  return bubble;
}

// A long answer is read from its beginning: the question goes to the top, not the answer's end to the bottom.
function bringUp(question) {
  question.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

function keep(turn) {
  store("turns", [...stored("turns", []), turn].slice(-KEPT_TURNS));
}

function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // storage is off or full: then the talk is only on this page
  }
}

function stored(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function restore() {
  const scroll = stored("scroll", 0);
  for (const turn of stored("turns", [])) {
    if (turn.staff) turns.append(staff(turn.staff));
    else turns.append(mine(turn.text), ...(turn.reply.text ? [answer(turn.reply, turn.notice)] : []));
  }
  log.scrollTop = scroll;
}

function told({ id, text }) {
  const bubble = staff(text);
  turns.append(bubble);
  keep({ staff: text });
  store("news", id);
  bringUp(bubble);
}

restore();
const news = listen(form.dataset.news, () => stored("news", 0), told);
if (turns.querySelector(".mine")) news.expect();
