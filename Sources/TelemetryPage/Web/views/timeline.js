// The states of a field as a coloured band, with the same times as the plots above it.

import { APIError, get } from "../core/api.js";
import { bdi, h } from "../core/dom.js";
import { colour, stateColours } from "./colours.js";
import { stateOf } from "./fields.js";
import { limitWords } from "./limitwords.js";
import { contextOf, font, writeWithin } from "./lane.js";
import { LaneView } from "./laneview.js";

const HEIGHT = 26;

export class Timeline extends LaneView {
  /** @param {{type: string, field: string, span, cursor, run?: string, end?: number}} options `end` is when nothing came any more */
  constructor(options) {
    super();
    Object.assign(this, options);
    /** @type {[number, number, string][]} from, until and text */
    this.states = [];
    this.now = h("bdi", { class: "state-now live" });
    this.note = h("p", { class: "plot-note", hidden: true });
    this.words = limitWords();
    this.canvas = h("canvas", { class: "timeline-canvas", "aria-hidden": "true" });
    this.touch = h("div", { class: "plot-touch" });
    this.band = h("div", { class: "timeline-band" }, this.canvas, this.touch);
    this.element = h("section", { class: "timeline", "aria-label": `States of ${this.field}` },
      h("p", { class: "timeline-head" }, bdi(this.field), " ", this.now), this.band, this.words, this.note);
    this.follow(this.band, () => this.draw(), () => this.draw());
  }

  async load(from, to, signal) {
    const params = new URLSearchParams({ field: this.field, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    if (this.run !== undefined) params.set("run", this.run);
    try {
      const answer = await get(`/history/${encodeURIComponent(this.type)}/states`, params, { signal });
      this.states = answer.states.map(([from, to, value]) => [from, to, String(value)]);
      this.note.hidden = true;
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      this.states = [];
      this.note.textContent = error.message;
      this.note.hidden = false;
    }
    this.draw();
  }

  /** Takes the leaves of an event that has just come; true if there is something new to draw. */
  append(time, leaves) {
    if (!leaves.has(this.field)) return false;
    const state = stateOf(leaves.get(this.field)), last = this.states[this.states.length - 1];
    if (state === null || (last && time < last[0])) return false;
    if (last?.[2] === state) {
      last[1] = Math.max(last[1], time);
    } else {
      if (last) last[1] = time;
      this.states.push([time, time, state]);
      // What has gone by on the left.
      if (this.states.length % 1000 === 0) this.states = this.states.filter(([, until]) => until >= this.span.from);
    }
    return true;
  }

  // The last state lasts until now, as long as the view is live.
  #until(index) {
    const state = this.states[index];
    if (this.end !== undefined) return Math.min(state[1], this.end);
    return this.span.live && index === this.states.length - 1 ? Math.max(state[1], this.span.to) : state[1];
  }

  /** From when until when a state is within the span. */
  shown(index) {
    return [Math.max(this.states[index][0], this.span.from), Math.min(this.#until(index), this.span.to)];
  }

  /** The state at a time; null where there is none. */
  at(time) {
    let low = 0, high = this.states.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.states[middle][0] <= time) low = middle;
      else high = middle - 1;
    }
    const state = this.states[low];
    return state && state[0] <= time && time <= this.#until(low) ? state[2] : null;
  }

  draw() {
    const width = this.band.clientWidth, area = this.area();
    if (!width) return;
    const context = contextOf(this.canvas, width, HEIGHT);
    const x = (time) => area.left + ((time - this.span.from) / this.span.length) * area.width;
    context.save();
    context.beginPath();
    context.rect(area.left, 0, area.width, HEIGHT);
    context.clip();
    context.font = font();
    context.textBaseline = "middle";
    const colours = stateColours(this.states.map((state) => state[2])), surface = colour("surface"), text = colour("text");
    for (let i = 0; i < this.states.length; i++) {
      const [from, , state] = this.states[i], left = x(from), right = x(this.#until(i));
      if (right < area.left || left > area.left + area.width) continue;
      context.fillStyle = colours.get(state);
      const visible = Math.max(left, area.left), wide = Math.min(right, area.left + area.width) - visible;
      context.globalAlpha = 0.32;
      context.fillRect(left, 0, Math.max(right - left, 1), HEIGHT);
      context.globalAlpha = 1;
      context.fillRect(left, HEIGHT - 4, Math.max(right - left, 1), 4);
      if (wide < 6) continue;
      context.fillStyle = surface;
      context.fillRect(right - 1, 0, 1, HEIGHT);
      if (wide > 22) writeWithin(context, state, visible + 6, HEIGHT / 2 - 1, wide - 12, text);
    }
    const time = this.cursor.value;
    if (time !== null) {
      context.fillStyle = colour("muted");
      context.fillRect(Math.round(x(time)), 0, 1, HEIGHT);
    }
    context.restore();
    const state = this.at(time ?? Math.min(this.span.to, this.end ?? Infinity));
    this.now.textContent = state ?? "–";
    this.now.style.setProperty("--state", state === null ? colour("line") : colours.get(state));
  }
}
