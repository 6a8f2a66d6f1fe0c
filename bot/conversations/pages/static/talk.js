// What is said in a talk comes by server-sent events: each answer of the server ends, and the browser comes again with
// the number of the last line it has. Where that does not work the thread asks by itself, as it does without script.

const tail = () => document.getElementById("latest");

function listen(thread) {
  const asks = tail();
  if (!window.EventSource || !asks?.dataset.events) return;
  // htmx asks no more: the line that does it is exchanged for one that does not.
  const marker = asks.cloneNode(false);
  for (const name of ["hx-get", "hx-trigger", "hx-swap"]) marker.removeAttribute(name);
  asks.replaceWith(marker);
  const source = new EventSource(marker.dataset.events);
  source.onmessage = (event) => {
    if (!marker.isConnected) { source.close(); return; }
    marker.dataset.last = event.lastEventId;
    marker.insertAdjacentHTML("beforebegin", event.data);
    window.htmx?.process(thread);
    thread.scrollTop = thread.scrollHeight;
    document.getElementById("standing")?.dispatchEvent(new CustomEvent("said"));
  };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED || !marker.isConnected) return;
    // Refused, or something between us and the server keeps such answers back: ask as before.
    const anew = asks.cloneNode(false);
    anew.setAttribute("hx-get", `${asks.getAttribute("hx-get").split("?")[0]}?after=${marker.dataset.last || asks.dataset.last}`);
    marker.replaceWith(anew);
    window.htmx?.process(anew);
  };
}

const thread = document.getElementById("thread");
if (thread) listen(thread);
// What was put into the reply is gone on with there.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx?.target?.id === "answer-box") document.querySelector("#answer-box textarea")?.focus();
});
