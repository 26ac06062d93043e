/**
 * What a person chose, kept in this browser and followed by its other tabs.
 *
 * settings.get("theme")            "auto" | "light" | "dark" | "night"
 * settings.get("times")            "local" | "utc" | "site": the zone in which times are shown
 * settings.get("pins")             array of the types that are pinned
 * settings.get("alarms.sound")     whether a critical alarm sounds
 * settings.set(key, value)         any JSON value; other keys are fine, prefix them by the view: "events.wrap"
 * settings.on(key, fn)             fn(value) after a change, in whichever tab; returns a function that ends it
 *
 * "theme" is also told when the system's own theme changes while it is "auto".
 */
const KEY = "telemetry.settings";
const DEFAULTS = { theme: "auto", times: "local", pins: [] };
const listeners = new Map();
let values = load();

function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (!Array.isArray(stored.pins)) delete stored.pins;
    return new Map(Object.entries({ ...DEFAULTS, ...stored }));
  } catch {
    return new Map(Object.entries(DEFAULTS)); // storage is blocked, or holds another program's text
  }
}

function tell(key) {
  for (const fn of [...(listeners.get(key) ?? [])]) fn(values.get(key));
}

export const settings = {
  get: (key) => values.get(key),
  set(key, value) {
    values.set(key, value);
    try { localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(values))); } catch { /* kept for this tab only */ }
    tell(key);
  },
  on(key, fn) {
    if (!listeners.has(key)) listeners.set(key, new Set());
    listeners.get(key).add(fn);
    return () => listeners.get(key).delete(fn);
  },
};

addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  const before = values;
  values = load();
  for (const key of values.keys()) {
    if (JSON.stringify(before.get(key)) !== JSON.stringify(values.get(key))) tell(key);
  }
});

/** The theme that is shown: "light", "dark" or "night". */
export function shownTheme() {
  const theme = settings.get("theme");
  if (["light", "dark", "night"].includes(theme)) return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function applyTheme() { document.documentElement.dataset.theme = shownTheme(); }
applyTheme();
settings.on("theme", applyTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => tell("theme"));
