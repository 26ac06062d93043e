/** The header: name, places with the number of alarms, badge, menu, and the verdict in one line. */
import { alarms } from "./alarms.js";
import { token } from "./api.js";
import { help } from "./keys.js";
import { h, replace, setText } from "./dom.js";
import { number, timeOfDay } from "./format.js";
import { live } from "./live.js";
import { href } from "./router.js";
import { server } from "./server.js";
import { settings } from "./settings.js";
import { NEEDS_TOKEN } from "./stream.js";
import { verdict } from "./verdict.js";

const PLACES = [["now", "Now"], ["events", "Events"], ["runs", "Runs"], ["alarms", "Alarms"], ["traces", "Traces"]];
const PARTS_OF = { type: "now", run: "runs" };

export function header() {
  const brand = h("a", { class: "brand", href: href("now") });
  const nav = h("nav", { class: "nav", "aria-label": "Places" });
  const count = h("span", { class: "count", hidden: true });
  alarms.on(() => {
    const all = alarms.unattended;
    count.hidden = all.length === 0;
    count.dataset.kind = all.some(({ severity }) => severity === "critical") ? "bad" : "warn";
    setText(count, number(all.length));
    count.title = `${number(all.length)} that nobody has acknowledged`;
  });
  const [line, notices] = verdict();
  const element = h("header", { class: "shell" }, h("div", { class: "bar" }, brand, nav, badge(), menu()), line);
  return {
    elements: [element, notices],
    setView({ view }) {
      setText(brand, server.info.host);
      brand.title = `telemetry-server ${server.info.version} on ${server.info.host}`;
      const here = PARTS_OF[view] ?? view;
      replace(nav, PLACES.filter(([place]) => !["alarms", "traces"].includes(place) || server.info[place] === true || place === here)
        .map(([place, title]) => h("a", { href: href(place), "aria-current": place === here && "page" }, title, place === "alarms" && count)));
    },
  };
}

function badge() {
  const element = h("span", { class: "badge", role: "status" });
  const draw = () => {
    const { state, since, reason } = live.status;
    element.dataset.state = state;
    document.documentElement.dataset.connection = state;
    element.title = reason ?? "";
    setText(element, state === "live" ? "Live" : reason === NEEDS_TOKEN ? "No token" : state === "lost" ? `Lost since ${timeOfDay(since)}` : "Catching up");
  };
  live.on("status", draw);
  settings.on("times", draw);
  draw();
  return element;
}

function menu() {
  const choice = (key, label, options) => {
    const select = h("select", { onchange: () => settings.set(key, select.value) }, options.map(([value, text]) => h("option", { value }, text)));
    const draw = () => { select.value = settings.get(key); };
    settings.on(key, draw);
    draw();
    return h("label", {}, label, select);
  };
  const forget = h("button", { class: "button", type: "button", onclick: () => { token.set(null); location.reload(); /* nothing of it stays on the page */ } }, "Forget token");
  const enter = h("button", { class: "button", type: "button", onclick: () => { details.open = false; token.enter(); } }, "Enter token…");
  const site = h("option", { value: "site" });
  const times = choice("times", "Times", [["local", "This device's zone"], ["utc", "UTC"]]);
  times.querySelector("select").append(site);
  const sheet = h("div", { class: "sheet" },
    choice("theme", "Theme", [["auto", "As the system"], ["light", "Light"], ["dark", "Dark"], ["night", "Night (red on black)"]]),
    times, enter, forget,
    h("button", { class: "button", type: "button", onclick: () => { details.open = false; help(); } }, "Keys ", h("kbd", {}, "?")),
    h("p", { class: "muted" }));
  const draw = () => {
    setText(site, `Site (${server.info.time_zone})`);
    times.querySelector("select").value = settings.get("times");
    setText(sheet.lastChild, `telemetry-server ${server.info.version}`);
    enter.hidden = !server.info.needs_token;
    forget.hidden = token.get() === null;
  };
  const details = h("details", { class: "menu" }, h("summary", { class: "button quiet", "aria-label": "Settings" }, "☰"), sheet);
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.firstChild.focus();
  });
  server.on(draw);
  token.on(draw);
  draw();
  return details;
}
