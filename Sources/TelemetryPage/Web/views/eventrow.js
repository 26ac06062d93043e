/**
 * A row of the log, and the record below it once it is opened.
 *
 * eventRow(entry) → li, kept as entry.element; entry.day is its day as it is shown       toggle(entry, filters) opens or closes its record       setTime(entry) after the zone changed
 *
 * Of the list that they are in:
 * keepPlace(list, change)      changes what is above, and what is looked at does not move
 * firstSeen(list)              the first li in the window
 * mark(list, entries)          the first row of each day has the day above it, and one row can be reached by Tab, the others by arrows
 */
import { bdi, h } from "../core/dom.js";
import { fields } from "../core/fields.js";
import { cut, dateOf, time, timeOfDay, value } from "../core/format.js";
import { record } from "./record.js";

const FIELDS = 12;
const LONGEST = 80; // characters of a value

export function eventRow(entry) {
  const { event } = entry;
  const run = event.stream === "run" ? event.meta?.run_id : null;
  entry.clock = h("time", { datetime: event.ts });
  const button = h("button", { class: "row", type: "button", tabindex: -1, "aria-expanded": "false" },
    entry.clock,
    h("span", { class: "row-type" }, bdi(cut(event.type, 80))),
    h("span", { class: "row-run muted" }, event.store_permanently === false ? h("span", { class: "chip" }, "not stored") : typeof run === "string" ? bdi(cut(run, 40)) : ""),
    h("span", { class: "row-data", dir: "auto" }, entry.isCut ? bdi(cut(dataOf(entry.line), 300)) : summary(event.data)));
  entry.element = h("li", {}, button);
  setTime(entry);
  return entry.element;
}

export function setTime(entry) {
  const ms = Date.parse(entry.event.ts);
  entry.day = dateOf(ms);
  entry.element.dataset.day = entry.day;
  entry.clock.textContent = timeOfDay(ms, { ms: true });
  entry.clock.title = time(ms);
}

function dataOf(line) { return line.slice(line.indexOf(',"data":') + 8); }

function summary(data) {
  if (data === null || typeof data !== "object") return bdi(cut(value(data), 300));
  const { list, more } = fields(data, FIELDS);
  const parts = [];
  for (const [path, one] of list) parts.push(h("span", { class: "key" }, bdi(cut(path, 40))), " ", bdi(cut(value(one), LONGEST)), "  ");
  if (more > 0) parts.push(`+${more}`);
  return parts;
}

export function toggle(entry, filters) {
  if (!entry) return;
  const button = entry.element.firstElementChild;
  const opened = entry.element.querySelector(".record");
  button.setAttribute("aria-expanded", String(!opened));
  if (opened) opened.remove();
  else entry.element.append(record(entry, filters));
}

export function keepPlace(list, change) {
  const row = [...list.children].find((one) => one.getBoundingClientRect().bottom > 0 && one.querySelector(".row")) ?? list.lastElementChild;
  const top = row?.getBoundingClientRect().top;
  change();
  if (row?.isConnected) scrollBy(0, row.getBoundingClientRect().top - top);
}

export function firstSeen(list) { return [...list.children].find((one) => one.getBoundingClientRect().top > 0) ?? null; }

export function mark(list, entries) {
  let day = null;
  for (const entry of entries) {
    const isFirst = entry.day !== day;
    day = entry.day;
    if (entry.element.classList.contains("new-day") !== isFirst) entry.element.classList.toggle("new-day", isFirst);
  }
  const first = list.querySelector(".row");
  if (first && first.tabIndex !== 0) {
    list.querySelector('.row[tabindex="0"]')?.setAttribute("tabindex", "-1");
    first.tabIndex = 0;
  }
}
