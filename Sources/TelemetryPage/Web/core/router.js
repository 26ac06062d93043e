/**
 * Addresses: all of a view is in the hash, so that it can be sent to a colleague.
 *
 *   #/                       now
 *   #/TYPE?field=…&from=…    type     name: the type
 *   #events?…                events
 *   #runs                    runs
 *   #runs/ID?compare=ID2     run      name: the run's id
 *   #alarms, #traces         alarms, traces
 *
 * The view's module is views/<view>.js. It stays mounted, and is told by update(), while view and name stay the same.
 */
const PLAIN = ["events", "runs", "alarms", "traces"];

/** @returns {{view: string, name: string|null, params: URLSearchParams}} what an address means; Now where it means nothing. */
export function parse(hash) {
  const [path, ...query] = hash.replace(/^#/, "").split("?");
  const params = new URLSearchParams(query.join("?"));
  if (path.startsWith("/") && path.length > 1) return { view: "type", name: decode(path.slice(1)), params };
  if (path.startsWith("runs/") && path.length > 5) return { view: "run", name: decode(path.slice(5)), params };
  return { view: PLAIN.includes(path) ? path : "now", name: null, params };
}

/** The address of a view; `params` is a URLSearchParams, an array of pairs, or an object whose arrays are repeated. */
export function href(view, name = null, params = null) {
  const path = view === "type" ? "/" + encodeURIComponent(name)
    : view === "run" ? "runs/" + encodeURIComponent(name)
    : view === "now" ? "/" : view;
  const query = toParams(params).toString();
  return "#" + path + (query && "?" + query);
}

/** Changes the parameters of the view that is shown: no history entry, no update(). */
export function replaceParams(params) {
  const { view, name } = parse(location.hash);
  history.replaceState(history.state, "", href(view, name, params));
}

export function go(view, name, params) { location.hash = href(view, name, params); }

export function toParams(params) {
  if (!params || params instanceof URLSearchParams || Array.isArray(params)) return new URLSearchParams(params ?? "");
  const result = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) result.append(key, one);
    }
  }
  return result;
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}
