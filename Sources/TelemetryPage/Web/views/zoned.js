/**
 * Times as people type them, in the zone that was chosen.
 *
 * toInput(ms, zone)        "2026-11-28T12:03:41" for <input type="datetime-local">; zone as Intl names it, undefined for the browser's own
 * fromInput(text, zone)    ms, or NaN; of an hour that comes twice the first, of one that is skipped the time after it
 * inZone(ms, zone)         "Sat 28 Nov 2026, 12:03:41.250 GMT-10"
 */
const parts = (ms, zone) => {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
};

export function toInput(ms, zone) {
  const { year, month, day, hour, minute, second } = parts(ms, zone);
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}:${second}`;
}

export function fromInput(text, zone) {
  const wanted = Date.parse(text + "Z");
  if (Number.isNaN(wanted)) return NaN;
  let ms = wanted;
  for (let turn = 0; turn < 3; turn += 1) {
    const off = Date.parse(toInput(ms, zone) + "Z") - wanted + (wanted % 1000);
    if (off === 0) break;
    ms -= off;
  }
  return ms;
}

export function inZone(ms, zone) {
  const format = new Intl.DateTimeFormat(navigator.languages, { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short" });
  return format.format(ms);
}
