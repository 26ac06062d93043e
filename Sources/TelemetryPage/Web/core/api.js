/**
 * Requests to the server, with the token of this tab where there is one.
 *
 * get("/types", {signal?})                                 the JSON of an answer
 * get("/history/weather", {field: ["a", "b"], from: "-1h"}, {signal})   params: an object (arrays are repeated) or URLSearchParams
 * getText(…), getResponse(…)                               the same as text, and as the fetch Response (headers, streams)
 * post("/run/start", {run_id: "night"})                    the JSON of the answer
 *
 * Each throws APIError {status, detail} for an answer that is no success: `status` 0 when there was no answer; `detail`
 * is the server's text, or its array of faults ({loc, msg}); `message` is always a sentence. An AbortError stays one.
 *
 * A 401 asks for a token once for all requests that wait, and tries again. The token is kept in sessionStorage, and
 * goes in the header `Authorization` only: an address is kept in logs and histories.
 */
import { heard } from "./clock.js";
import { toParams } from "./router.js";

const KEY = "telemetry.token";
const LONGEST_WAIT = 30_000; // ms, for the head of an answer

export class APIError extends Error {
  constructor(status, detail) {
    super(typeof detail === "string" ? detail : detail.map((fault) => `${fault.loc?.slice(1).join(".")}: ${fault.msg}`).join("; "));
    this.name = "APIError";
    this.status = status;
    this.detail = detail;
    this.body = null; // the JSON of the answer, if it has any
    this.retryAfter = null; // s, of the header Retry-After
  }
}

let stored = null;
try { stored = sessionStorage.getItem(KEY); } catch { /* storage is blocked: the token lasts until the tab is reloaded */ }
const listeners = new Set();
let asking = null;
let declined = false;

export const token = {
  get: () => stored,
  /** Sets the token, or forgets it (null), and tells those who follow. */
  set(value) {
    stored = value || null;
    declined = false;
    try { stored ? sessionStorage.setItem(KEY, stored) : sessionStorage.removeItem(KEY); } catch { /* as above */ }
    for (const fn of [...listeners]) fn(stored);
  },
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
  /** Set by the shell: async (wasRefused: boolean) → a token, or null when the person would rather not. */
  ask: async () => null,
  /** Asks although it was declined before: a button of the page. */
  async enter() { declined = false; return token.wanted(); },
  /** Asks for a token, once however many requests wait for it. @returns whether there is one to try. */
  async wanted() {
    if (declined) return false;
    const before = stored;
    asking ??= token.ask(before !== null).finally(() => { asking = null; });
    const given = await asking;
    if (given === null) declined = true;
    else if (stored === before) token.set(given);
    return given !== null;
  },
};

/** The URL of an endpoint: below the page's own, so that a reverse proxy may serve both under a path. */
export function url(path, params) {
  const result = new URL("." + path, document.baseURI.split("#")[0]);
  result.search = toParams(params).toString();
  return result;
}

export async function getResponse(path, params, options = {}) {
  return request(url(path, params), options);
}

export async function get(path, params, options) { return (await getResponse(path, params, options)).json(); }

export async function getText(path, params, options) { return (await getResponse(path, params, options)).text(); }

export async function post(path, body, { signal } = {}) {
  const response = await request(url(path), {
    method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
  return response.json();
}

async function request(address, options) {
  for (;;) {
    const used = stored;
    const headers = { ...options.headers, ...(used && { Authorization: `Bearer ${used}` }) };
    const response = await answer(address, { cache: "no-store", credentials: "same-origin", ...options, headers });
    heard(response);
    if (response.ok) return response;
    if (response.status === 401 && (stored !== used || await token.wanted())) continue;
    throw await errorOf(response);
  }
}

async function answer(address, options) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), LONGEST_WAIT);
  const end = () => waiting.abort();
  options.signal?.addEventListener("abort", end);
  try {
    options.signal?.throwIfAborted();
    return await fetch(address, { ...options, signal: waiting.signal });
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw new APIError(0, error.name === "AbortError" ? "The server did not answer within 30 s" : "The server cannot be reached");
  } finally {
    clearTimeout(timer); // the listener stays: a body is still read under the caller's signal
  }
}

async function errorOf(response) {
  const text = await response.text().catch(() => "");
  let detail = text.length > 0 && text.length < 300 && !text.includes("<") ? text : `The server answered ${response.status}`;
  let body = null;
  try { body = JSON.parse(text); } catch { /* a proxy's page, or a line of text */ }
  if (typeof body?.detail === "string" || Array.isArray(body?.detail)) detail = body.detail;
  else if (typeof body?.reason === "string") detail = body.reason;
  const error = new APIError(response.status, detail);
  error.body = body;
  error.retryAfter = Number(response.headers.get("Retry-After")) || null;
  return error;
}
