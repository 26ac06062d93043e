/**
 * A short tone when an alarm becomes critical, for those who switched it on (settings "alarms.sound"). Of several tabs one plays it, of
 * those that may: browsers play nothing on a page on which nobody has clicked or typed yet.
 *
 * sound.set(true)      switches it on, and plays it once
 * sound.isOn           sound.isBlocked   whether the browser waits for a click or a key on this page
 * sound.on(fn)         after each change of these; returns a function that ends it
 */
import { alarms } from "./alarms.js";
import { settings } from "./settings.js";

const KEY = "alarms.sound";
const TONES = [[880, 0], [660, 0.22], [880, 0.44]]; // Hz, and s after the first
const LENGTH = 0.18; // s
const ONE_TAB = 3000; // ms in which no other tab plays it
const listeners = new Set();
let context = null;
let known = null; // names of those that were critical and on

export const sound = {
  get isOn() { return settings.get(KEY) === true; },
  get isBlocked() { return sound.isOn && !mayPlay(); },
  set(isOn) {
    settings.set(KEY, isOn);
    if (isOn) play();
  },
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
};

function tell() { for (const fn of [...listeners]) fn(); }

function mayPlay() { return navigator.userActivation?.hasBeenActive ?? true; }

function play() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  for (const [pitch, after] of TONES) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.3, start + 0.01); // at once it would click
    volume.gain.linearRampToValueAtTime(0, start + LENGTH);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH);
  }
}

function playInOneTab() {
  if (!navigator.locks) return play();
  navigator.locks.request("telemetry.sound", { ifAvailable: true }, (lock) => {
    if (!lock) return undefined;
    play();
    return new Promise((resolve) => setTimeout(resolve, ONE_TAB));
  });
}

alarms.on(() => {
  if (!alarms.loaded) return;
  const now = new Set(alarms.critical.filter(({ state }) => state === "on").map(({ name }) => name));
  const isNew = known !== null && [...now].some((name) => !known.has(name));
  known = now;
  if (isNew && sound.isOn && mayPlay()) playInOneTab();
});
settings.on(KEY, tell);
for (const kind of ["pointerup", "keyup"]) addEventListener(kind, tell, { passive: true });
