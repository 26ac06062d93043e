/**
 * Events: the log of what is recorded, the newest on top. The address has what is looked for: type (several), run, q, at.
 *
 * What comes is shown at once while the newest are looked at. It is counted instead, and shown by a button, while the log is paused,
 * scrolled, has the focus or an opened record: nothing moves away under a reader's eyes.
 */
import { current } from "../core/current.js";
import { announce, bdi, h, replace, setText } from "../core/dom.js";
import { cut, number, zone, zoneName } from "../core/format.js";
import { get } from "../core/api.js";
import { addKeys } from "../core/keys.js";
import { replaceParams } from "../core/router.js";
import { settings } from "../core/settings.js";
import { eventDownload } from "./eventdownload.js";
import { EventLog } from "./eventlog.js";
import { timeOf } from "./span.js";
import { fromInput, toInput } from "./zoned.js";

const SUGGESTED = 100;
const NEAR = 60; // px from the top, within which the newest are looked at

export function mount(root, { params }) {
  let wanted = read(params);
  let log = null;
  let isPaused = false;
  let typing = null;

  /* What is looked for. */

  const typeList = h("datalist", { id: "event-types" });
  const runList = h("datalist", { id: "event-runs" });
  const type = h("input", { class: "text log-type", type: "text", list: "event-types", placeholder: "Add a type, or weather*", "aria-label": "Add a type to the filter", autocomplete: "off", spellcheck: "false",
    oninput: (event) => { suggest(); if (event.inputType === undefined || event.inputType === "insertReplacementText") addType(); }, onchange: () => addType(), onfocus: suggest });
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Types that are shown" });
  const text = h("input", { class: "text", type: "search", placeholder: "Text in the line  ( / )", "aria-label": "Text in the line", "aria-describedby": "text-hint", "data-filter": true, autocomplete: "off", spellcheck: "false",
    oninput: () => { clearTimeout(typing); typing = setTimeout(() => change({ q: text.value }), 300); } });
  const run = h("input", { class: "text", type: "search", list: "event-runs", placeholder: "Run", "aria-label": "Run", autocomplete: "off", spellcheck: "false", onfocus: loadRuns, onchange: () => change({ run: run.value.trim() }) });
  const at = h("input", { class: "text", type: "datetime-local", step: 1, "aria-label": "Jump to a time" });
  const jump = h("form", { class: "jump", onsubmit: (event) => {
    event.preventDefault();
    const ms = fromInput(at.value, zone());
    if (Number.isNaN(ms)) { announce("Type a whole date and time"); at.focus(); } else change({ at: new Date(ms).toISOString() });
  } }, at, h("button", { class: "button", type: "submit" }, "Jump"));
  const pause = h("button", { class: "button", type: "button", "aria-pressed": "false", onclick: () => setPaused(!isPaused) }, "Pause");
  const download = eventDownload(() => wanted);
  const hint = h("p", { class: "muted log-hint", id: "text-hint" });
  const newer = h("button", { class: "button primary log-newer", type: "button", hidden: true, onclick: toNewest });
  const place = h("div", {});
  root.append(h("h1", { class: "visually-hidden" }, "Events"),
    h("div", { class: "toolbar log-bar" }, type, text, run, jump, h("span", { class: "log-acts" }, pause, download.element)),
    chips, typeList, runList, download.message, hint, newer, place);

  function suggest() {
    const part = type.value.toLowerCase();
    const found = [];
    for (const name of current.types.keys()) {
      if (name.length <= 100 && name.toLowerCase().includes(part) && found.push(name) >= SUGGESTED) break;
    }
    replace(typeList, found.sort().map((value) => h("option", { value })));
  }

  async function loadRuns() {
    try { replace(runList, (await get("/runs")).runs.slice(-SUGGESTED).reverse().map(({ run_id: value }) => h("option", { value }))); } catch { /* it can be typed */ }
  }

  function addType() {
    const name = type.value.trim();
    if (name === "" || wanted.types.includes(name)) return;
    type.value = "";
    change({ types: [...wanted.types, name] });
  }

  function change(more) {
    const next = { ...wanted, ...more };
    if (JSON.stringify(next) === JSON.stringify(wanted)) return;
    wanted = next;
    replaceParams(paramsOf(wanted));
    begin();
  }

  function begin() {
    log?.close();
    setPaused(false, true);
    clearTimeout(typing);
    if (document.activeElement !== text) text.value = wanted.q;
    run.value = wanted.run;
    chips.hidden = wanted.types.length === 0;
    replace(chips, wanted.types.map((name) => h("span", { class: "chip" }, bdi(cut(name, 60)),
      h("button", { type: "button", "aria-label": `Without ${cut(name, 60)}`, onclick: () => { change({ types: wanted.types.filter((one) => one !== name) }); type.focus(); } }, "×"))));
    const ms = wanted.at ? timeOf(wanted.at) : null;
    at.value = ms === null ? "" : toInput(ms, zone());
    at.title = `In ${zoneName()}`;
    const filters = new URLSearchParams(wanted.types.map((name) => ["type", name]));
    if (wanted.run) filters.set("run", wanted.run);
    log = new EventLog({ filters, text: wanted.q, at: ms === null ? null : new Date(ms).toISOString(), told: draw });
    download.setAvailable(wanted);
    replace(place, log.element);
    draw();
  }

  /* Now, or what was. */

  function draw(problem) {
    if (!log) return;
    const isReading = isPaused || scrollY > NEAR + place.offsetTop || log.isOpen || log.focused !== null;
    log.hold(isReading);
    const { held, isCounting, isAtHead, isFast } = log.state;
    if (!isReading && isAtHead && held > 0) return log.toNewest();
    newer.hidden = held === 0 && isAtHead && isCounting;
    setText(newer, held > 0 ? `↑ ${isCounting ? "" : "More than "}${number(held)} new` : "↑ Newest");
    setText(hint, problem ?? (isFast ? "More comes than can be read: the latest events are drawn. Pause, or scroll, to read them all."
      : wanted.q ? "Text is looked for here, in the lines as they were recorded, whatever the case; scrolling reads further back." : ""));
  }

  function setPaused(value, isQuiet) {
    if (value === isPaused) return;
    isPaused = value;
    pause.setAttribute("aria-pressed", String(isPaused));
    setText(pause, isPaused ? "Resume" : "Pause");
    if (isQuiet) return;
    announce(isPaused ? "Paused: what comes is counted" : "Shown as it comes");
    draw();
  }

  function toNewest() {
    setPaused(false, true);
    if (wanted.at) { scrollTo(0, 0); return change({ at: "" }); }
    log.closeRecords();
    log.focused?.blur();
    scrollTo(0, 0);
    log.toNewest();
    draw();
  }

  function onKey(event) {
    const target = event.target;
    const isRow = target.closest?.(".row") !== null;
    if (event.key === " " && (isRow || target === document.body || target.id === "main") && !event.ctrlKey) {
      event.preventDefault();
      if (event.type === "keydown") setPaused(!isPaused);
    } else if (event.type === "keydown" && isRow && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      log.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.type === "keydown" && event.key === "Escape" && root.contains(target)) {
      const item = target.closest(".log > li");
      if (item?.querySelector(".record")) { item.querySelector(".row").click(); item.querySelector(".row").focus(); }
      else if (isRow) { target.blur(); draw(); }
    }
  }

  const onScroll = () => draw();
  const onFocus = () => queueMicrotask(draw);
  addEventListener("keydown", onKey);
  addEventListener("keyup", onKey);
  addEventListener("scroll", onScroll, { passive: true });
  root.addEventListener("focusin", onFocus);
  root.addEventListener("focusout", onFocus);
  const ends = [
    addKeys("Events", [["j", "next event, which is older", () => log.move(1)], ["k", "event before it", () => log.move(-1)], ["↵", "open or close it", () => {}], ["Esc", "close it, or leave the rows", () => {}],
      ["Space", "pause, or show what comes", () => {}], ["n", "newest", toNewest], ["/", "text", () => text.focus()]]),
    settings.on("times", () => { const ms = wanted.at ? timeOf(wanted.at) : null; if (ms !== null) at.value = toInput(ms, zone()); }),
  ];
  begin();

  return {
    update({ params: next }) { wanted = read(next); begin(); },
    unmount() {
      log.close();
      clearTimeout(typing);
      download.close();
      removeEventListener("keydown", onKey);
      removeEventListener("keyup", onKey);
      removeEventListener("scroll", onScroll);
      root.removeEventListener("focusin", onFocus);
      root.removeEventListener("focusout", onFocus);
      for (const end of ends) end();
    },
  };
}

function read(params) {
  return { types: [...new Set(params.getAll("type").filter(Boolean))], run: params.get("run") ?? "", q: params.get("q") ?? "", at: params.get("at") ?? "" };
}

function paramsOf({ types, run, q, at }) {
  return { type: types, run: run || null, q: q || null, at: at || null };
}
