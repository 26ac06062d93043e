/**
 * Now: a card for each type. Those that are critical come first, then pinned ones, those with other alarms, stale ones, and the others, by
 * name. The order is made anew only while nobody points at the cards, has the focus in them or scrolls, so that nothing jumps away under
 * a finger. The events of alarms have no cards: each stands on the card of what it watches.
 */
import { alarms, isAlarm, rank } from "../core/alarms.js";
import { now as serverNow } from "../core/clock.js";
import { current, isStale } from "../core/current.js";
import { h, replace, setText } from "../core/dom.js";
import { fields } from "../core/fields.js";
import { number } from "../core/format.js";
import { server } from "../core/server.js";
import { href, replaceParams } from "../core/router.js";
import { settings } from "../core/settings.js";
import { Card } from "./card.js";
import { runControl } from "./runcontrol.js";

const collator = new Intl.Collator(undefined, { numeric: true });
const PAGE = 200; // cards, then "more"
const REST = 4000; // ms without a touch or a scroll before the order is made anew
const REORDER = 5; // s
const DRAWS = 200; // ms from one drawing of values to the next: nobody reads faster, and a wall of cards costs

export function mount(root, { params }) {
  const cards = new Map();
  const byElement = new WeakMap();
  const seen = new Set();
  let limit = PAGE;
  let touched = 0;
  let shown = [];
  let seconds = 0;
  let isSorted = false;

  const filter = h("input", {
    class: "text", type: "search", placeholder: "Filter types  ( / )", "aria-label": "Filter types", "data-filter": true, spellcheck: "false", autocomplete: "off",
    oninput: () => { limit = PAGE; replaceParams(filter.value ? { q: filter.value } : null); arrange(); },
  });
  filter.value = params.get("q") ?? "";
  const count = h("span", { class: "muted", role: "status" });
  const control = runControl();
  const grid = h("div", { class: "cards" });
  const more = h("button", { class: "button more", type: "button", onclick: () => { limit += PAGE; arrange(); } });
  const empty = h("div", { class: "empty" });
  root.append(h("h1", { class: "visually-hidden" }, "Now"), h("div", { class: "toolbar now-bar" }, filter, count, control.element), empty, grid, more);

  const observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      const card = byElement.get(target);
      if (isIntersecting) { seen.add(card); card.show(); } else { seen.delete(card); card.hide(); }
    }
  }, { rootMargin: "300px 0px" });

  function cardOf(entry) {
    let card = cards.get(entry.type);
    if (!card) {
      card = new Card(entry, { pinned: settings.get("pins").includes(entry.type), onPin: togglePin, alarms: alarms.ofType(entry.type) });
      cards.set(entry.type, card);
      byElement.set(card.element, card);
    }
    return card;
  }

  function togglePin(type) {
    const pins = settings.get("pins");
    settings.set("pins", pins.includes(type) ? pins.filter((one) => one !== type) : [...pins, type]);
  }

  /** The entries in their order, as many as are shown. */
  function arrange() {
    const now = serverNow();
    const pins = new Set(settings.get("pins"));
    const wanted = filter.value.trim().toLowerCase();
    const known = [...current.types.values()].filter((entry) => !isAlarm(entry.event));
    const all = known.filter((entry) => !wanted || entry.type.toLowerCase().includes(wanted));
    const ranks = new Map(all.map((entry) => [entry, rankOf(entry, pins, now)]));
    all.sort((a, b) => ranks.get(a) - ranks.get(b) || compare(a.type, b.type));
    const next = all.slice(0, limit).map(cardOf);
    if (next.length !== shown.length || next.some((card, index) => card !== shown[index])) place(next);
    more.hidden = all.length <= limit;
    setText(more, `Show ${number(Math.min(PAGE, all.length - limit))} more of ${number(all.length - limit)}`);
    const total = known.length;
    setText(count, total === 0 ? "" : wanted ? `${number(all.length)} of ${number(total)} types` : total === 1 ? "1 type" : `${number(total)} types`);
    drawEmpty(total, wanted, all.length);
  }

  function place(next) {
    const kept = new Set(next);
    for (const card of shown) if (!kept.has(card)) { observer.unobserve(card.element); seen.delete(card); card.hide(); }
    const before = new Set(shown);
    grid.replaceChildren(...next.map((card) => card.element));
    // What is surely seen is filled at once, and not only when the observer tells of it a frame later.
    const first = Math.ceil(innerWidth / 330) * Math.ceil(innerHeight / 210);
    next.forEach((card, index) => {
      if (before.has(card)) return;
      if (before.size === 0 && index < first) { seen.add(card); card.show(); }
      observer.observe(card.element);
    });
    shown = next;
  }

  function drawEmpty(total, wanted, matching) {
    const kind = !current.loaded ? "waiting" : total === 0 ? "nothing" : matching === 0 ? `none ${wanted}` : "";
    if (empty.dataset.kind === kind) return;
    empty.dataset.kind = kind;
    empty.hidden = kind === "" || kind === "waiting";
    if (kind === "nothing") replace(empty, ...nothingYet());
    else if (kind) replace(empty, h("p", {}, "No type has ", h("bdi", {}, wanted), " in its name."));
  }

  let drawing = null;
  let drawn = -DRAWS;
  function drawSoon() {
    drawing ??= setTimeout(() => requestAnimationFrame(() => {
      drawing = null;
      drawn = performance.now();
      const now = serverNow();
      for (const card of seen) card.draw(now);
    }), Math.max(0, drawn + DRAWS - performance.now()));
  }

  function isAtRest() {
    return performance.now() - touched > REST && !grid.matches(":hover") && !grid.contains(document.activeElement);
  }

  const showAll = () => { for (const card of shown) card.show(); }; // what is printed was perhaps never seen
  addEventListener("beforeprint", showAll);
  const touch = () => { touched = performance.now(); };
  addEventListener("scroll", touch, { passive: true });
  grid.addEventListener("touchstart", touch, { passive: true });
  touched = -REST;

  const ends = [
    control.unmount,
    current.on((types) => {
      let isNew = shown.length === 0;
      for (const type of types) {
        const card = cards.get(type);
        const entry = current.types.get(type);
        if (!entry) { cards.delete(type); isNew = true; } else if (card) { card.entry = entry; card.take(); if (seen.has(card)) drawSoon(); } else isNew = true;
      }
      if (current.hasIntervals && !isSorted) { // what is stale is known from now on
        isSorted = true;
        return arrange();
      }
      if (isNew && (shown.length === 0 || isAtRest())) arrange();
    }),
    alarms.on(() => {
      for (const [type, card] of cards) card.setAlarms(alarms.ofType(type));
      if (isAtRest()) arrange();
    }),
    settings.on("pins", (pins) => {
      for (const [type, card] of cards) card.setPinned(pins.includes(type));
      arrange();
    }),
    settings.on("times", () => { for (const card of cards.values()) card.stale = undefined; }),
    () => { removeEventListener("scroll", touch); removeEventListener("beforeprint", showAll); observer.disconnect(); },
  ];
  const timer = setInterval(() => {
    const now = serverNow();
    for (const card of seen) card.tick(now);
    seconds += 1;
    if (seconds % REORDER === 0 && isAtRest()) arrange();
  }, 1000);
  arrange();

  return {
    update({ params: next }) { filter.value = next.get("q") ?? ""; arrange(); },
    unmount() { clearInterval(timer); clearTimeout(drawing); for (const end of ends) end(); },
  };
}

function rankOf(entry, pins, now) {
  const [worst] = alarms.ofType(entry.type);
  if (worst && rank(worst) === 0) return 0;
  return pins.has(entry.type) ? 1 : worst ? 1 + rank(worst) : isStale(entry, now) ? 4 : 5;
}

/** By name, with the numbers in it as numbers; by code unit where that is all there is to tell. */
function compare(a, b) { return collator.compare(a, b) || (a < b ? -1 : 1); }

function nothingYet() {
  const token = server.info.needs_token ? " \\\n  -H \"Authorization: Bearer $TOKEN\"" : "";
  const line = `curl ${new URL("event", document.baseURI)} \\\n  -H 'Content-Type: application/json'${token} \\\n  -d '{"type":"weather","data":{"sky":"clear","wind_mps":3.5}}'`;
  return [h("h2", {}, "Nothing recorded yet"), h("p", {}, "Types appear here with their latest values as soon as events of them are recorded. To try:"), h("pre", { tabindex: 0 }, h("code", {}, line))];
}
