/** [line, notices]. One line: is it recording, and if not, why; which run, how much; what is silent. And what the server tells people. */
import { token } from "./api.js";
import { now } from "./clock.js";
import { current, stale } from "./current.js";
import { announce, bdi, h, replace, setText } from "./dom.js";
import { age, cut, number, timeOfDay } from "./format.js";
import { live } from "./live.js";
import { recorder } from "./recorder.js";
import { href } from "./router.js";
import { server } from "./server.js";
import { settings } from "./settings.js";
import { NEEDS_TOKEN } from "./stream.js";

const MOST_NAMED = 2; // stale types in the line

export function verdict() {
  const line = h("p", { class: "verdict" });
  const notices = h("div");
  const parts = new Map();
  let said = null;
  let shown = null;

  function draw() {
    const next = [headline(), ...facts()];
    // Texts are set where they are: a rebuilt link would lose the focus.
    const keys = next.map((part) => part.key).join("\n");
    if (keys !== shown) {
      shown = keys;
      parts.clear();
      replace(line, next.map((part) => { const element = part.make(); parts.set(part.key, element); return element; }));
    }
    for (const part of next) part.update?.(parts.get(part.key));
    const [head] = next;
    if (said !== null && said !== head.key) announce(head.text);
    said = head.key;
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
  if (ready?.history === "behind") list.push({ key: "behind", make: () => h("span", { class: "muted" }, "history is being built") });
  return list;
}
