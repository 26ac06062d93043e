/** Alarms: what is on, what is not for long enough yet, what somebody knows of, what is over, and what is watched. */
import { alarms } from "../core/alarms.js";
import { getText, token } from "../core/api.js";
import { now as serverNow } from "../core/clock.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { cut, number, time } from "../core/format.js";
import { limits } from "../core/limits.js";
import { href } from "../core/router.js";
import { server } from "../core/server.js";
import { settings } from "../core/settings.js";
import { sound } from "../core/sound.js";
import { alarmCard, subject } from "./alarmcard.js";
import { problem, viewHead } from "./parts.js";
import { watched } from "./watched.js";

const GROUPS = [["on", "On"], ["latched", "Over, and not acknowledged"], ["acknowledged", "Acknowledged"], ["pending", "Pending: not for long enough yet"]];
const MOST_CARDS = 200;
const MOST_RECENT = 20;
const READ = 200; // events, to find these in
const BUDGETS = 60_000; // ms

export function mount(root) {
  const ended = new AbortController();
  const calm = h("p", { class: "alarms-calm", role: "status" });
  const note = h("div", { role: "status" });
  const groups = GROUPS.map(([state, title]) => {
    const list = h("ul", { class: "alarm-list" });
    return { state, list, cards: new Map(), element: h("section", { "aria-label": title, hidden: true }, h("h2", {}, title), list) };
  });
  const recent = h("section", { "aria-label": "Recently over", hidden: true });
  const watch = h("section", { "aria-label": "What is watched", hidden: true });
  const rights = h("p", { class: "muted" });
  const empty = h("div", { class: "empty", hidden: true });
  const all = h("div", { class: "alarms-view" }, toolbar(ended.signal), note, calm, rights, groups.map((group) => group.element), recent, watch);
  root.append(viewHead("Alarms"), empty, all);
  let table = null;
  let names = null;
  let states = null;

  function draw() {
    drawEmpty();
    const known = alarms.list;
    setText(calm, !alarms.loaded ? "" : known.some(({ state }) => state !== "ok" && state !== "pending") ? "" : known.length > 0 ? `Nothing is out of limits: all is well with ${known.length === 1 ? "the one thing" : `the ${number(known.length)} things`} watched.` : "");
    calm.hidden = calm.textContent === "";
    drawRights();
    for (const group of groups) drawGroup(group);
    drawProblem();
    const next = JSON.stringify(known.map(({ name, state, severity }) => [name, state, severity]).sort());
    if (next === states) return;
    states = next;
    loadRecent();
    const nextNames = known.map(({ name }) => name).sort().join("\n");
    if (nextNames !== names) { names = nextNames; loadLimits(); } else drawWatched();
  }

  function drawGroup({ state, list, cards, element }) {
    const members = alarms.list.filter((alarm) => alarm.state === state).slice(0, MOST_CARDS);
    const focused = list.contains(document.activeElement) ? document.activeElement.closest(".alarm").dataset.name : null;
    const next = members.map((alarm) => {
      const key = JSON.stringify([alarm, server.may("admin"), settings.get("times")]);
      const kept = cards.get(alarm.name);
      return kept?.key === key ? kept : { key, name: alarm.name, ...alarmCard(alarm) };
    });
    const before = [...cards.values()];
    cards.clear();
    for (const card of next) cards.set(card.name, card);
    element.hidden = next.length === 0;
    if (next.length === before.length && next.every((card, index) => card === before[index])) return;
    list.replaceChildren(...next.map((card) => card.element));
    const now = serverNow();
    for (const card of next) card.tick(now);
    // The button that had the focus, in its new card.
    if (focused !== null) next.find((card) => card.element.dataset.name === focused)?.element.querySelector("button")?.focus();
  }

  function drawRights() {
    const isNeeded = alarms.unattended.length > 0 && !server.may("admin");
    if (rights.dataset.key === String(isNeeded)) return;
    rights.dataset.key = String(isNeeded);
    rights.hidden = !isNeeded;
    replace(rights, "Acknowledging needs a token of an administrator; this one may only read. ", server.info.needs_token && h("button", { class: "button", type: "button", onclick: () => token.enter() }, "Enter token…"));
  }

  function drawProblem() {
    const faults = limits.all.faults;
    const key = JSON.stringify([alarms.problem, faults]);
    if (note.dataset.key === key) return;
    note.dataset.key = key;
    replace(note,
      alarms.problem && h("p", { class: "problem" }, problem({ message: alarms.problem }, () => alarms.refresh())),
      faults.length > 0 && h("div", { class: "notice" }, h("p", {}, "The limits file has faults and is not used; what was watched before still is:"),
        h("ul", {}, faults.slice(0, 50).map((text) => h("li", { dir: "auto" }, cut(text, 500))))));
  }

  function drawEmpty() {
    const kind = server.info.version === "" ? "" : !server.info.alarms ? "none" : alarms.loaded && alarms.list.length === 0 ? "nothing" : "";
    const hasFaults = kind === "nothing" && limits.all.faults.length > 0;
    all.hidden = kind !== "" && !hasFaults;
    empty.hidden = kind === "";
    if (empty.dataset.kind === kind) return;
    empty.dataset.kind = kind;
    if (kind !== "") replace(empty, ...howTo(kind));
  }

  function drawWatched() {
    const { limits: ranges, silences, levels } = limits.all;
    if (!alarms.loaded || ranges.length + silences.length + levels.length === 0) { watch.hidden = true; table = null; return; }
    const byName = new Map(alarms.list.map((alarm) => [alarm.name, alarm]));
    table = watched(limits.all, (name) => byName.get(name));
    const focused = watch.contains(document.activeElement) ? [...watch.querySelectorAll("a")].indexOf(document.activeElement) : -1;
    replace(watch, h("h2", {}, "What is watched"), table.element);
    watch.hidden = false;
    table.tick(serverNow());
    if (focused >= 0) watch.querySelectorAll("a")[focused]?.focus();
  }

  async function loadLimits() {
    try { await limits.load(); } catch (error) { if (!ended.signal.aborted) { replace(watch, h("p", { class: "problem" }, problem(error, loadLimits))); watch.hidden = false; } return; }
    if (ended.signal.aborted) return;
    drawWatched();
    drawProblem();
    drawEmpty();
  }

  async function loadRecent() {
    let text;
    try { text = await getText("/events", { type: "alarm.*", order: "desc", limit: READ, format: "ndjson" }, { signal: ended.signal }); } catch { return; } // it comes with the next change
    const over = text.split("\n").filter(Boolean).map((line) => JSON.parse(line)).filter(({ data }) => data?.state === "ok" && typeof data.name === "string" && typeof data.type === "string").slice(0, MOST_RECENT);
    recent.hidden = over.length === 0;
    replace(recent, h("h2", {}, "Recently over"), h("table", { class: "table" },
      h("thead", {}, h("tr", {}, ["Over since", "Alarm", "Watches", "Was", "Events"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, over.map(overRow))));
  }

  const ends = [alarms.on(draw), server.on(draw), settings.on("times", () => { states = null; draw(); })];
  const beat = setInterval(() => {
    const now = serverNow();
    for (const { cards } of groups) for (const card of cards.values()) card.tick(now);
    table?.tick(now);
  }, 1000);
  const budgets = setInterval(() => { if (!document.hidden && server.info.alarms) loadLimits(); }, BUDGETS);
  draw();
  alarms.refresh();

  return {
    update() {},
    unmount() { ended.abort(); clearInterval(beat); clearInterval(budgets); for (const end of ends) end(); },
  };
}

function overRow({ ts, data }) {
  const ms = Date.parse(ts);
  return h("tr", {}, h("td", {}, time(ms)), h("th", { scope: "row" }, bdi(cut(data.name, 200))), h("td", {}, subject(data.type, typeof data.field === "string" ? data.field : undefined)),
    h("td", {}, data.before === "ok" ? "–" : cut(String(data.before), 40)), h("td", {}, h("a", { href: href("events", null, { type: `alarm.${data.name}`, at: ts }) }, "Changes", h("span", { class: "visually-hidden" }, " of ", cut(data.name, 100)))));
}

function toolbar(signal) {
  const box = h("input", { type: "checkbox", role: "switch", onchange: () => sound.set(box.checked) });
  const hint = h("span", { class: "muted", role: "status" });
  const draw = () => {
    box.checked = sound.isOn;
    setText(hint, sound.isBlocked ? "The browser lets the page sound once somebody has clicked on it, or pressed a key." : "");
  };
  signal.addEventListener("abort", sound.on(draw));
  draw();
  return h("div", { class: "toolbar" }, h("label", {}, box, "Sound when an alarm becomes critical"), hint, h("a", { class: "button", href: href("events", null, { type: "alarm.*" }) }, "All changes"));
}

function howTo(kind) {
  const example = "[[limit]]\nname = \"wind\"\ntype = \"weather\"\nfield = \"wind_mps\"\nwarning = { above = 15, clear = 12 }\ncritical = { above = 20, clear = 15 }\n\n[[silence]]\nname = \"weather station\"\ntype = \"weather\"\nafter = \"5m\"";
  return [
    h("h2", {}, "No limits are configured"),
    kind === "none"
      ? h("p", {}, "This server watches nothing: it was started without a limits file. Write one, and start it with ", h("code", {}, "--limits FILE"), "; the package has ", h("code", {}, "/etc/telemetry-server/limits.toml"), ".")
      : h("p", {}, "The limits file watches nothing yet. Write what is to be watched into it, have ", h("code", {}, "telemetry limits check FILE"), " look for faults, and have the server read it again: ", h("code", {}, "systemctl reload telemetry-server"), "."),
    h("p", {}, "For example:"),
    h("pre", { tabindex: 0 }, h("code", {}, example)),
  ];
}
