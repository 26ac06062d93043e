/**
 * One line: is it recording, and if not, why; which run; what is silent.
 *
 * readiness.get()    {ready, reason, notices, history, version} of GET /ready, or null before the first answer
 * readiness.on(fn)   after each answer
 * rate()             events a second of the last ten seconds
 */
import { APIError, getResponse } from "./api.js";
import { now } from "./clock.js";
import { current, stale } from "./current.js";
import { h, replace } from "./dom.js";
import { age, timeOfDay } from "./format.js";
import { live } from "./live.js";
import { href } from "./router.js";

export function verdict() {
  return h("p", { class: "verdict" }, "…");
}
