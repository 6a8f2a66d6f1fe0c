// Who waits comes by server-sent events: each answer of the server ends, and the browser comes again with the name of
// what it shows. Where that does not work the lists ask every ten seconds.

function listen(asks) {
  if (!window.EventSource) return;
  // htmx asks no more: the element that does it is exchanged for one that does not.
  const lists = asks.cloneNode(false);
  for (const name of ["hx-get", "hx-trigger", "hx-swap"]) lists.removeAttribute(name);
  lists.append(...asks.childNodes);
  asks.replaceWith(lists);
  const source = new EventSource(lists.dataset.events);
  source.onmessage = (event) => {
    lists.innerHTML = event.data;
    const count = lists.querySelector("[data-waiting]")?.dataset.waiting;
    document.title = `${count && count !== "0" ? `（${count}）` : ""}${document.title.replace(/^（.*?）/, "")}`;
  };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return;
    // Refused, or something between us and the server keeps such answers back: ask as before.
    const anew = asks.cloneNode(false);
    anew.append(...lists.childNodes);
    lists.replaceWith(anew);
    window.htmx?.process(anew);
  };
}

const lists = document.getElementById("lists");
if (lists) listen(lists);
