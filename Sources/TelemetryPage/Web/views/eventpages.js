/**
 * What GET /events has, for the log: in pages, backwards and forwards, and followed.
 *
 * readPage({filters, order, place, to, limit, signal})   {entries, end, damaged}: at most `limit` events in that order; `end` when there are no more,
 *                                                 `damaged` how many lines were left out (0 where the answer does not tell)
 * follow({filters, place, take, gap}) → close()   take(entries) of what is recorded after a place, oldest first; gap(text) where some are missing.
 *                                                 It comes back after 2 s when it is lost, and goes on from where it was
 * readLine(entry, filters)                        its line as it is on disk, also of one that was too long to be kept
 * behind(entry), before(entry)                    the places beside it; null for an ephemeral event, which has none
 *
 * A place is {cursor, skip}: `skip` says that the next event from there is one that is known already, as a line read backwards has the
 * cursor before it only, and one that was followed the cursor behind it. An entry is {event, line, before, after, isCut}.
 */
import { getResponse } from "../core/api.js";
import { batches } from "../core/frames.js";

export const PAGE = 200;
const LONGEST_LINE = 32_768; // characters that are kept
const MOST_TEXT = 4_000_000; // characters of a page; what is beyond comes with the next one
const RETRY = 2000; // ms

export const behind = (entry) => entry.after ? { cursor: entry.after, skip: false } : entry.before ? { cursor: entry.before, skip: true } : null;
export const before = (entry) => entry.before ? { cursor: entry.before, skip: false } : entry.after ? { cursor: entry.after, skip: true } : null;

/** @param {URLSearchParams} filters type and run */
function query(filters, more) {
  const params = new URLSearchParams(filters);
  for (const [key, value] of Object.entries(more)) if (value !== null && value !== undefined) params.set(key, value);
  return params;
}

function entryOf(line, cursors) {
  const event = JSON.parse(line);
  const isCut = line.length > LONGEST_LINE;
  if (isCut) event.data = null;
  return { event, line: isCut ? line.slice(0, LONGEST_LINE) : line, isCut, before: null, after: null, ...cursors };
}

export async function readPage({ filters, order, place = null, to = null, limit: most = PAGE, signal }) {
  const limit = most + (place?.skip ? 1 : 0);
  const reading = new AbortController();
  const params = query(filters, { order, after: place?.cursor, to, limit, cursors: "true", format: "ndjson" });
  const response = await getResponse("/events", params, { signal: signal ? AbortSignal.any([signal, reading.signal]) : reading.signal });
  const side = order === "desc" ? "before" : "after";
  const entries = [];
  let rest = [];
  let length = 0;
  const take = (text) => {
    const line = rest.join("") + text;
    rest = [];
    const start = line.indexOf(',"event":');
    if (start > 0) entries.push(entryOf(line.slice(start + 9, -1), { [side]: JSON.parse(line.slice(0, start) + "}").cursor }));
  };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let isWhole = false;
  while (length < MOST_TEXT || entries.length < 2) {
    const { done, value } = await reader.read();
    if (done) { isWhole = true; break; }
    length += value.length;
    const lines = value.split("\n");
    for (let index = 0; index < lines.length - 1; index += 1) take(lines[index]);
    if (lines.at(-1) !== "") rest.push(lines.at(-1));
  }
  if (!isWhole) reading.abort();
  const end = isWhole && entries.length < limit;
  if (place?.skip) entries.shift();
  return { entries, end, damaged: Number(response.headers.get("Telemetry-Damaged-Lines")) || 0 };
}

export function follow({ filters, place, take, gap }) {
  const whole = new AbortController();
  let cursor = place?.cursor ?? null;
  let skip = place?.skip ?? false;

  function read(frames) {
    const entries = [];
    for (const frame of frames) {
      if (frame.event === "" && frame.data !== null) {
        const entry = entryOf(frame.data, { after: frame.id });
        if (entry.event.store_permanently === false) entry.after = null; // the id is that of the event before
        if (skip && entry.after) skip = false;
        else entries.push(entry);
      } else if (frame.event === "gap") {
        if (entries.length > 0) take(entries.splice(0));
        const { detail, reason } = JSON.parse(frame.data);
        skip = false;
        gap(detail ?? reason);
      }
      cursor = frame.id ?? cursor;
    }
    if (entries.length > 0) take(entries);
  }

  (async () => {
    while (!whole.signal.aborted) {
      try {
        const response = await getResponse("/events", query(filters, { after: cursor }), { headers: { Accept: "text/event-stream" }, signal: whole.signal });
        for await (const frames of batches(response, whole.signal)) read(frames);
      } catch (error) {
        if (whole.signal.aborted) return;
        if (error.status >= 400 && error.status < 500) return; // a filter that the server refuses, or no token
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  })();
  return () => whole.abort();
}

export async function readLine(entry, filters) {
  if (!entry.isCut) return entry.line;
  const place = entry.before ?? entry.after;
  if (!place) return JSON.stringify(entry.event);
  const params = query(filters, { after: place, order: entry.before ? "asc" : "desc", limit: 1, format: "ndjson" });
  return (await (await getResponse("/events", params)).text()).trimEnd();
}
