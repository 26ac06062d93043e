// The runs, as spans to shade.

import { APIError, get } from "../core/api.js";
import { now } from "../core/clock.js";

/** The uses of runs, the earliest first: [{from, to, name}]; `to` of an active one goes on. Empty where they cannot be had. */
export async function loadShades(signal) {
  try {
    const { runs } = await get("/runs", null, { signal });
    return runs.map(shadeOf).sort((a, b) => a.from - b.from);
  } catch (error) {
    if (error instanceof APIError || signal?.aborted) return [];
    throw error;
  }
}

export function shadeOf(run) {
  return {
    name: run.run_id,
    from: Date.parse(run.started_at),
    get to() {
      return run.stopped_at ? Date.parse(run.stopped_at) : now();
    },
  };
}
