/**
 * The state of the recorder: GET /ready and GET /run, every ten seconds while the page is seen, and when the stream says so.
 *
 * recorder.ready     {ready, reason?, notices?, history, version}, or null before the first answer
 * recorder.run       {run_id, started_at, meta, run_dir} of the active run, or null; undefined before the first answer
 * recorder.refresh() asks now
 * recorder.on(fn)    after each answer
 * recorder.rate()    events a second, of the last ten seconds
 */
import { get } from "./api.js";
import { live } from "./live.js";

const listeners = new Set();
const counts = []; // of events, one a second

export const recorder = {
  ready: null,
  run: undefined,
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
  refresh() {
    asked ??= ask().finally(() => { asked = null; });
    return asked;
  },
  rate() { return counts.length < 2 ? 0 : (counts.at(-1) - counts[0]) / (counts.length - 1); },
};

let asked = null;

async function ask() {
  try {
    recorder.ready = await get("/ready");
  } catch (error) {
    if (error.status < 500) return;
    recorder.ready = { ...recorder.ready, ...error.body, ready: false, reason: error.message };
  }
  try {
    recorder.run = recorder.ready.run_active || live.run ? await get("/run") : null;
  } catch (error) {
    if (error.status === 404) recorder.run = null; // it was stopped meanwhile
  }
  for (const fn of [...listeners]) fn();
}

live.on("run", () => recorder.refresh());
live.on("status", ({ state }) => {
  counts.length = 0; // what was missed comes at once, and is no rate
  if (state !== "catching-up") recorder.refresh();
});
document.addEventListener("visibilitychange", () => { counts.length = 0; if (!document.hidden) recorder.refresh(); });
setInterval(() => { if (!document.hidden) recorder.refresh(); }, 10_000);
setInterval(() => { counts.push(live.received); if (counts.length > 11) counts.shift(); }, 1000);
