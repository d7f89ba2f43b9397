// Bringing a spreadsheet in, in the tab: columns are found in its header, only those that are named are sent, ids are
// drawn where it has none. Nothing else of the file leaves this tab. Uses rowsOf and separatorOf of console.js.
"use strict";

(() => {
  const form = document.getElementById("import");
  const fileField = document.getElementById("file");
  const knownBy = document.getElementById("known_by");
  const OWN_ID = "alongside id";
  let sheet = null; // {header: [names], rows: [[cells]], separator}
  let keys = new Map(); // what a person is known by → id

  const folded = (text) => text.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
  const columnFields = () => [...form.querySelectorAll("[data-column]")];
  const placeOf = (name) => sheet.header.findIndex((each) => folded(each) === folded(name));

  async function read(file) {
    const text = (await file.text()).replace(/^\uFEFF/, "");
    const separator = separatorOf(text);
    const [header, ...rows] = rowsOf(text, separator);
    sheet = { header: header || [], rows, separator };
    document.getElementById("columns").replaceChildren(...sheet.header.map((name) => {
      const option = document.createElement("option");
      option.value = name;
      return option;
    }));
    columnFields().filter((field) => !field.value).forEach((field) => {
      const guesses = field.dataset.guess.split("|");
      field.value = sheet.header.find((name) => guesses.includes(folded(name))) || "";
    });
    if (!form.elements.column_id.value && !knownBy.value) {
      knownBy.value = sheet.header.find((name) => /^e-?mail/.test(folded(name))) || "";
    }
  }

  async function readKeys(file) {
    const text = (await file.text()).replace(/^\uFEFF/, "");
    const [header, ...rows] = rowsOf(text, separatorOf(text));
    const id = header.findIndex((name) => folded(name) === "member_id");
    const mark = header.length - 1;
    keys = new Map(rows.map((row) => [folded(row[mark] || ""), row[id]]));
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return `r-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const written = (rows) => `${rows.map((row) => row.map(cell).join(",")).join("\n")}\n`;

  // Gives the columns that were named, in the order of the file; with ids where people are known by something else.
  function sent() {
    const named = columnFields().map((field) => field.value).filter(Boolean);
    const places = sheet.header.map((_name, place) => place).filter((place) => named.some((name) => placeOf(name) === place));
    const header = places.map((place) => sheet.header[place]);
    const isDrawn = knownBy.value && placeOf(knownBy.value) >= 0 && placeOf(form.elements.column_id.value) < 0;
    if (!isDrawn) return { rows: [header, ...sheet.rows.map((row) => places.map((place) => row[place] ?? ""))], id: "" };
    const mark = placeOf(knownBy.value);
    const kept = [["line", "member_id", sheet.header[mark]]];
    const rows = sheet.rows.map((row, number) => {
      const known = folded(row[mark] ?? "");
      if (known && !keys.has(known)) keys.set(known, newId());
      const id = known ? keys.get(known) : "";
      if (id) kept.push([String(number + 2), id, row[mark]]);
      return [id, ...places.map((place) => row[place] ?? "")];
    });
    offerKeys(kept);
    return { rows: [[OWN_ID, ...header], ...rows], id: OWN_ID };
  }

  function offerKeys(kept) {
    const link = document.getElementById("save-keys");
    if (link.href) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([written(kept)], { type: "text/csv" }));
    link.hidden = false;
  }

  async function submit(event) {
    if (!sheet || !fileField.files.length || document.getElementById("mapping").files.length) return; // as it is, then
    event.preventDefault();
    const body = new FormData(form);
    const { rows, id } = sent();
    body.set("file", new File([written(rows)], "people.csv", { type: "text/csv" }));
    body.set("step", event.submitter ? event.submitter.value : "preview");
    if (id) body.set("column_id", id);
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", headers: { "X-Part": "1" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const outcome = page.getElementById("outcome");
    if (!outcome) { document.getElementById("outcome").textContent = page.querySelector("h1")?.textContent || ""; return; }
    const place = document.getElementById("outcome");
    place.replaceChildren(...outcome.childNodes);
    place.focus();
    place.scrollIntoView({ block: "start" });
  }

  document.getElementById("known-by").hidden = false;
  fileField.addEventListener("change", () => { if (fileField.files.length) read(fileField.files[0]); });
  document.getElementById("keys").addEventListener("change", (event) => {
    if (event.target.files.length) readKeys(event.target.files[0]);
  });
  form.addEventListener("submit", submit);
})();
