/**
 * An alarm as somebody has to see it: what, how bad, for how long, why, who knows.
 *
 * alarmCard(alarm) → {element, tick(now)}; the button that acknowledges is there for those who may
 */
import { isOut } from "../core/alarms.js";
import { bdi, h, setText } from "../core/dom.js";
import { unitOf } from "../core/fields.js";
import { age, cut, time, value as valueText } from "../core/format.js";
import { href } from "../core/router.js";
import { server } from "../core/server.js";
import { severityChip } from "../core/states.js";
import { acknowledge } from "./acknowledge.js";

export function alarmCard(alarm) {
  const { name, state, severity, since, raised, acknowledged, summary, labels } = alarm;
  const clock = h("span", { class: "age" });
  const from = Date.parse(raised ?? since);
  clock.title = time(from);
  const element = h("li", { class: "alarm live", dataset: { severity: (isOut(alarm) && severity) || "none", name: cut(name, 200) } },
    h("header", {}, h("h3", {}, bdi(cut(name, 200))), severityChip(severity, wordOf(alarm)), clock),
    h("p", {}, reasonOf(alarm)),
    summary && h("p", { dir: "auto" }, cut(summary, 1000)),
    labels && h("p", { class: "labels" }, Object.keys(labels).slice(0, 20).map((key) => h("span", { class: "chip" }, bdi(cut(`${key}=${labels[key]}`, 100))))),
    acknowledged && h("p", {}, "Acknowledged by ", h("strong", {}, bdi(cut(acknowledged.by || "somebody", 256))), `, ${time(Date.parse(acknowledged.at))}`,
      acknowledged.why && [": ", bdi(cut(acknowledged.why, 1024))]),
    (state === "on" || state === "latched") && server.may("admin") && h("div", { class: "actions" },
      h("button", { class: "button", type: "button", "aria-label": `Acknowledge ${cut(name, 200)}…`, onclick: () => acknowledge(alarm) }, "Acknowledge…")));
  return {
    element,
    tick(now) { setText(clock, `${state === "latched" ? "raised " : "for "}${age(Math.max(0, now - from))}${state === "latched" ? " ago" : ""}`); },
  };
}

function wordOf({ state, severity }) {
  if (state === "pending") return "pending";
  if (state === "latched") return "over, was critical";
  return `${severity ?? "on"}${state === "acknowledged" ? ", acknowledged" : ""}`;
}

/** "weather wind_mps 21.5 m/s is above 20", with a link to the plot. */
export function reasonOf({ type, field, value, reason, state }) {
  const { unit } = unitOf(field ?? "");
  return [
    subject(type, field), " ",
    value !== undefined && [h("span", { class: "value", dir: "auto" }, valueText(value)), typeof value === "number" && unit && ` ${unit}`, " "],
    reason && state !== "latched" && cut(reason, 300),
  ];
}

/** What is watched, with a link to its plot. */
export function subject(type, field) {
  return h("a", { href: href("type", type, field === undefined ? null : { field }) }, bdi(cut(type, 120)), field !== undefined && [" ", bdi(cut(field, 120))]);
}
