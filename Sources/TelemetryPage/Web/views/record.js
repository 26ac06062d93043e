/**
 * A record, opened: when, from where, and its JSON.
 *
 * record(entry, filters) → element; an entry is one of eventpages.js
 */
import { announce, bdi, h, replace, setText } from "../core/dom.js";
import { cut, number } from "../core/format.js";
import { href } from "../core/router.js";
import { server } from "../core/server.js";
import { readLine } from "./eventpages.js";
import { inZone } from "./zoned.js";

const MEMBERS = 100; // of an object or array, then "more"
const STRING = 600; // characters of a string, then "all of it"
const RAW = 20_000;

export function record(entry, filters) {
  const { event } = entry;
  const tree = h("div", { class: "json" }, h("p", { class: "muted" }, "Loading…"));
  const raw = h("pre", { tabindex: 0, dir: "auto", "aria-label": "The line as recorded" });
  const said = h("span", { class: "muted", role: "status" });
  let line = null;

  const copy = (text, what) => async () => {
    const isDone = line !== null && await toClipboard(text());
    setText(said, isDone ? `${what} copied` : "This browser does not let a page copy");
    announce(said.textContent);
  };
  readLine(entry, filters).then((text) => {
    line = text;
    const parsed = parseExact(text);
    replace(tree, ["data", "meta"].map((name) => node(name, parsed[name], 0)));
    setText(raw, text.length > RAW ? `${text.slice(0, RAW)}… ${number(text.length)} characters; Copy line has all` : text);
  }).catch((error) => replace(tree, h("p", { class: "problem", role: "alert" }, error.message)));

  return h("div", { class: "record" },
    h("dl", { class: "record-facts" }, facts(event)),
    tree,
    h("details", { class: "raw" }, h("summary", {}, "Line as recorded"), raw),
    h("div", { class: "toolbar" },
      h("button", { class: "button", type: "button", onclick: copy(() => pretty(parseExact(line)), "JSON") }, "Copy JSON"),
      h("button", { class: "button", type: "button", onclick: copy(() => line, "Line") }, "Copy line"),
      h("a", { class: "button", href: href("type", event.type) }, "History of ", bdi(cut(event.type, 40))), said));
}

function facts(event) {
  const ms = Date.parse(event.ts);
  const zones = [["Local time", undefined], ["UTC", "UTC"], ["Site time", server.info.time_zone]];
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const run = event.meta?.run_id;
  return [
    ["Type", bdi(cut(event.type, 300))],
    ["ts", h("code", {}, event.ts)],
    ...zones.map(([name, zone]) => [name, safely(() => inZone(ms, zone)), (name === "UTC" || zone !== "UTC") && !(name === "Site time" && zone === own)]),
    ["Sequence", `${event.seq} of the ${event.stream} stream`, event.seq !== undefined],
    ["Run", h("a", { href: href("run", run) }, bdi(cut(String(run), 100))), typeof run === "string"],
    ["Kept", "in no file: it was passed on to those who followed", event.store_permanently === false],
  ].filter(([, , isShown = true]) => isShown).map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text)));
}

function safely(make) { try { return make(); } catch { return "–"; } }

/** A number as it was written, where JavaScript has another: 1764337403123456789. */
class Exact { constructor(text) { this.text = text; } }

function parseExact(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" && context?.source && String(value) !== context.source ? new Exact(context.source) : value);
}

function pretty(any, indent = "") {
  if (any instanceof Exact) return any.text;
  if (any === null || typeof any !== "object") return JSON.stringify(any);
  const inner = indent + "  ";
  const isArray = Array.isArray(any);
  const parts = isArray ? any.map((one) => inner + pretty(one, inner)) : Object.keys(any).map((key) => `${inner}${JSON.stringify(key)}: ${pretty(any[key], inner)}`);
  if (parts.length === 0) return isArray ? "[]" : "{}";
  return `${isArray ? "[" : "{"}\n${parts.join(",\n")}\n${indent}${isArray ? "]" : "}"}`;
}

function node(name, any, depth) {
  const label = h("span", { class: "key" }, bdi(cut(name, 200)));
  if (any === null || typeof any !== "object" || any instanceof Exact) return h("div", { class: "leaf" }, label, ": ", leaf(any));
  const keys = Object.keys(any);
  const size = Array.isArray(any) ? `[${number(keys.length)}]` : `{${number(keys.length)}}`;
  if (keys.length === 0) return h("div", { class: "leaf" }, label, ": ", Array.isArray(any) ? "[]" : "{}");
  const body = h("div", { class: "members" });
  const fill = (start) => {
    for (const key of keys.slice(start, start + MEMBERS)) body.append(node(key, any[key], depth + 1));
    const next = start + MEMBERS;
    if (next >= keys.length) return;
    const more = h("button", { class: "button quiet", type: "button", onclick: () => { more.remove(); fill(next); } }, `${number(keys.length - next)} more`);
    body.append(more);
  };
  const isOpen = depth < 2 && keys.length <= MEMBERS;
  const details = h("details", { open: isOpen, ontoggle: () => { if (details.open && !body.firstChild) fill(0); } }, h("summary", {}, label, " ", h("span", { class: "muted" }, size)), body);
  if (isOpen) fill(0);
  return details;
}

function leaf(any) {
  if (any instanceof Exact) return h("span", { class: "number" }, any.text);
  if (typeof any !== "string") return h("span", { class: typeof any }, String(any));
  const text = bdi(JSON.stringify(cut(any, STRING)), { class: "string" });
  if (any.length <= STRING) return text;
  const all = h("button", { class: "button quiet", type: "button", onclick: () => { setText(text, JSON.stringify(any)); all.remove(); } }, `all ${number(any.length)} characters`);
  return [text, " ", all];
}

/** The clipboard needs a secure context, which http://dome.local is not; a selection does not. */
async function toClipboard(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* the other way */ }
  const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: -1 });
  const focused = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  try { return document.execCommand("copy"); } catch { return false; } finally { area.remove(); focused?.focus(); }
}
