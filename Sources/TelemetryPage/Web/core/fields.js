/**
 * The fields of an event's data, by the paths that the history has them under (docs/history.md).
 *
 * fields(data, limit)      {list: [[path, value], …], more: count left out}; values are numbers, strings, booleans, null
 * fieldAt(data, path)      the value of one path, or undefined
 * unitOf("mount.ra_deg")   {name: "mount.ra", unit: "°"}: a name's last part tells its unit; "" where it does not
 */
const ELEMENTS = 8; // of an array have a history
const UNITS = new Map(Object.entries({
  mps: "m/s", kmh: "km/h", kph: "km/h", mph: "mph", kn: "kn", knots: "kn", c: "°C", degc: "°C", celsius: "°C", k: "K", kelvin: "K", degf: "°F",
  deg: "°", degrees: "°", rad: "rad", arcsec: "arcsec", arcmin: "arcmin", mas: "mas", mag: "mag", pct: "%", percent: "%", ppm: "ppm",
  hpa: "hPa", kpa: "kPa", pa: "Pa", mbar: "mbar", bar: "bar", torr: "Torr", mm: "mm", cm: "cm", m: "m", km: "km", um: "µm", nm: "nm", px: "px",
  v: "V", mv: "mV", uv: "µV", a: "A", ma: "mA", ua: "µA", w: "W", mw: "mW", kw: "kW", wh: "Wh", kwh: "kWh", ah: "Ah", va: "VA", ohm: "Ω",
  hz: "Hz", khz: "kHz", mhz: "MHz", ghz: "GHz", rpm: "rpm", s: "s", sec: "s", seconds: "s", ms: "ms", us: "µs", ns: "ns", min: "min", h: "h", hours: "h", days: "d",
  bytes: "B", kb: "kB", mb: "MB", gb: "GB", tb: "TB", kib: "KiB", mib: "MiB", gib: "GiB", bps: "bit/s", kbps: "kbit/s", mbps: "Mbit/s",
  db: "dB", dbm: "dBm", lux: "lx", lx: "lx", adu: "ADU", wm2: "W/m²", mmh: "mm/h",
}));

export function unitOf(path) {
  const found = /^(.*[^_.])_([A-Za-z0-9]+)(\{.*\})?$/s.exec(path);
  const unit = found && UNITS.get(found[2].toLowerCase());
  return unit ? { name: found[1] + (found[3] ?? ""), unit } : { name: path, unit: "" };
}

export function fields(data, limit = Infinity) {
  const list = [];
  let more = 0;
  walk(data, "", (path, value) => { if (list.length < limit) list.push([path, value]); else more += 1; });
  return { list, more };
}

export function fieldAt(data, path) {
  let found;
  if (data !== null && typeof data === "object" && !Array.isArray(data) && Object.hasOwn(data, path)) {
    const own = data[path];
    if (own === null || typeof own !== "object") return own;
  }
  walk(data, "", (one, value) => { if (one === path) found = value; });
  return found;
}

/** As CSimdJSON/EventLeaves.h. @param labelled the path of an array's elements that have attributes */
function walk(any, path, found, labels = [], labelled = path) {
  const step = (value, before, key, all) => {
    const after = join(before, key);
    walk(value, after, found, all, key === "points" ? before : after);
  };
  if (!isObject(any) && !Array.isArray(any)) {
    found((path || "value") + (labels.length > 0 ? `{${labels.join(",")}}` : ""), any);
  } else if (Array.isArray(any)) {
    any.forEach((element, index) => {
      if (isObject(element) && isObject(element.attributes)) {
        const texts = Object.entries(element.attributes).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
        for (const [key, value] of Object.entries(element)) {
          if (key !== "attributes") step(value, labelled, key, [...labels, ...texts.sort()]);
        }
      } else if (index < ELEMENTS) {
        walk(element, join(path, index), found, labels);
      }
    });
  } else {
    for (const key of Object.keys(any)) step(any[key], path, key, labels);
  }
}

function isObject(any) { return any !== null && typeof any === "object" && !Array.isArray(any); }

function join(path, key) { return path === "" ? String(key) : `${path}.${key}`; }
