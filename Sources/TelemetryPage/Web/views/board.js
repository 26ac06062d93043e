// The plots and timelines of one type over one span: loads them, follows the span, the cursor and the live events.

import { APIError } from "../core/api.js";
import { unitOf } from "../core/fields.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { duration, number, time } from "../core/format.js";
import { linesOf } from "../core/limits.js";
import { live } from "../core/live.js";
import { settings } from "../core/settings.js";
import { loadAlarmSpans } from "./alarmspans.js";
import { leavesOf } from "./fields.js";
import { History, meanText } from "./history.js";
import { problem } from "./parts.js";
import { limitWords, writeLimits } from "./limitwords.js";
import { Plot } from "./plot.js";
import { elapsedText } from "./ticks.js";
import { Timeline } from "./timeline.js";

const DEBOUNCE = 120, ROLLUPS = { raw: "events", "1m": "1 min roll-ups", "15m": "15 min roll-ups", "4h": "4 h roll-ups" };

export class Board {
  /**
   * @param {{type: string, numeric: string[], states: string[], span, cursor, interval: number | null, axes: "one" | "each",
   *   height: number, run?: string, compare?: {run: string, shift: number}, origin?: number, end?: number, shades?, hasLimits?: boolean}} options
   * `compare` is another run, whose times are moved by `shift` ms to stand beside those of `run`; `origin` where the axis
   * begins to count; `hasLimits` has the limits of the fields drawn, and when their alarms were on.
   */
  constructor(options) {
    Object.assign(this, options);
    this.note = h("p", { class: "plot-note", role: "status" });
    this.source = h("p", { class: "plot-source" });
    this.plots = this.#makePlots();
    this.timelines = this.states.map((field) => new Timeline({ type: this.type, field, span: this.span, cursor: this.cursor, run: this.run, end: this.end }));
    this.alarmSpans = [];
    this.drawLegends();
    this.element = h("div", { class: "board" }, this.plots.map((plot) => plot.figure), this.timelines.map((timeline) => timeline.element), this.note, this.source);
    this.recent = [];
    this.ends = [
      this.span.on(() => this.moved()),
      this.cursor.on(() => this.read()),
      live.on("status", ({ state }) => this.failed && state === "live" && this.load()),
      settings.on("theme", () => requestAnimationFrame(() => this.retheme())),
      settings.on("times", () => this.draw()),
    ];
  }

  #makePlots() {
    const all = this.numeric.map((field, index) => [field, index]);
    const groups = this.axes === "each" ? all.map((one) => [one]) : all.length ? [all] : [];
    const height = Math.max(groups.length > 1 ? 130 : 0, this.height / groups.length);
    return groups.map((group, place) => {
      const curves = group.map(([field, index]) => ({ field, colour: index }));
      if (this.compare) curves.push(...group.map(([field, index]) => ({ field, colour: index + 1, dashes: [5, 3], shift: this.compare.shift, other: true })));
      const { span, cursor, origin, shades } = this, hasTimes = place === groups.length - 1;
      const limits = () => this.hasLimits ? group.flatMap(([field]) => linesOf(this.type, field)) : [];
      const alarms = () => this.alarmSpans.filter((span) => span.field === undefined || group.some(([field]) => field === span.field));
      const plot = new Plot({ curves, span, cursor, height, hasTimes, origin, shades, limits, alarms });
      for (const curve of curves) curve.item = readoutItem(curve, this);
      plot.clock = h("span", { class: "readout-time" });
      plot.readout = h("figcaption", { class: "readout" }, curves.map((curve) => curve.item.element), plot.clock);
      const names = group.map(([field]) => field).join(", ");
      const named = { role: "group", "aria-roledescription": "plot", "aria-label": `${names} of ${this.type}` };
      plot.fields = group.map(([field]) => field);
      plot.words = limitWords();
      plot.figure = h("figure", { class: "plot", tabindex: "0", ...named }, plot.readout, plot.element, plot.words);
      return plot;
    });
  }

  /** Writes what the limits are, as they are known now. */
  drawLegends() {
    if (!this.hasLimits) return;
    for (const { fields, words } of this.plots) writeLimits(words, this.type, fields);
    for (const { field, words } of this.timelines) writeLimits(words, this.type, [field]);
  }

  /** Shows what the span is now. */
  follow() {
    for (const plot of this.plots) plot.move();
    for (const timeline of this.timelines) timeline.draw();
  }

  moved() {
    this.follow();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), DEBOUNCE);
  }

  /** How many points a plot can show. */
  get points() {
    return Math.max(60, this.plots[0]?.area().width ?? this.element.clientWidth);
  }

  /** Asks for what the span shows, and a little more on both sides, so that panning begins with something. */
  async load() {
    clearTimeout(this.timer);
    this.loading?.abort();
    const loading = (this.loading = new AbortController()), { signal } = loading;
    const { from, to, length } = this.span, pad = this.span.live ? 0 : length / 4;
    const early = Math.max(from - length / 4, -62135596800000 + 1), late = Math.min(to + pad, 253402300799999) + 1;
    const points = this.points * ((late - early) / length), common = { points, interval: this.interval, signal };
    const load = (run, shift) => this.numeric.length
      ? History.load(this.type, this.numeric, { ...common, run, from: early - shift, to: late - shift }) : undefined;
    this.element.setAttribute("aria-busy", "true");
    try {
      const [history, other, spans] = await Promise.all([
        load(this.run, 0),
        this.compare && load(this.compare.run, this.compare.shift)?.catch(this.#missing),
        this.hasLimits ? loadAlarmSpans(this.type, this.numeric, early, late, signal) : [],
        ...this.timelines.map((timeline) => timeline.load(early, late, signal)),
      ]);
      this.alarmSpans = spans;
      this.#take(history, other);
      this.failed = false;
      setText(this.note, "");
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof APIError)) console.error(error);
      this.failed = error.status !== 404;
      replace(this.note, problem(error, () => this.load()));
    } finally {
      if (this.loading === loading) this.element.removeAttribute("aria-busy");
    }
  }

  // The other run may not have this type.
  #missing = (error) => {
    if (error instanceof APIError && error.status === 404) return undefined;
    throw error;
  };

  #take(history, other) {
    this.history = history;
    for (const plot of this.plots) {
      for (const curve of plot.curves) curve.history = curve.other ? other : history;
    }
    for (const event of this.recent) this.#append(event);
    this.draw();
    this.onload?.();
    if (!history) return;
    const step = history.step ? `, a point every ${duration(history.step)}` : "";
    const late = history.completeFrom ? ` · complete from ${time(history.completeFrom)} on: the history is still being built` : "";
    setText(this.source, `From ${ROLLUPS[history.source] ?? history.source}${step}${late}`);
  }

  /** Takes events as they come; they are drawn with the next frame that has time for it. @returns how many are of this type. */
  append(events) {
    const mine = events.filter((event) => event.type === this.type && event.store_permanently !== false);
    if (!mine.length) return 0;
    // An answer that is on its way may not have these.
    this.recent = this.recent.concat(mine).slice(-200);
    let changed = false;
    for (const event of mine) changed = this.#append(event) || changed;
    if (!changed) return mine.length;
    if (this.history && this.history.size > 3 * this.points + 500) this.load();
    this.schedule();
    return mine.length;
  }

  #append(event) {
    const time = Date.parse(event.ts), leaves = leavesOf(event.data);
    if (!Number.isFinite(time)) return false;
    let changed = this.history?.append(time, leaves) ?? false;
    for (const timeline of this.timelines) changed = timeline.append(time, leaves) || changed;
    return changed;
  }

  /** Draws in a while: a plot gets at most a fifth of the time there is. */
  schedule() {
    this.waiting ??= setTimeout(() => requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    }), 4 * (this.cost ?? 0));
  }

  draw() {
    const start = performance.now();
    for (const plot of this.plots) plot.draw();
    for (const timeline of this.timelines) timeline.draw();
    this.read();
    this.cost = performance.now() - start;
  }

  retheme() {
    for (const plot of this.plots) {
      plot.retheme();
      plot.resize();
    }
    for (const timeline of this.timelines) timeline.draw();
  }

  /** Writes the values at the cursor, or the last ones. */
  read() {
    const at = this.cursor.value;
    for (const plot of this.plots) {
      for (const { history, field, shift = 0, item } of plot.curves) {
        const series = history?.series.get(field);
        let index = series ? series.t.length - 1 : -1;
        if (at !== null && history) index = history.nearest(field, at - shift, plot.reach());
        else while (!this.span.live && index > 0 && history.place(series.t[index]) + shift > this.span.to) index--;
        item.set(series, index);
      }
      setText(plot.clock, at === null ? "" : this.origin === undefined ? time(at) : elapsedText(at - this.origin));
    }
  }

  destroy() {
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
    this.loading?.abort();
    for (const end of this.ends) end();
    for (const part of [...this.plots, ...this.timelines]) part.destroy();
    this.element.remove();
  }
}

function readoutItem(curve, board) {
  const { name, unit } = unitOf(curve.field);
  const value = h("b", { class: "live" }, "–"), band = h("small", {});
  const swatch = h("span", { class: `swatch c${(curve.colour % 6) + 1} ${curve.other ? "dashed" : `d${curve.colour % 6}`}` });
  const whose = board.compare ? h("small", {}, bdi(curve.other ? board.compare.run : board.run)) : null;
  const element = h("span", { class: "readout-item" }, swatch, bdi(name), " ", whose, " ", value, unit ? ` ${unit}` : "", " ", band);
  return {
    element,
    set(series, index) {
      setText(value, index < 0 || !series ? "–" : meanText(series, index));
      const wide = series && index >= 0 && series.max[index] > series.min[index];
      setText(band, wide ? `${number(series.min[index])} to ${number(series.max[index])}` : "");
    },
  };
}
