// What the console does more where JavaScript runs; without it every page works all the same.
// Parts: shortcuts (one key a step, remappable, off), parts of pages that are fetched once a page is shown, and names
// from somebody's own file, which stay in this tab and are never sent.
"use strict";

const store = {
  read(area, key) {
    try { return JSON.parse(area.getItem(key)); } catch { return null; }
  },
  write(area, key, value) {
    try { area.setItem(key, JSON.stringify(value)); } catch { /* a browser that keeps nothing still shows everything */ }
  },
};

/* Shortcuts. */

const USUAL_KEYS = { approve: "a", "not-this-pair": "n", another: "o", next: "j", undo: "u", review: "r", today: "t" };
const SHORTCUTS = "alongside.shortcuts";

function shortcuts() {
  const kept = store.read(localStorage, SHORTCUTS) || {};
  return { on: kept.on !== false, keys: { ...USUAL_KEYS, ...kept.keys } };
}

function isTyping(element) {
  return element.matches("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]");
}

function take(element) {
  if (element.tagName === "DETAILS") {
    element.open = true;
    (element.querySelector("input[type=radio]") || element.querySelector("summary")).focus();
    return;
  }
  element.focus();
  element.click();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
  const { on, keys } = shortcuts();
  if (!on) return;
  const action = Object.keys(keys).find((each) => keys[each] && keys[each] === event.key.toLowerCase());
  const element = action && document.querySelector(`[data-shortcut="${action}"]`);
  if (element) {
    event.preventDefault();
    take(element);
  }
}

function showShortcuts() {
  const panel = document.getElementById("shortcuts");
  if (!panel) return;
  const { on, keys } = shortcuts();
  panel.hidden = false;
  const box = panel.querySelector("[name=on]");
  const fields = [...panel.querySelectorAll("[data-key-of]")];
  box.checked = on;
  fields.forEach((field) => { field.value = keys[field.dataset.keyOf] || ""; field.disabled = !on; });
  const keep = () => {
    const chosen = Object.fromEntries(fields.map((field) => [field.dataset.keyOf, field.value.trim().toLowerCase()]));
    store.write(localStorage, SHORTCUTS, { on: box.checked, keys: chosen });
    fields.forEach((field) => { field.disabled = !box.checked; });
  };
  box.addEventListener("change", keep);
  fields.forEach((field) => {
    field.addEventListener("focus", () => field.select());
    field.addEventListener("input", () => {
      // One key, one step: whoever had it before gives it up.
      fields.filter((other) => other !== field && other.value === field.value).forEach((other) => { other.value = ""; });
      keep();
    });
  });
}

/* Parts of a page that are fetched once it is shown. */

async function pageOf(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Puts something in a place; whoever was in it with the keyboard stays there.
function put(place, ...nodes) {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...nodes.map((node) => document.importNode(node, true)));
  if (hadFocus) {
    place.tabIndex = -1;
    place.focus();
  }
  showNames(place);
  fetchParts(place);
}

async function fetchPart(place) {
  const answer = await fetch(place.dataset.fetch, { credentials: "same-origin", headers: { "X-Part": place.dataset.part } });
  if (!answer.ok || answer.redirected) return;
  const part = (await pageOf(answer)).getElementById(place.dataset.part);
  if (!part) return;
  // What is asked for again and again stands in a place of its own, which stays.
  if (place.dataset.again) put(place.parentElement, part);
  else put(place, part);
}

function fetchParts(within) {
  within.querySelectorAll("[data-fetch]").forEach((place) => {
    setTimeout(() => { if (place.isConnected) fetchPart(place).catch(() => {}); }, Number(place.dataset.again || 0));
  });
}

/* A form that says what it would do while it is filled in. */

function live(form) {
  let latest = 0;
  const place = document.getElementById(form.dataset.place);
  form.addEventListener("change", async () => {
    latest += 1;
    const number = latest;
    const body = new FormData(form);
    body.set("step", form.dataset.live);
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", headers: { "X-Part": "1" } });
    if (!answer.ok || number !== latest) return;
    const found = (await pageOf(answer)).getElementById(form.dataset.place);
    if (found) put(place, ...found.children);
  });
}

/* Names from a file. */

const NAMES = "alongside.names";

// Also used by import.js: a file of comma-, semicolon- or tab-separated values as rows of cells.
function rowsOf(text, separator) {
  const rows = [[""]];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const row = rows[rows.length - 1];
    if (isQuoted) {
      if (sign !== '"') row[row.length - 1] += sign;
      else if (text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; } else isQuoted = false;
    } else if (sign === '"' && row[row.length - 1] === "") isQuoted = true;
    else if (sign === separator) row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  return rows.filter((row) => row.some((cell) => cell.trim() !== ""));
}

function separatorOf(text) {
  const first = text.split("\n", 1)[0];
  const count = (sign) => first.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

function namesIn(text) {
  const [header, ...rows] = rowsOf(text.replace(/^\uFEFF/, ""), separatorOf(text));
  const titles = header.map((title) => title.trim().toLowerCase());
  const id = titles.findIndex((title) => /(^|[^a-z])id$|member/.test(title));
  const name = titles.findIndex((title, place) => place !== id && /name/.test(title));
  const idAt = id < 0 ? 0 : id;
  const nameAt = name < 0 ? titles.findIndex((_title, place) => place !== idAt) : name;
  return Object.fromEntries(rows.filter((row) => row[nameAt]).map((row) => [row[idAt].trim(), row[nameAt].trim()]));
}

function showNames(place) {
  const names = store.read(sessionStorage, NAMES);
  place.querySelectorAll("[data-member]").forEach((element) => {
    const alias = element.dataset.alias || element.textContent;
    element.dataset.alias = alias;
    const name = names && Object.hasOwn(names, element.dataset.member) ? names[element.dataset.member] : "";
    element.textContent = name || alias;
  });
}

function showNamePanel() {
  const panel = document.getElementById("names");
  if (!panel) return;
  panel.hidden = false;
  const told = panel.querySelector("[role=status]");
  const tell = () => {
    const names = store.read(sessionStorage, NAMES);
    told.textContent = names ? told.dataset.some.replace("0", Object.keys(names).length) : told.dataset.none;
  };
  panel.querySelector("[type=file]").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) store.write(sessionStorage, NAMES, namesIn(await file.text()));
    tell();
    showNames(document);
  });
  panel.querySelector("button").addEventListener("click", () => {
    sessionStorage.removeItem(NAMES);
    panel.querySelector("[type=file]").value = "";
    tell();
    showNames(document);
  });
  tell();
}

document.addEventListener("keydown", onKey);
document.querySelectorAll("form[data-sign-out]").forEach((form) => {
  form.addEventListener("submit", () => { try { sessionStorage.clear(); } catch { /* nothing was kept */ } });
});
fetchParts(document);
document.querySelectorAll("form[data-live]").forEach(live);
showShortcuts();
showNamePanel();
showNames(document);
