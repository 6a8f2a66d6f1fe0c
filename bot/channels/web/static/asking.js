// One message to the server. Sent again under the same id when it fails, so that it is carried out once.

const WAITS_MS = [0, 800, 2500];
const TIMEOUT_MS = 8000; // the server answers within 5 s
const OFFLINE = "网络好像不通，没能发出去。险情请直接拨119、120、110。";

/** What went wrong, in words for the visitor; `again` tells whether sending again may help. */
export class Failure extends Error {
  constructor(sentence, again) {
    super(sentence);
    this.again = again;
  }
}

/** A new message id. randomUUID is missing where the page is not served over https. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The answer to `text`: {reply, notice}. Throws Failure. */
export async function ask(api, text, id) {
  let last = new Failure(OFFLINE, true);
  for (const wait of WAITS_MS) {
    await pause(wait);
    try {
      return await once(api, text, id);
    } catch (failed) {
      last = failed instanceof Failure ? failed : new Failure(OFFLINE, true);
      if (failed instanceof Failure && !failed.soon) throw failed;
    }
  }
  throw last;
}

async function once(api, text, id) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(api, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "chat" },
      body: JSON.stringify({ text, id }),
      signal: stop.signal,
    });
    const told = await response.json();
    if (!response.ok) throw refused(response.status, told.error);
    return told;
  } finally {
    clearTimeout(timer);
  }
}

function refused(status, sentence) {
  const failure = new Failure(sentence, status === 429 || status >= 500);
  failure.soon = status >= 500; // worth another try at once
  return failure;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
