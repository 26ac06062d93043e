/**
 * What is looked for, as a file: at most the latest MOST events, the newest first. By fetch and a blob: an address has no token.
 *
 * eventDownload(() => wanted) → {element, message, setAvailable(wanted), close()}
 */
import { getResponse } from "../core/api.js";
import { announce, h, setText } from "../core/dom.js";
import { number } from "../core/format.js";
import { timeOf } from "./span.js";

const MOST = 100_000;

export function eventDownload(wanted) {
  let making = null;
  const message = h("p", { class: "muted log-hint", role: "status" });
  const csv = h("button", { class: "button", type: "button", onclick: () => save("csv") }, "CSV");
  const ndjson = h("button", { class: "button", type: "button", onclick: () => save("ndjson") }, "NDJSON");

  async function save(format) {
    making?.abort();
    making = new AbortController();
    const { types, run, q, at } = wanted();
    const to = at ? new Date(timeOf(at)).toISOString() : null;
    setText(message, "The file is being made…");
    try {
      const response = await getResponse("/events", { type: types, run: run || null, to, order: "desc", limit: MOST, format }, { signal: making.signal });
      const pieces = [];
      const count = await collect(response, q && format === "ndjson" ? q.toLowerCase() : null, pieces, (so) => setText(message, `${number(so)} lines so far…`));
      const name = `events ${new Date().toISOString().slice(0, 19).replaceAll(":", "")}Z.${format}`;
      const link = h("a", { href: URL.createObjectURL(new Blob(pieces, { type: format === "csv" ? "text/csv" : "application/x-ndjson" })), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      setText(message, `Saved ${name}${count >= MOST ? `: the latest ${number(MOST)} events` : ""}`);
      announce("The file was saved");
    } catch (error) {
      if (error.name !== "AbortError") setText(message, error.message);
    }
  }

  return {
    element: h("span", { class: "log-save", role: "group", "aria-label": "Download" }, csv, ndjson),
    message,
    /** The server looks for no text, and a line of CSV is not one of the file's lines. */
    setAvailable({ q }) {
      csv.disabled = q !== "";
      csv.title = q === "" ? "" : "Text is looked for in this page: NDJSON has only the lines with it";
    },
    close() { making?.abort(); },
  };
}

async function collect(response, text, pieces, progress) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = [];
  let count = 0;
  let told = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const end = value.lastIndexOf("\n") + 1;
    if (end === 0) { rest.push(value); continue; }
    const whole = rest.join("") + value.slice(0, end);
    rest = [value.slice(end)];
    const lines = whole.split("\n").slice(0, -1);
    const kept = text === null ? lines : lines.filter((line) => line.toLowerCase().includes(text));
    count += kept.length;
    if (kept.length > 0) pieces.push(new Blob([kept.join("\n") + "\n"]));
    if (performance.now() - told > 250) { told = performance.now(); progress(count); }
  }
  return count;
}
