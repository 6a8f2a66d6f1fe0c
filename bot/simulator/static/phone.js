"use strict";
/* The phone: polls the chat, sends what the person does, keeps the menu and the dialogs. Needs phone_items.js. */

const POLL_MS = 1000;
const HIDDEN_POLL_MS = 5000;
const NEAR_END_PX = 80;
const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
const MODES = { plain: "明文模式", compatible: "兼容模式", safe: "安全模式" };
const PROFILES = {
  verified_service: "认证服务号", verified_subscription: "认证公众号", unverified: "未认证", test: "测试号",
};

const $ = (id) => document.getElementById(id);
const phone = {
  openid: new URLSearchParams(location.search).get("openid") || "",
  seq: 0, lastAt: 0, account: "", menu: "", wantsWords: false, timer: 0, polling: false, picked: null, notices: [],
  atEnd: true,
};

/* ---- talking to the simulator ---- */

async function call(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `模拟器回答 ${response.status}`);
  return answer;
}

async function act(deed, fields) {
  try {
    await call("phone/deeds", { ...fields, openid: phone.openid, deed });
    await poll();
  } catch (error) {
    toast(error.message);
  }
}

async function poll() {
  if (phone.polling) return;
  phone.polling = true;
  clearTimeout(phone.timer);
  const asked = phone.openid;
  try {
    const query = new URLSearchParams({ openid: asked, after: phone.seq });
    const state = await call(`phone/state?${query}`);
    if (asked === phone.openid) show(state);
    $("toast").dataset.offline = "";
  } catch {
    toast("连不上模拟器，正在重试", true);
  } finally {
    phone.polling = false;
    phone.timer = setTimeout(poll, document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  }
}

function toast(words, offline = false) {
  const node = $("toast");
  if (offline && node.dataset.offline) return;
  node.dataset.offline = offline ? "yes" : "";
  node.textContent = words;
  node.hidden = false;
  setTimeout(() => { node.hidden = true; }, 2500);
}

/* ---- showing ---- */

function show(state) {
  if (state.openid !== phone.openid) usePhone(state.openid);
  $("title").textContent = state.typing ? "对方正在输入…" : state.account.name;
  $("foot").hidden = !state.subscribed;
  $("profile").hidden = state.subscribed;
  $("unfollow").hidden = !state.subscribed;
  phone.notices = state.notices;
  showItems(state.items);
  showMenu(state.menu || []);
  showFacts(state);
}

function showItems(items) {
  const chat = $("chat");
  if (!items.length) return;
  for (const item of items) {
    if (item.at - phone.lastAt > TIME_GAP_S) chat.append(clockLine(item.at));
    phone.lastAt = item.at;
    phone.seq = item.seq;
    chat.append(drawItem(item, act));
  }
  if (phone.atEnd || items.some((item) => item.side === "me")) toBottom();
}

function toBottom() {
  const chat = $("chat");
  chat.scrollTop = chat.scrollHeight;
}

/* Pictures grow when they arrive: who was reading the end goes on reading the end. */
function noteScroll() {
  const chat = $("chat");
  phone.atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR_END_PX;
}

function keepEnd() {
  if (phone.atEnd) toBottom();
}

function showFacts(state) {
  $("fact-follow").textContent = state.subscribed ? "已关注" : "未关注";
  $("fact-left").textContent = `${state.replies_left} 条`;
  $("fact-failures").textContent = `${state.failure_lines} 次`;
  $("fact-failures").classList.toggle("bad", state.failure_lines > 0);
  $("fact-mode").textContent = MODES[state.account.mode] || state.account.mode;
  $("fact-profile").textContent = PROFILES[state.account.profile] || state.account.profile;
  const phones = $("phones");
  if (phones.length !== state.phones.length || phones.value !== state.openid) {
    phones.replaceChildren(...state.phones.map((openid) => new Option(openid, openid)));
    if (!state.phones.includes(state.openid)) phones.append(new Option(state.openid, state.openid));
    phones.value = state.openid;
  }
}

function usePhone(openid) {
  Object.assign(phone, { openid, seq: 0, lastAt: 0, menu: "", atEnd: true });
  $("chat").replaceChildren();
  history.replaceState(null, "", `?openid=${encodeURIComponent(openid)}`);
}

async function switchTo(openid) {
  usePhone(openid);
  await poll();
}

async function newPhone() {
  try {
    await switchTo((await call("phone/new", {})).openid);
  } catch (error) {
    toast(error.message);
  }
}

/* ---- menu ---- */

function showMenu(buttons) {
  const drawn = JSON.stringify(buttons);
  if (drawn !== phone.menu) {
    phone.menu = drawn;
    $("menu").replaceChildren(...buttons.map(menuButton));
  }
  const menuShown = buttons.length > 0 && !phone.wantsWords;
  $("menu-row").hidden = !menuShown;
  $("words-row").hidden = menuShown;
  $("to-menu").hidden = buttons.length === 0;
  if (menuShown) $("panel").hidden = true;
}

function menuButton(button) {
  const subs = button.sub_button || [];
  const face = make("button", "menu-face", ...(subs.length ? [icon("menu")] : []), button.name);
  face.type = "button";
  const cell = make("div", "menu-cell", face);
  if (!subs.length) {
    face.addEventListener("click", () => { closeMenus(); tapMenu(button); });
    return cell;
  }
  const list = make("ul", "menu-list", ...subs.map(subButton));
  list.hidden = true;
  face.setAttribute("aria-expanded", "false");
  face.addEventListener("click", () => {
    const opening = list.hidden;
    closeMenus();
    list.hidden = !opening;
    face.setAttribute("aria-expanded", String(opening));
  });
  cell.append(list);
  return cell;
}

function subButton(button) {
  const face = make("button", "", button.name);
  face.type = "button";
  face.addEventListener("click", () => { closeMenus(); tapMenu(button); });
  return make("li", "", face);
}

function closeMenus() {
  for (const list of document.querySelectorAll(".menu-list")) list.hidden = true;
  for (const face of document.querySelectorAll(".menu-face[aria-expanded]")) face.setAttribute("aria-expanded", "false");
}

function tapMenu(button) {
  const { type, key } = button;
  if (type === "click") act("click", { key });
  else if (type === "view") {
    act("view", { url: button.url });
    window.open(button.url, "_blank", "noopener,noreferrer");
  } else if (type === "scancode_push" || type === "scancode_waitmsg") {
    ask("扫一扫", [field("result", "二维码的内容", "")], (given) => act("scan_code", { event: type, key, ...given }));
  } else if (type === "location_select") {
    askPlace((given) => act("menu_location", { key, ...given }));
  } else if (type.startsWith("pic_")) {
    pickPicture((picture) => act("menu_picture", { event: type, key, picture }));
  } else {
    toast("模拟手机还不会打开这种菜单");
  }
}

/* ---- what the + panel does ---- */

function field(name, label, value, type = "text") {
  return { name, label, value, type };
}

function ask(title, fields, then) {
  $("ask-title").textContent = title;
  $("ask-fields").replaceChildren(...fields.map((one) => {
    const input = make("input");
    Object.assign(input, { name: one.name, type: one.type, value: one.value, step: "any" });
    return make("label", "", one.label, input);
  }));
  $("ask-form").onsubmit = (event) => {
    event.preventDefault();
    const given = {};
    for (const input of $("ask-fields").querySelectorAll("input")) {
      given[input.name] = input.type === "number" ? input.valueAsNumber : input.value.trim();
    }
    $("ask").close();
    then(given);
  };
  $("ask").showModal();
}

function askPlace(then) {
  ask("发送位置", [
    field("label", "地点", "东城工业园 3 号厂房"),
    field("latitude", "纬度", "31.23042", "number"),
    field("longitude", "经度", "121.47370", "number"),
  ], then);
}

function askScan() {
  ask("扫带参数的二维码", [field("scene", "场景值", "factory-07")], (given) => act("follow", given));
}

function pickPicture(then) {
  phone.picked = then;
  $("file").value = "";
  $("file").click();
}

function readPicture() {
  const file = $("file").files[0];
  if (!file) return;
  if (file.size > MAX_PICTURE_BYTES) {
    toast("图片不能超过 10 MB");
    return;
  }
  const reader = new FileReader();
  reader.onload = () => phone.picked(String(reader.result).split(",", 2)[1] || "");
  reader.readAsDataURL(file);
}

const PANEL = {
  picture: () => pickPicture((data) => act("image", { picture: data })),
  place: () => askPlace((given) => act("location", given)),
  voice: () => ask("发送语音", [field("recognition", "识别出的文字（可不填）", "")], (given) => act("voice", given)),
  video: () => act("video", {}),
  link: () => ask("转发链接", [
    field("title", "标题", "灭火器怎么用"), field("description", "摘要", ""), field("url", "网址", "https://example.com/"),
  ], (given) => act("link", given)),
  scan: askScan,
  notice: openNotices,
};

/* ---- the sheet behind ··· (all there is on a narrow screen) ---- */

function openSheet() {
  const subscribed = !$("foot").hidden;
  const rows = [
    ["换一部新手机", newPhone],
    ["扫带参数的二维码", askScan],
    subscribed ? ["取消关注", () => act("unfollow", {})] : ["关注公众号", () => act("follow", {})],
  ];
  for (const openid of [...$("phones").options].map((option) => option.value)) {
    if (openid !== phone.openid) rows.splice(rows.length - 1, 0, [`切换到 …${openid.slice(-6)}`, () => switchTo(openid)]);
  }
  showSheet(rows);
}

/* What an article's subscribe button and the settings page let a person do with each notice. */
function openNotices() {
  const rows = [];
  for (const { template_id, title, left } of phone.notices) {
    rows.push([`接受“${title}”（已有 ${left} 次）`, () => act("answer_popup", { template_id, accept: true })]);
    rows.push([`拒绝“${title}”`, () => act("answer_popup", { template_id, accept: false })]);
    if (left) rows.push([`在设置里关闭“${title}”`, () => act("withdraw_consent", { template_id })]);
  }
  showSheet(rows);
}

function showSheet(rows) {
  rows.push(["取消", () => {}]);
  $("sheet").replaceChildren(...rows.map(([label, then]) => {
    const button = make("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => { $("sheet").close(); then(); });
    return button;
  }));
  $("sheet").showModal();
}

/* ---- typing ---- */

function fitWords() {
  const words = $("words");
  words.rows = Math.min(4, words.value.split("\n").length);
  $("send").hidden = !words.value.trim();
  $("plus").hidden = !$("send").hidden;
}

function sendWords(event) {
  event.preventDefault();
  const text = $("words").value.trim();
  if (!text) return;
  $("words").value = "";
  fitWords();
  act("text", { text });
}

function showPanel(shown) {
  $("panel").hidden = !shown;
  $("plus").setAttribute("aria-expanded", String(shown));
  keepEnd();
}

function showWords(wanted) {
  phone.wantsWords = wanted;
  closeMenus();
  showPanel(false);
  showMenu(JSON.parse(phone.menu || "[]"));
  if (wanted) $("words").focus();
}

function listen() {
  $("words-row").addEventListener("submit", sendWords);
  $("words").addEventListener("input", fitWords);
  $("words").addEventListener("focus", () => showPanel(false));
  $("words").addEventListener("keydown", (event) => {
    // While a Chinese input method composes, Enter chooses a word.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendWords(event);
  });
  $("plus").addEventListener("click", () => showPanel($("panel").hidden));
  $("to-words").addEventListener("click", () => showWords(true));
  $("to-menu").addEventListener("click", () => showWords(false));
  $("follow").addEventListener("click", () => act("follow", {}));
  $("follow-scan").addEventListener("click", askScan);
  $("unfollow").addEventListener("click", () => act("unfollow", {}));
  $("new-phone").addEventListener("click", newPhone);
  $("phones").addEventListener("change", () => switchTo($("phones").value));
  $("more").addEventListener("click", openSheet);
  $("ask-cancel").addEventListener("click", () => $("ask").close());
  $("file").addEventListener("change", readPicture);
  $("sheet").addEventListener("click", (event) => { if (event.target === $("sheet")) $("sheet").close(); });
  $("chat").addEventListener("click", closeMenus);
  $("chat").addEventListener("scroll", noteScroll);
  $("chat").addEventListener("load", keepEnd, true); // does not bubble: caught on the way down
  window.addEventListener("resize", keepEnd);
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => { showPanel(false); PANEL[button.dataset.open](); });
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
}

listen();
poll();
