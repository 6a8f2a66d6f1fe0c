// What staff write to the visitor: asked for while somebody may be answering, and the page is looked at.

const EVERY_MS = 6000;
const FOR_MS = 30 * 60 * 1000; // after the visitor's last word, or the staff's

/** Starts asking `api` for what came after the number that `last` gives; `told` is called with each {id, text}. */
export function listen(api, last, told) {
  let until = 0;
  let timer = 0;

  async function look() {
    timer = 0;
    if (document.visibilityState === "visible") await fetchNews();
    plan();
  }

  async function fetchNews() {
    try {
      const response = await fetch(`${api}?after=${last()}`, { headers: { "X-Requested-With": "chat" } });
      if (!response.ok) return;
      const { news } = await response.json();
      news.forEach(told);
      if (news.length) until = Date.now() + FOR_MS;
    } catch {
      // offline: the next look may succeed
    }
  }

  function plan() {
    if (!timer && Date.now() < until) timer = setTimeout(look, EVERY_MS);
  }

  return {
    /** Somebody may answer from now on. */
    expect() {
      until = Date.now() + FOR_MS;
      plan();
    },
  };
}
