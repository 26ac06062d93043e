/** The page: starts the stream, draws the header, and mounts the view that the address names. */
import { alarms } from "./core/alarms.js";
import { token } from "./core/api.js";
import { announce, h, replace } from "./core/dom.js";
import { header } from "./core/header.js";
import { startKeys } from "./core/keys.js";
import { live } from "./core/live.js";
import "./core/current.js";
import { cut } from "./core/format.js";
import { recorder } from "./core/recorder.js";
import { parse } from "./core/router.js";
import { server } from "./core/server.js";
import "./core/sound.js";
import { askForToken } from "./core/dialogs.js";

live.start(); // first, so that the values are on their way while the rest is made

const TITLES = { now: "Now", events: "Events", runs: "Runs", alarms: "Alarms", traces: "Traces" };
const main = h("main", { id: "main", tabindex: "-1" });
const announcer = h("div", { id: "announcer", class: "visually-hidden", role: "status", "aria-live": "polite" });
const top = header();
let shown = null; // {view, name, mounted}
let turn = 0;

document.body.append(
  h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, "Skip to the view"),
  ...top.elements, main, announcer,
);

token.ask = askForToken;
token.on(() => server.load().catch(() => {}));

async function show() {
  const place = parse(location.hash);
  if (shown?.mounted?.update && shown.view === place.view && shown.name === place.name) return shown.mounted.update(place);
  const mine = ++turn;
  const isFirst = shown === null;
  top.setView(place);
  setTitle();
  let module;
  try { module = await import(`./views/${place.view}.js`); } catch (error) { reportError(error); }
  if (mine !== turn) return;
  try { shown?.mounted?.unmount?.(); } catch (error) { reportError(error); }
  replace(main);
  shown = { ...place, mounted: null };
  scrollTo(0, 0);
  if (!module) { replace(main, problem("This view could not be loaded. Is the server there?")); return; }
  try { shown.mounted = module.mount(main, place); } catch (error) {
    reportError(error);
    replace(main, problem(`This view could not be shown: ${error.message}`));
  }
  if (!isFirst) { main.focus({ preventScroll: true }); announce(document.title); }
}

function setTitle() {
  const { view, name } = parse(location.hash);
  const isBad = live.status.state === "lost" || recorder.ready?.ready === false;
  const isCritical = alarms.critical.some(({ state }) => state === "on");
  document.title = `${isCritical ? "✖ " : ""}${isBad ? "⚠ " : ""}${name === null ? TITLES[view] : cut(name, 80)} · ${server.info.host}`;
}

function problem(text) {
  return h("div", { class: "empty", role: "alert" }, h("p", {}, text), h("p", {}, h("button", { class: "button", type: "button", onclick: () => location.reload() }, "Reload")));
}

addEventListener("hashchange", show);
startKeys();
server.on(() => { top.setView(parse(location.hash)); setTitle(); });
live.on("status", setTitle);
recorder.on(setTitle);
alarms.on(setTitle);
server.load().catch(() => {});
show();
