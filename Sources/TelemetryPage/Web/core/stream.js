/**
 * One connection to GET /events that comes back: the leader of the tabs (live.js) has it.
 *
 * openStream({cursor, mode, take, status}) → {close(), wake()}
 * - take(frames)                  what came together, in order: {event, id, data}. `hello` begins every connection; none, of a comment,
 *                                 is a sign of life
 * - status(state, since, reason)  "live", "catching-up" (connecting, or what was missed is still coming), "lost" (since when)
 * - wake()                        tries at once: the network or the person is back
 *
 * It goes on from the last id (`Last-Event-ID`), so that nothing is missed and nothing comes twice. After a `gap` it begins anew with
 * the whole current view, at most once in ten seconds. No byte for 40 s, not even the server's comment of every 15 s, is a lost
 * connection. Waits double from half a second to 30 s, with jitter, or are what Retry-After says.
 *
 * Nothing in the stream says "that was the last of what you missed". It is taken as caught up once nothing more came for 100 ms, or the
 * events are less than 5 s old.
 */
import { getResponse, token } from "./api.js";
import { now } from "./clock.js";
import { batches } from "./frames.js";

/** The reason of "lost" while the server wants a token, or another one. */
export const NEEDS_TOKEN = "A token is needed";

const SILENCE = 40_000; // ms
const SILENT = "Nothing came for 40 s";
const LONGEST_WAIT = 30_000;
const RELOAD = 10_000;
const TURN = 24; // ms of work before the page may draw

export function openStream({ cursor, mode, take, status }) {
  const whole = new AbortController();
  let attempt = null;
  let interrupt = () => {};
  let heard = Date.now();
  let reloaded = 0;
  let state = null;

  function become(next, reason = null, since = Date.now()) {
    if (state === `${next} ${reason}`) return;
    // Further failures do not move the time since when it is lost.
    const still = next === "lost" && state?.startsWith("lost");
    state = `${next} ${reason}`;
    status(next, still ? null : since, reason);
  }

  /** Reads one connection to its end. @returns why it ended, or null when it was ended here to begin anew. */
  async function connect(signal) {
    const response = await getResponse("/events", { current: "true", mode }, {
      headers: { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) }, signal,
    });
    become("catching-up");
    heard = Date.now();
    let settled = null;
    let turn = performance.now();
    let ending = "The connection was closed";
    const watch = setInterval(() => { if (Date.now() - heard > SILENCE) attempt.abort(); }, 5000);
    try {
      for await (const frames of batches(response, signal)) {
        heard = Date.now();
        clearTimeout(settled);
        take(frames);
        if (frames.length > 0) {
          cursor = frames.at(-1).id ?? cursor;
          const bye = frames.find((frame) => frame.event === "bye");
          if (bye) ending = JSON.parse(bye.data).reason;
          if (frames.some((frame) => frame.event === "gap") && await beginAnew(signal)) return null;
        }
        if (frames.some((frame) => frame.event === "current") || isRecent(frames.at(-1))) become("live");
        else if (!state.startsWith("live")) settled = setTimeout(() => become("live"), 100);
        if (performance.now() - turn > TURN) {
          await new Promise((resolve) => setTimeout(resolve));
          turn = performance.now();
        }
      }
    } finally {
      clearTimeout(settled);
      clearInterval(watch);
    }
    return signal.aborted && !whole.signal.aborted ? SILENT : ending;
  }

  async function beginAnew(signal) {
    become("catching-up");
    if (Date.now() - reloaded < RELOAD) await pause(reloaded + RELOAD - Date.now());
    reloaded = Date.now();
    cursor = null;
    return !signal.aborted;
  }

  async function run() {
    let failures = 0;
    while (!whole.signal.aborted) {
      attempt = new AbortController();
      let wait = null;
      const before = heard;
      try {
        const reason = await connect(attempt.signal);
        if (whole.signal.aborted) return;
        failures = heard > before ? 0 : failures;
        if (reason === null) continue;
        become("lost", reason, heard);
      } catch (error) {
        if (whole.signal.aborted) return;
        if (error.status === 410) cursor = null;
        if (error.status === 401) wait = Infinity; // until there is another token
        else if (error.retryAfter) wait = error.retryAfter * 1000;
        else if (error.status >= 400 && error.status < 500 && error.status !== 410) wait = LONGEST_WAIT;
        become("lost", attempt.signal.aborted ? SILENT : error.status === 401 ? NEEDS_TOKEN : error.status === undefined ? "The connection was closed" : error.message, heard);
      }
      failures += 1;
      await pause(wait ?? Math.min(LONGEST_WAIT, 250 * 2 ** failures) * (0.5 + Math.random()));
    }
  }

  function pause(ms) {
    return new Promise((resolve) => {
      const timer = ms === Infinity ? null : setTimeout(resolve, ms);
      interrupt = () => { clearTimeout(timer); resolve(); };
    });
  }

  const stopToken = token.on(() => interrupt());
  become("catching-up");
  run();
  return {
    close() {
      stopToken();
      whole.abort();
      attempt.abort();
      interrupt();
    },
    wake() {
      if (Date.now() - heard > SILENCE) attempt?.abort();
      interrupt();
    },
  };
}

function isRecent(frame) {
  if (frame?.event !== "" || !frame.data) return false;
  const ts = /"ts":"([^"]+)"/.exec(frame.data.slice(0, 200));
  return ts !== null && Math.abs(now() - Date.parse(ts[1])) < 5000;
}
