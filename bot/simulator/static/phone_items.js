"use strict";
/* Drawing one line of the chat. Everything the bot or a person wrote goes in as text nodes and checked
   attributes, never as HTML: the page shows exactly what WeChat would, and nothing can run here. */

const LINK = /<a\s([^>]*)>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"'，。；：！？、（）《》]+)/gi;
const HREF = /href\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
const TIME_GAP_S = 300;

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

function isWeb(address) {
  return /^https?:\/\//i.test(address);
}

function webLink(address, className, ...children) {
  const link = make("a", className, ...children);
  if (isWeb(address)) {
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return link;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign: WeChat shows it as it is
  }
}

/* weixin://bizmsgmenu?msgmenucontent=…&msgmenuid=… -> what a tap sends, or null for another address */
function menuTap(address) {
  const found = /^weixin:\/\/bizmsgmenu\?(.*)$/i.exec(address);
  if (!found) return null;
  const values = {};
  for (const pair of found[1].split("&")) {
    const cut = pair.indexOf("=");
    if (cut > 0) values[pair.slice(0, cut)] = decoded(pair.slice(cut + 1));
  }
  if (!values.msgmenucontent) return null;
  return { text: values.msgmenucontent, menu_id: values.msgmenuid || "" };
}

function tapButton(label, tap, send) {
  const button = make("button", "tap", label);
  button.type = "button";
  button.addEventListener("click", () => send("text", tap));
  return button;
}

/* The nodes of a text: links and reply links live, any other markup literal. */
function textNodes(text, send) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const node = match[3] ? webLink(match[3], "", match[3]) : anchor(match[1], match[2], send);
    if (!node) continue; // an address we do not open: it stays in the text as it was written
    nodes.push(text.slice(from, match.index), node);
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

function anchor(attributes, label, send) {
  const href = HREF.exec(attributes);
  const address = href ? href[1] ?? href[2] : "";
  const tap = menuTap(address);
  if (tap) return tapButton(label, tap, send);
  return isWeb(address) ? webLink(address, "", label) : null;
}

function picture(source, className, description) {
  if (!source) return make("span", `${className} broken`, icon("picture"));
  const image = make("img", className);
  image.alt = description;
  image.addEventListener("error", () => image.replaceWith(make("span", `${className} broken`, icon("picture"))));
  image.src = source;
  return image;
}

function ownPicture(mediaId) {
  return `pictures/${encodeURIComponent(mediaId)}`;
}

const DRAW = {
  text: (data, send) => make("div", "bubble words", ...textNodes(data.text || "", send)),

  image: (data) => picture(data.media_id ? ownPicture(data.media_id) : "", "photo", "图片"),

  voice: (data) => {
    const bubble = make("div", "bubble voice", icon("wave"), make("span", "", "3″"));
    return data.text ? make("div", "stack", bubble, make("p", "heard", data.text)) : bubble;
  },

  video: (data) => {
    const film = make("div", "film", make("span", "play"));
    return make("div", "card", film, ...(data.title ? [make("p", "card-title", data.title)] : []));
  },

  music: (data) => webLink(data.url || "", "card padded", make("p", "card-title", data.title || "音乐"),
    make("p", "card-note", data.description || "")),

  link: (data) => webLink(data.url || "", "card padded", make("p", "card-title", data.title || ""),
    make("p", "card-note", data.description || data.url || "")),

  location: (data) => {
    const where = `${Number(data.latitude).toFixed(5)}, ${Number(data.longitude).toFixed(5)}`;
    return make("div", "card place", make("p", "card-title", data.label || "位置"),
      make("p", "card-note", where), make("div", "map", icon("place")));
  },

  news: (data) => {
    const articles = data.articles || [];
    return make("div", `card news${articles.length === 1 ? " single" : ""}`, ...articles.map(newsRow));
  },

  notice: (data) => webLink(data.url || "", "card padded notice", make("p", "card-title", data.title || "通知"),
    ...(data.rows || []).map((row) => make("p", "notice-row", make("span", "card-note", row.label), row.value))),

  msgmenu: (data, send) => {
    const options = (data.options || []).map((option) =>
      make("li", "", tapButton(option.content, { text: option.content, menu_id: option.id }, send)));
    const parts = [make("ul", "options", ...options)];
    if (data.head_content) parts.unshift(make("p", "", ...textNodes(data.head_content, send)));
    if (data.tail_content) parts.push(make("p", "", ...textNodes(data.tail_content, send)));
    return make("div", "bubble words", ...parts);
  },

  transfer_customer_service: () => null,
};

function newsRow(article, index, all) {
  const address = isWeb(article.picurl || "") ? article.picurl : "";
  const cover = picture(address, "cover", "");
  const title = make("span", "card-title", article.title || "");
  if (all.length === 1) {
    const note = make("span", "card-note", article.description || "");
    return webLink(article.url || "", "row-single", title, ...(address ? [cover] : []), note);
  }
  return webLink(article.url || "", index === 0 ? "row-first" : "row-next", cover, title);
}

function systemLine(text, kind) {
  const line = make("p", "line", text);
  line.dataset.kind = kind;
  return line;
}

function clockLine(at) {
  const time = new Date(at * 1000);
  const two = (n) => String(n).padStart(2, "0");
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}`;
  const today = new Date().toDateString() === time.toDateString();
  return make("p", "line clock", today ? hours : `${time.getMonth() + 1}月${time.getDate()}日 ${hours}`);
}

/* One line of the chat as nodes; `send` carries out what a tap inside it means. */
function drawItem(item, send) {
  if (item.side === "system") return systemLine(item.data.text || "", item.kind);
  const draw = DRAW[item.kind] || (() => make("div", "bubble words", `［${item.kind}］`));
  const content = draw(item.data, send);
  if (content === null) return systemLine("已转接人工客服", item.kind);
  const mine = item.side === "me";
  const avatar = make("span", `avatar ${mine ? "me" : "account"}`, icon(mine ? "person" : "shield"));
  avatar.setAttribute("aria-hidden", "true");
  const row = make("div", `message ${mine ? "mine" : "theirs"}`, avatar, content);
  row.dataset.kind = item.kind;
  row.dataset.seq = item.seq;
  return row;
}
