// The strip below the plots: all that there is of a field, with the part that is shown as a window to drag.

import { now } from "../core/clock.js";
import { h } from "../core/dom.js";
import { colour, faded, seriesColour } from "./colours.js";
import { History } from "./history.js";
import { contextOf, laneOf } from "./lane.js";

const HEIGHT = 44, EDGE = 9;

export class Overview {
  /** @param {{type: string, field: string | undefined, span, interval: number | null}} options */
  constructor(options) {
    Object.assign(this, options);
    this.canvas = h("canvas", {
      class: "overview-canvas", onpointerdown: (event) => this.#down(event), onpointermove: (event) => this.#move(event),
      onpointerup: () => (this.drag = null), onpointercancel: () => (this.drag = null),
    });
    // The keys of the plots do the same.
    this.element = h("div", { class: "overview", "aria-hidden": "true" }, this.canvas);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.element);
  }

  get extent() {
    const [first, last] = this.span.extent ?? [this.span.from, this.span.to];
    const end = Math.max(last, Math.min(now(), Math.max(this.span.to, last)));
    return [first, Math.max(end, first + 1000)];
  }

  async load(signal) {
    this.loaded = now();
    if (this.field === undefined || !this.span.extent) return this.draw();
    const [from, to] = this.extent;
    const points = Math.min(this.element.clientWidth || 600, 1000);
    try {
      this.history = await History.load(this.type, [this.field], { from, to: to + 1, points, interval: this.interval, signal });
    } catch {
      return; // the plots tell of it
    }
    this.draw();
  }

  /** Draws the window where the span is now; loads anew when there is something new to see. */
  follow(signal) {
    const [from, to] = this.extent;
    if (now() - this.loaded > Math.max(30_000, (to - from) / 200)) this.load(signal);
    else this.draw();
  }

  #area() {
    return laneOf(this.element.clientWidth);
  }

  #x(time) {
    const [from, to] = this.extent, { left, width } = this.#area();
    return left + ((time - from) / (to - from)) * width;
  }

  #time(x) {
    const [from, to] = this.extent, { left, width } = this.#area();
    return from + ((x - left) / width) * (to - from);
  }

  draw() {
    const width = this.element.clientWidth, area = this.#area();
    if (!width) return;
    const context = contextOf(this.canvas, width, HEIGHT);
    context.fillStyle = colour("raised");
    context.fillRect(area.left, 0, area.width, HEIGHT);
    this.#drawCurve(context);
    const left = Math.min(Math.max(this.#x(this.span.from), area.left), area.left + area.width - 3);
    const right = Math.max(Math.min(this.#x(this.span.to), area.left + area.width), left + 3);
    context.fillStyle = faded("bg", 0.6);
    context.fillRect(area.left, 0, left - area.left, HEIGHT);
    context.fillRect(right, 0, area.left + area.width - right, HEIGHT);
    context.fillStyle = faded("accent", 0.16);
    context.fillRect(left, 0, right - left, HEIGHT);
    context.strokeStyle = colour("accent");
    context.lineWidth = 1.5;
    context.strokeRect(left, 0.75, right - left, HEIGHT - 1.5);
    if (right - left > 16) {
      context.fillStyle = colour("accent");
      for (const x of [left, right]) context.fillRect(x - 2, HEIGHT / 2 - 8, 4, 16);
    }
  }

  // From the least to the greatest value of each bucket.
  #drawCurve(context) {
    const series = this.history?.series.get(this.field);
    if (!series?.t.length) return;
    let low = Infinity, high = -Infinity;
    for (let i = 0; i < series.t.length; i++) {
      low = Math.min(low, series.min[i]);
      high = Math.max(high, series.max[i]);
    }
    const y = (value) => HEIGHT - 6 - ((value - low) / (high - low || 1)) * (HEIGHT - 12);
    context.fillStyle = seriesColour(0);
    const wide = Math.max(1, this.history.step ? this.#x(series.t[0] + this.history.step) - this.#x(series.t[0]) : 1);
    for (let i = 0; i < series.t.length; i++) {
      context.fillRect(this.#x(series.t[i]), y(series.max[i]), wide, Math.max(1.5, y(series.min[i]) - y(series.max[i])));
    }
  }

  #down(event) {
    const x = event.offsetX, left = this.#x(this.span.from), right = this.#x(this.span.to);
    this.canvas.setPointerCapture(event.pointerId);
    const kind = Math.abs(x - left) < EDGE && x < (left + right) / 2 ? "left" : Math.abs(x - right) < EDGE ? "right" : "window";
    if (kind === "window" && (x < left || x > right)) this.span.set(this.#time(x) - this.span.length / 2, this.#time(x) + this.span.length / 2);
    this.drag = { kind, x, from: this.span.from, to: this.span.to };
  }

  #move(event) {
    const x = event.offsetX;
    if (!this.drag) {
      const edge = [this.span.from, this.span.to].some((time) => Math.abs(x - this.#x(time)) < EDGE);
      this.canvas.style.cursor = edge ? "ew-resize" : "grab";
      return;
    }
    const shift = this.#time(x) - this.#time(this.drag.x), { kind, from, to } = this.drag;
    if (kind === "window") this.span.set(from + shift, to + shift);
    else if (kind === "left") this.span.set(Math.min(from + shift, to - 1000), to);
    else this.span.set(from, Math.max(to + shift, from + 1000));
  }

  destroy() {
    this.sizes.disconnect();
    this.element.remove();
  }
}
