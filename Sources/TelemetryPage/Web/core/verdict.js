/** [line, notices]. One line: is it recording, and if not, why; what is critical; which run, how much, the disk; what is silent. And what the server tells people. */
import { alarms } from "./alarms.js";
import { token } from "./api.js";
import { now } from "./clock.js";
import { current, stale } from "./current.js";
import { announce, bdi, h, replace, setText } from "./dom.js";
import { age, bytes, cut, number, timeOfDay } from "./format.js";
import { live } from "./live.js";
import { recorder } from "./recorder.js";
import { href } from "./router.js";
import { server } from "./server.js";
import { settings } from "./settings.js";
import { NEEDS_TOKEN } from "./stream.js";

const MOST_NAMED = 2; // alarms and stale types in the line
const LITTLE = 0.1; // of a disk

export function verdict() {
  const line = h("p", { class: "verdict" });
  const notices = h("div");
  const parts = new Map();
  let said = null;
  let shown = null;

  function draw() {
    const next = [headline(), ...criticals(), ...facts()];
    // Texts are set where they are: a rebuilt link would lose the focus.
    const keys = next.map((part) => part.key).join("\n");
    if (keys !== shown) {
      shown = keys;
      parts.clear();
      replace(line, next.map((part) => { const element = part.make(); parts.set(part.key, element); return element; }));
    }
    for (const part of next) part.update?.(parts.get(part.key));
    const saying = next.filter((part) => part.text).map((part) => part.text).join("; ");
    if (said !== null && said !== saying) announce(saying);
    said = saying;
  }

  function drawNotices() {
    const list = [...(recorder.ready?.notices ?? [])];
    const isNewer = recorder.ready && server.info.version && recorder.ready.version && recorder.ready.version !== server.info.version;
    const key = JSON.stringify([list, isNewer]);
    if (notices.dataset.key === key) return;
    notices.dataset.key = key;
    replace(notices,
      isNewer && h("p", { class: "notice" }, "The server is another version now. ", h("button", { class: "button", type: "button", onclick: () => location.reload() }, "Reload this page")),
      list.length > 0 && h("details", { class: "notice", role: "note" },
        h("summary", {}, list.length === 1 ? "The server has a notice" : `The server has ${list.length} notices`),
        h("ul", {}, list.map((text) => h("li", { dir: "auto" }, cut(text, 1000))))));
  }

  recorder.on(() => { draw(); drawNotices(); });
  alarms.on(draw);
  live.on("status", draw);
  settings.on("times", draw);
  const first = current.on(() => { first(); draw(); });
  setInterval(draw, 1000);
  draw();
  return [line, notices];
}

function headline() {
  const { state, since, reason } = live.status;
  if (state === "lost" && reason === NEEDS_TOKEN) {
    const text = "This server shows what it has recorded to those with a token";
    return { key: text, text, make: () => h("span", {}, h("strong", { class: "bad" }, text), " ", h("button", { class: "button", type: "button", onclick: () => token.enter() }, "Enter token…")) };
  }
  if (state === "lost") {
    const text = `Connection lost since ${timeOfDay(since)}`;
    return { key: `lost ${text} ${reason}`, text, make: () => h("span", {}, h("strong", { class: "bad" }, text), reason ? `: ${reason}` : "") };
  }
  const ready = recorder.ready;
  if (ready && !ready.ready) {
    const text = `Cannot record: ${ready.reason ?? "the server does not say why"}`;
    return { key: text, text, make: () => h("strong", { class: "bad", dir: "auto" }, text) };
  }
  const text = ready ? "Recording" : "Connecting…";
  return { key: text, text, make: () => h("strong", { class: ready && "good" }, text) };
}

function criticals() {
  const all = alarms.critical;
  const list = all.slice(0, MOST_NAMED).map(({ name, state }) => {
    const text = `critical: ${cut(name, 60)}${state === "acknowledged" ? " (acknowledged)" : ""}`;
    return { key: `alarm ${text}`, text, make: () => h("strong", {}, h("a", { href: href("alarms"), class: "bad", dir: "auto" }, `✖ ${text}`)) };
  });
  if (all.length > MOST_NAMED) {
    const text = `${number(all.length - MOST_NAMED)} more critical`;
    list.push({ key: text, text, make: () => h("strong", { class: "bad" }, text) });
  }
  return list;
}

/** What is free on the disk, in per cent and bytes; nothing where the server does not tell. */
function diskPart(disk) {
  if (!disk) return [];
  const { free_bytes: free, size_bytes: size } = disk;
  const isLittle = size > 0 && free < LITTLE * size;
  const share = size > 0 ? `${number(Math.floor((100 * free) / size))} % free (${bytes(free)})` : `${bytes(free)} free`;
  return [{
    key: `disk ${isLittle}`, text: isLittle && "the disk is nearly full", make: () => h("span", { class: isLittle ? "warn" : "muted" }),
    update: (element) => setText(element, `${isLittle ? "▲ " : ""}disk ${share}`),
  }];
}

function facts() {
  const list = [];
  const { run, ready } = recorder;
  if (run) {
    list.push({
      key: `run ${run.run_id}`,
      make: () => h("span", {}, "run ", h("a", { href: href("run", run.run_id), dir: "auto" }, cut(run.run_id, 60)), h("span")),
      update: (element) => setText(element.lastChild, ` for ${age(now() - Date.parse(run.started_at))}`),
    });
  } else if (run === null && ready) {
    list.push({ key: "no run", make: () => h("span", { class: "muted" }, "no run") });
  }
  if (live.status.state === "live") {
    list.push({ key: "rate", make: () => h("span"), update: (element) => {
      const rate = recorder.rate();
      setText(element, `${number(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)} events/s`);
    } });
    const silent = stale();
    for (const entry of silent.slice(0, MOST_NAMED)) {
      list.push({
        key: `silent ${entry.type}`,
        make: () => h("span", { class: "bad" }, h("a", { href: href("type", entry.type), class: "bad" }, bdi(cut(entry.type, 60))), h("span")),
        update: (element) => setText(element.lastChild, ` silent for ${age(now() - entry.at)}`),
      });
    }
    if (silent.length > MOST_NAMED) {
      list.push({ key: "more", make: () => h("span", { class: "bad" }), update: (element) => setText(element, `${number(silent.length - MOST_NAMED)} more silent`) });
    }
  }
  list.push(...diskPart(ready?.disk));
  if (ready?.history === "behind") list.push({ key: "behind", make: () => h("span", { class: "muted" }, "history is being built") });
  return list;
}
