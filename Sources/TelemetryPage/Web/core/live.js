/**
 * What is recorded, as it is recorded: one stream a browser, shared by its tabs.
 *
 * live.on("events", fn)    fn(events, {after, cursor}): each event once, in order, as arrays at most once a frame; `after` and `cursor`
 *                          are the places in GET /events before and behind them (null where not known)
 * live.on("current", fn)   fn({types: Set, whole: boolean}): of which types live.latest changed; whole: all of it was loaded anew
 * live.on("run", fn)       fn(run_id or null): a run was started or stopped (also told once when it is first known)
 * live.on("gap", fn)       fn({reason, detail, after, missed}): events are missing; the current view comes anew by itself
 * live.on("status", fn)    fn(status)
 * Each returns a function that ends it.
 *
 * live.status    {state: "live" | "catching-up" | "lost", since: ms, reason: text or null}. Values are old while it is not live
 * live.latest    Map(type → event), as GET /current
 * live.run       id of the active run, null, or undefined before it is known
 * live.received  how many events have come, for a rate
 * live.start()   by the shell, once
 *
 * The browser allows six connections to an origin (HTTP/1.1), so one tab follows: the one that has the Web Lock, the *leader*. It hands
 * the frames on over a BroadcastChannel, as they came. A tab takes a batch only if it follows on what it has (`from` is its own cursor and
 * count), else it asks the leader for its whole state, which the channel keeps in order with the batches. When the leader goes, the lock
 * passes on, and the next one resumes at its own cursor. A tab that is seen and hears nothing of the leader for 35 s (it was frozen) takes
 * the lock. Tabs with other tokens have another lock and channel. Without Web Locks (they need a secure context, which http://192.168.… is
 * not) each tab has its own stream.
 *
 * The stream is asked for with mode=latest: a slow phone gets the latest of each type, and not a backlog. As long as any tab listens to
 * "events" it is mode=all, from the same cursor. It is let go when all tabs were hidden for a minute, and resumed at the cursor, or, if
 * that is more than five minutes old and nobody wants all events, begun anew. Where alarms sound (settings "alarms.sound") it is kept.
 */
import { token } from "./api.js";
import { now } from "./clock.js";
import { settings } from "./settings.js";
import { openStream } from "./stream.js";

const HIDDEN = 60_000, OLD = 5 * 60_000; // ms
const LEADERLESS = 35_000; // more than two of the signs of life, every 15 s, that the server sends
const MOST_PENDING = 20_000; // events that wait for a frame

const tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
const listeners = { events: new Set(), current: new Set(), run: new Set(), gap: new Set(), status: new Set() };
let place = { cursor: null, count: 0 }; // what this tab has: the last id, and how many frames of this leader
let pending = emptyPending();
let drawing = false;
let hasView = false; // whether live.latest is the whole current view

export const live = {
  status: { state: "catching-up", since: now(), reason: null },
  latest: new Map(),
  run: undefined,
  received: 0,
  on(kind, fn) {
    listeners[kind].add(fn);
    if (kind === "events") tellWishes();
    return () => { listeners[kind].delete(fn); if (kind === "events") tellWishes(); };
  },
  start() { join(); },
};

function tell(kind, ...values) {
  for (const fn of [...listeners[kind]]) {
    try { fn(...values); } catch (error) { reportError(error); } // one view's fault is not another's
  }
}

/* Frames → state; the same in each tab. */
function emptyPending() { return { types: new Set(), whole: false, events: [], after: place?.cursor ?? null }; }

function apply(frames) {
  const wanted = listeners.events.size > 0;
  for (const frame of frames) {
    if (frame.event === "" && frame.data !== null) {
      const event = JSON.parse(frame.data);
      live.received += 1;
      if (wanted) pending.events.push(event);
      if (event.make_current !== false) {
        live.latest.set(event.type, event);
        pending.types.add(event.type);
      }
    } else if (frame.event === "hello") {
      takeRun(JSON.parse(frame.data).run_id);
    } else if (frame.event === "current") {
      live.latest = new Map(Object.entries(JSON.parse(frame.data).current));
      pending.whole = true;
      hasView = true;
    } else if (frame.event === "run") {
      takeRun(JSON.parse(frame.data).run_id);
    } else if (frame.event === "gap") {
      deliver();
      tell("gap", JSON.parse(frame.data));
    }
    if (frame.id !== null) place.cursor = frame.id;
  }
  place.count += frames.length;
  if (pending.events.length > MOST_PENDING) deliver();
  else if (!drawing) {
    drawing = true;
    if (document.hidden) setTimeout(deliver, 1000);
    else requestAnimationFrame(deliver);
  }
}

function deliver() {
  drawing = false;
  const { types, whole, events, after } = pending;
  pending = emptyPending();
  if (whole || types.size > 0) tell("current", { types: whole ? new Set(live.latest.keys()) : types, whole });
  if (events.length > 0) tell("events", events, { after, cursor: place.cursor });
}

function takeRun(id) {
  if (id === live.run) return;
  live.run = id;
  tell("run", id);
}

function takeStatus(status) {
  live.status = status;
  tell("status", status);
}

/* The tabs. */

let session = null; // {channel, lock, leader: boolean, tabs: Map, stream, heard, release}

async function join() {
  leave();
  const mine = session = { channel: null, name: null, leader: false, tabs: new Map(), stream: null, heard: Date.now(), release: () => {} };
  if (!navigator.locks || !globalThis.BroadcastChannel || !crypto.subtle) return lead(mine);
  mine.name = "telemetry.open";
  if (token.get() !== null) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token.get()));
    if (session !== mine) return;
    mine.name = "telemetry." + [...new Uint8Array(digest, 0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  mine.channel = new BroadcastChannel(mine.name);
  mine.channel.onmessage = ({ data }) => { if (session === mine) hear(mine, data); };
  post({ kind: "ask", ...wishes() });
  takeLock(mine, {});
}

function takeLock(mine, options) {
  navigator.locks.request(mine.name, options, () => {
    if (session !== mine) return undefined;
    lead(mine);
    return new Promise((resolve) => { mine.release = resolve; });
  }).catch((error) => {
    if (session !== mine) return;
    if (error.name !== "AbortError") return lead(mine); // locks are denied here
    stopLeading(mine); // another tab took the lock from this one, which had been frozen
    post({ kind: "ask", ...wishes() });
    takeLock(mine, {});
  });
}

function leave() {
  if (!session) return;
  post({ kind: "gone", tab });
  stopLeading(session);
  session.channel?.close();
  session.release();
  session = null;
}

function post(message) { session?.channel?.postMessage(message); }

function wishes() { return { tab, seen: !document.hidden || settings.get("alarms.sound") === true, all: listeners.events.size > 0 }; }

function tellWishes() {
  if (!session) return;
  if (session.leader) weigh(session); else post({ kind: "here", ...wishes() });
}

function hear(mine, message) {
  mine.heard = Date.now();
  if (message.kind === "gone") {
    mine.tabs.delete(message.tab);
  } else if (message.kind === "who") {
    if (!mine.leader) post({ kind: "here", ...wishes() });
  } else if (message.kind === "here" || message.kind === "ask") {
    mine.tabs.set(message.tab, message);
    if (message.kind === "ask" && mine.leader && hasView) postState(message.tab);
  } else if (message.kind === "state" && message.to === tab) {
    place = message.place;
    live.latest = message.latest;
    pending.whole = true;
    hasView = true;
    takeRun(message.run);
    takeStatus(message.status);
    apply([]);
  } else if (message.kind === "batch" && !mine.leader) {
    if (message.from.cursor === place.cursor && message.from.count === place.count) apply(message.frames);
    else if (message.leader !== mine.asked) { mine.asked = message.leader; post({ kind: "ask", ...wishes() }); setTimeout(() => { mine.asked = null; }, 1000); }
  } else if (message.kind === "status" && !mine.leader) {
    takeStatus(message.status);
  }
  if (mine.leader) weigh(mine);
}

function postState(to) {
  post({ kind: "state", to, place: { ...place }, latest: live.latest, run: live.run, status: live.status });
}

/* The leader. */

function lead(mine) {
  mine.leader = true;
  post({ kind: "who" });
  weigh(mine);
}

function stopLeading(mine) {
  mine.leader = false;
  clearTimeout(mine.hiding);
  clearTimeout(mine.changing);
  mine.stream?.close();
  mine.stream = null;
}

/** Has the stream as the tabs want it: none while all are hidden, of all events if one wants all. */
function weigh(mine) {
  const all = [wishes(), ...mine.tabs.values()];
  const mode = all.some((one) => one.all) ? "all" : "latest";
  if (all.some((one) => one.seen)) {
    clearTimeout(mine.hiding);
    mine.hiding = null;
    if (!mine.stream) open(mine, mode);
    else if (mode !== mine.mode && !mine.changing) {
      mine.changing = setTimeout(() => { mine.changing = null; reopen(mine); }, 300); // views change: not twice
    }
  } else if (mine.stream) {
    mine.hiding ??= setTimeout(() => {
      mine.stream?.close();
      mine.stream = null;
      mine.left = Date.now();
      takeStatus({ state: "catching-up", since: now(), reason: null });
    }, HIDDEN);
  }
}

function reopen(mine) {
  const mode = [wishes(), ...mine.tabs.values()].some((one) => one.all) ? "all" : "latest";
  if (!mine.stream || mode === mine.mode) return;
  mine.stream.close();
  open(mine, mode, live.status.state === "live");
}

/** `quietly`: that it begins anew is told only if it takes long. */
function open(mine, mode, quietly = false) {
  let held = null;
  const isOld = mine.left && Date.now() - mine.left > OLD && mode === "latest";
  mine.left = null;
  mine.mode = mode;
  mine.stream = openStream({
    cursor: isOld ? null : place.cursor,
    mode,
    take(frames) {
      if (!mine.leader) return;
      if (mine.tabs.size > 0) post({ kind: "batch", leader: tab, from: { ...place }, frames });
      apply(frames);
    },
    status(state, since, reason) {
      if (!mine.leader) return;
      const offset = now() - Date.now();
      clearTimeout(held);
      const say = () => {
        takeStatus({ state, since: since === null ? live.status.since : since + offset, reason });
        post({ kind: "status", status: live.status });
      };
      if (quietly && state === "catching-up") held = setTimeout(say, 500);
      else if (state !== live.status.state || reason !== live.status.reason) say();
    },
  });
}

/* The page comes and goes. */

document.addEventListener("visibilitychange", () => {
  tellWishes();
  if (!document.hidden) { session?.stream?.wake(); if (drawing) deliver(); }
});
settings.on("alarms.sound", tellWishes);
addEventListener("online", () => session?.stream?.wake());
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => { if (event.persisted) join(); });
token.on(() => {
  if (!session) return;
  place = { cursor: null, count: 0 };
  hasView = false;
  live.latest = new Map(); // what another token allowed to see
  pending.whole = true;
  apply([]);
  join();
});
setInterval(() => {
  if (!session?.channel || document.hidden) return;
  if (session.leader) post({ kind: "status", status: live.status });
  else if (Date.now() - session.heard > LEADERLESS) {
    session.heard = Date.now();
    takeLock(session, { steal: true });
  }
}, 10_000);
