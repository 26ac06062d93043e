// One plot: curves over time with bands from least to greatest, on a canvas.

import { h } from "../core/dom.js";
import { colour, faded, seriesColour, seriesDashes } from "./colours.js";
import { columnOf } from "./history.js";
import { contextOf, font, scaled, writeWithin } from "./lane.js";
import { LaneView } from "./laneview.js";
import { elapsedTicks, numberTicks, timeTicks } from "./ticks.js";

const LIMIT_DASHES = { critical: [6, 4], warning: [3, 4], watch: [1, 4] };
const BOTTOM = 22, BARE_BOTTOM = 8, TOP = 8, PAD = 6, BAND = 0.22;

/**
 * A curve: its history is set when there is one.
 * @typedef {{key: string, field: string, colour: number, history?: import("./history.js").History, shift?: number}} Curve
 */

export class Plot extends LaneView {
  /**
   * @param {{curves: Curve[], span, cursor, height: number, hasTimes: boolean, origin?: number, shades?: () => object[], limits?: () => object[], alarms?: () => object[]}} options
   * `hasTimes` is whether the times stand below it; `shades` are the runs [{from, to, name}], `limits` the lines
   * [{value, label, severity}], `alarms` the spans in which they were on [{from, to, severity, isKnown}], `origin` where a
   * clock of the axis begins.
   */
  constructor(options) {
    super();
    Object.assign(this, options);
    this.bottom = this.hasTimes ? scaled(BOTTOM) : BARE_BOTTOM;
    this.canvas = h("canvas", { class: "plot-canvas", "aria-hidden": "true" });
    this.front = h("canvas", { class: "plot-canvas", "aria-hidden": "true" });
    this.touch = h("div", { class: "plot-touch" });
    this.element = h("div", { class: "plot-area" }, this.canvas, this.front, this.touch);
    this.element.style.height = `${this.height}px`;
    this.follow(this.element, () => this.drawCursor(), () => this.resize());
  }

  resize() {
    if (this.element.clientWidth !== this.width) this.move();
  }

  /** Draws anew, with the histories that the curves have now. */
  draw() {
    this.columns = this.curves.map((curve) => columnOf(curve));
    this.move();
  }

  /** Draws what it has where the span is now, in the colours of the theme. */
  move() {
    this.width = this.element.clientWidth;
    if (!this.width || !this.columns) return;
    const context = contextOf(this.canvas, this.width, this.height);
    const area = this.box = { ...this.area(), top: TOP, height: Math.max(1, this.height - TOP - this.bottom) };
    const parts = this.columns.map((column) => this.#seen(column));
    this.range = this.#range(parts);
    context.font = font();
    this.#drawGrid(context, area);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    this.#underlay(context, area);
    this.curves.forEach((curve, index) => this.#drawBand(context, this.columns[index], parts[index], seriesColour(curve.colour)));
    this.curves.forEach((curve, index) => this.#drawLine(context, this.columns[index], parts[index], curve));
    context.restore();
    this.#drawLimits(context, area);
    this.drawCursor();
  }

  retheme() {
    this.move();
  }

  #x(time) {
    return this.box.left + ((time - this.span.from) / this.span.length) * this.box.width;
  }

  #y(value) {
    const [low, high] = this.range;
    return this.box.top + ((high - value) / (high - low)) * this.box.height;
  }

  /** The indices of what is shown of a column, and one more on each side: a line goes on beyond the edge. */
  #seen({ x }) {
    const after = (time) => {
      let low = 0, high = x.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (x[middle] < time) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return [Math.max(0, after(this.span.from) - 1), Math.min(x.length, after(this.span.to) + 1)];
  }

  #range(parts) {
    let low = Infinity, high = -Infinity;
    for (const [index, { y }] of this.columns.entries()) {
      for (let i = parts[index][0]; i < parts[index][1]; i++) {
        if (y[i][0] < low) low = y[i][0];
        if (y[i][2] > high) high = y[i][2];
      }
    }
    if (low > high) return [0, 1];
    // A limit that is near is seen as well.
    const near = high - low || Math.abs(low) / 10 || 1, [least, most] = [low - near, high + near];
    for (const { value } of this.limits?.() ?? []) {
      if (value >= least && value <= most) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    const pad = low === high ? Math.abs(low) / 10 || 1 : ((high - low) * PAD) / Math.max(1, this.box.height - 2 * PAD);
    return [low - pad, high + pad];
  }

  /** Fills from least to greatest, one outline a stretch. */
  #drawBand(context, { x, y }, [from, to], style) {
    context.globalAlpha = BAND;
    context.fillStyle = style;
    for (let start = from; start < to; start++) {
      let end = start, wide = false;
      for (; end < to && !Number.isNaN(y[end][1]); end++) wide ||= y[end][0] !== y[end][2];
      if (wide && end - start > 1) {
        context.beginPath();
        for (let i = start; i < end; i++) context.lineTo(this.#x(x[i]), this.#y(y[i][2]));
        for (let i = end - 1; i >= start; i--) context.lineTo(this.#x(x[i]), this.#y(y[i][0]));
        context.fill();
      }
      start = end;
    }
    context.globalAlpha = 1;
  }

  /** A line through the means; a value that stands alone is a dot. */
  #drawLine(context, { x, y }, [from, to], curve) {
    context.strokeStyle = context.fillStyle = seriesColour(curve.colour);
    context.lineWidth = scaled(15) / 10;
    context.lineJoin = "round";
    context.setLineDash(curve.dashes ?? seriesDashes(curve.colour) ?? []);
    context.beginPath();
    for (let i = from, open = false; i < to; i++) {
      const mean = y[i][1], isHere = mean !== null && !Number.isNaN(mean);
      if (isHere && !open && !(i + 1 < to && !Number.isNaN(y[i + 1][1]))) context.fillRect(this.#x(x[i]) - 1.5, this.#y(mean) - 1.5, 3, 3);
      else if (isHere && open) context.lineTo(this.#x(x[i]), this.#y(mean));
      else if (isHere) context.moveTo(this.#x(x[i]), this.#y(mean));
      open = isHere;
    }
    context.stroke();
    context.setLineDash([]);
  }

  // Runs as shades with their names, alarms as others, gaps of the type as hatches.
  #underlay(context, area) {
    context.textBaseline = "top";
    for (const [index, shade] of (this.shades?.() ?? []).entries()) {
      const left = Math.max(this.#x(shade.from), area.left), right = Math.min(this.#x(shade.to), area.left + area.width);
      if (right < area.left || left > area.left + area.width) continue;
      context.fillStyle = faded("accent", index % 2 ? 0.07 : 0.12);
      context.fillRect(left, area.top, Math.max(right - left, 1), area.height);
      if (right - left > 24) writeWithin(context, shade.name, left + 5, area.top + 4, right - left - 10, colour("muted"));
    }
    for (const { from, to, severity, isKnown } of this.alarms?.() ?? []) {
      const left = Math.max(this.#x(from), area.left), right = Math.min(this.#x(to), area.left + area.width);
      if (right < area.left || left > area.left + area.width) continue;
      context.fillStyle = faded(lineColour(severity), isKnown ? 0.08 : 0.18);
      context.fillRect(left, area.top, Math.max(right - left, 2), area.height);
    }
    const history = this.curves[0]?.history;
    for (const [from, to] of (this.origin === undefined && history?.gaps) || []) {
      const left = Math.max(this.#x(from), area.left), right = Math.min(this.#x(to), area.left + area.width);
      if (right - left >= 4) hatch(context, left, area.top, right - left, area.height, colour("line"));
    }
  }

  #drawGrid(context, area) {
    const line = colour("line"), text = colour("muted"), bottom = area.top + area.height;
    context.strokeStyle = line;
    context.fillStyle = text;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.globalAlpha = 0.5;
    context.beginPath();
    const values = numberTicks(...this.range, area.height);
    const times = this.origin === undefined ? timeTicks(this.span.from, this.span.to, area.width) : elapsedTicks(this.span.from, this.span.to, area.width, this.origin);
    for (const { v } of values) {
      context.moveTo(area.left, Math.round(this.#y(v)) + 0.5);
      context.lineTo(area.left + area.width, Math.round(this.#y(v)) + 0.5);
    }
    for (const { v } of times) {
      context.moveTo(Math.round(this.#x(v)) + 0.5, area.top);
      context.lineTo(Math.round(this.#x(v)) + 0.5, bottom);
    }
    context.stroke();
    context.globalAlpha = 1;
    for (const { v, label } of values) context.fillText(label, area.left - 6, Math.max(this.#y(v), 6), area.left - 6);
    if (!this.hasTimes) return;
    context.textAlign = "center";
    context.textBaseline = "top";
    let free = -Infinity;
    for (const { v, label } of times) {
      const half = context.measureText(label).width / 2, x = Math.min(Math.max(this.#x(v), half), this.width - half);
      if (x - half < free) continue;
      context.fillText(label, x, bottom + 7);
      free = x + half + 6;
    }
  }

  #drawLimits(context, area) {
    let free = Infinity;
    for (const { value, label, severity } of (this.limits?.() ?? []).toSorted((a, b) => a.value - b.value)) {
      const y = this.#y(value);
      if (!(y >= area.top && y <= area.top + area.height)) continue;
      context.strokeStyle = context.fillStyle = colour(lineColour(severity));
      context.setLineDash(LIMIT_DASHES[severity] ?? []);
      context.beginPath();
      context.moveTo(area.left, y);
      context.lineTo(area.left + area.width, y);
      context.stroke();
      context.setLineDash([]);
      if (y - 2 > free || y - scaled(14) < area.top) continue; // the legend has it
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.fillText(label, area.left + area.width - 4, y - 2);
      free = y - scaled(15);
    }
  }

  /** The cursor's line, and a point on each curve. */
  drawCursor() {
    const time = this.cursor.value, isShown = this.box && time !== null && time >= this.span.from && time <= this.span.to;
    if (!isShown) return void (this.front.width &&= 0);
    const { top, height } = this.box, context = contextOf(this.front, this.width, this.height);
    context.fillStyle = colour("muted");
    context.fillRect(Math.round(this.#x(time)), top, 1, height);
    for (const curve of this.curves) {
      const { history, field, shift = 0 } = curve;
      const index = history?.nearest(field, time - shift, this.reach()) ?? -1;
      if (index < 0) continue;
      const series = history.series.get(field);
      context.fillStyle = seriesColour(curve.colour);
      context.beginPath();
      context.arc(this.#x(history.place(series.t[index]) + shift), this.#y(series.mean[index]), 3.5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** How far from the cursor a value may be to be read there, in ms. */
  reach() {
    return (this.span.length / this.area().width) * 12;
  }
}

function lineColour(severity) {
  return severity === "critical" ? "bad" : severity === "warning" ? "warn" : "muted";
}

function hatch(context, x, y, width, height, style) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = style;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 8) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
