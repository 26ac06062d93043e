// One plot: curves over time with bands from least to greatest, drawn by dygraphs; axes on a canvas of their own.

import { h } from "../core/dom.js";
import { colour, faded, seriesColour, seriesDashes } from "./colours.js";
import { gestures } from "./gestures.js";
import { rowsOf } from "./history.js";
import { contextOf, font, laneOf, scaled, writeWithin } from "./lane.js";
import { elapsedTicks, numberTicks, timeTicks } from "./ticks.js";

const BOTTOM = 22, BARE_BOTTOM = 8, TOP = 8;

let loading;

/** Loads dygraphs, which is a classic script with a global. */
export function loadDygraphs() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../dygraph.min.js", import.meta.url);
    script.onload = () => {
      const { PLUGINS, Plugins } = globalThis.Dygraph;
      // Labels of HTML and a style sheet in the page are not for us.
      globalThis.Dygraph.PLUGINS = PLUGINS.filter((plugin) => plugin === Plugins.Grid);
      resolve();
    };
    script.onerror = () => {
      loading = undefined;
      reject(new Error("The plot library could not be loaded. Is the server still there?"));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * A curve: its history is set when there is one.
 * @typedef {{key: string, field: string, colour: number, history?: import("./history.js").History, shift?: number}} Curve
 */

export class Plot {
  /**
   * @param {{curves: Curve[], span, cursor, height: number, hasTimes: boolean, origin?: number, shades?: () => object[], limits?: () => object[]}} options
   * `hasTimes` is whether the times stand below it; `shades` are the runs [{from, to, name}], `limits` the lines
   * [{value, label}], `origin` where a clock of the axis begins.
   */
  constructor(options) {
    Object.assign(this, options);
    this.bottom = this.hasTimes ? scaled(BOTTOM) : BARE_BOTTOM;
    this.axes = h("canvas", { class: "plot-axes", "aria-hidden": "true" });
    this.canvas = h("div", { class: "plot-canvas", "aria-hidden": "true" });
    this.touch = h("div", { class: "plot-touch" });
    this.element = h("div", { class: "plot-area" }, this.axes, this.canvas, this.touch);
    this.element.style.height = `${this.height}px`;
    this.ends = [
      gestures(this.touch, { span: this.span, area: () => this.area(), cursor: this.cursor }),
      this.cursor.on(() => this.drawCursor()),
    ];
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.element);
  }

  /** Where the times are, in px from the left edge of the element. */
  area() {
    return laneOf(this.element.clientWidth);
  }

  resize() {
    const width = this.element.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    if (!this.graph) return this.draw();
    this.graph.resize();
  }

  /** Draws anew, with the histories that the curves have now. */
  draw() {
    if (!globalThis.Dygraph || !this.element.clientWidth) return;
    this.rows = rowsOf(this.curves);
    // dygraphs wants a row; this one shows nothing.
    const file = this.rows.length ? this.rows : [[this.span.from, ...this.curves.map(() => null)]];
    if (!this.graph) this.graph = new globalThis.Dygraph(this.canvas, file, { ...this.#fixed(), ...this.#themed(), dateWindow: this.#window() });
    else this.graph.updateOptions({ file, dateWindow: this.#window() });
    this.drawCursor();
  }

  /** Shows another part of what it has. */
  move() {
    if (this.graph) this.graph.updateOptions({ dateWindow: this.#window() });
    this.drawCursor();
  }

  /** Takes other colours. */
  retheme() {
    this.graph?.updateOptions(this.#themed());
  }

  #window() {
    return [this.span.from, this.span.to];
  }

  #fixed() {
    const layout = (event) => {
      event.reserveSpaceLeft(this.area().left);
      event.reserveSpaceRight(this.area().right);
      event.reserveSpaceTop(TOP);
      event.reserveSpaceBottom(this.bottom);
    };
    const ticker = (from, to, width) => (this.origin === undefined ? timeTicks(from, to, width) : elapsedTicks(from, to, width, this.origin));
    return {
      // Names of fields may be anything, so dygraphs gets none.
      labels: ["x", ...this.curves.map((_, index) => `s${index}`)],
      customBars: true,
      plotter: [drawBand, globalThis.Dygraph.Plotters.linePlotter],
      connectSeparatedPoints: true,
      plugins: [{ activate: () => ({ layout }), destroy() {} }],
      interactionModel: {},
      showLabelsOnHighlight: false,
      highlightCircleSize: 3,
      strokeWidth: scaled(15) / 10,
      yRangePad: 6,
      rightGap: 0,
      axes: { x: { ticker, drawAxis: false }, y: { ticker: numberTicks, drawAxis: false } },
      underlayCallback: (context, area) => this.#underlay(context, area),
      drawCallback: () => this.#drawAxes(),
    };
  }

  #themed() {
    const series = Object.create(null);
    this.curves.forEach((curve, index) => (series[`s${index}`] = { strokePattern: curve.dashes ?? seriesDashes(curve.colour) }));
    return { colors: this.curves.map((curve) => seriesColour(curve.colour)), series: { ...series }, gridLineColor: colour("line"), fillAlpha: 0.22 };
  }

  // Runs as shades with their names, gaps of the type as hatches, limits as lines.
  #underlay(context, area) {
    const x = (time) => area.x + ((time - this.span.from) / this.span.length) * area.w;
    context.save();
    context.font = font();
    context.textBaseline = "top";
    for (const [index, shade] of (this.shades?.() ?? []).entries()) {
      const left = Math.max(x(shade.from), area.x), right = Math.min(x(shade.to), area.x + area.w);
      if (right < area.x || left > area.x + area.w) continue;
      context.fillStyle = faded("accent", index % 2 ? 0.07 : 0.12);
      context.fillRect(left, area.y, Math.max(right - left, 1), area.h);
      if (right - left > 24) writeWithin(context, shade.name, left + 5, area.y + 4, right - left - 10, colour("muted"));
    }
    const history = this.curves[0]?.history;
    for (const [from, to] of (this.origin === undefined && history?.gaps) || []) {
      const left = Math.max(x(from), area.x), right = Math.min(x(to), area.x + area.w);
      if (right - left >= 4) hatch(context, left, area.y, right - left, area.h, colour("line"));
    }
    context.restore();
  }

  #drawAxes() {
    // dygraphs draws first while it is made.
    if (!this.graph) return queueMicrotask(() => this.graph && this.#drawAxes());
    const width = this.element.clientWidth, context = contextOf(this.axes, width, this.height);
    const { layout_: layout } = this.graph, area = layout.getPlotArea();
    context.font = font();
    context.fillStyle = colour("muted");
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of layout.yticks ?? []) {
      const y = Math.min(Math.max(area.y + tick.pos * area.h, 6), this.height - this.bottom);
      context.fillText(tick.label, area.x - 6, y, area.x - 6);
    }
    context.textBaseline = "top";
    let free = -Infinity;
    for (const tick of this.hasTimes ? (layout.xticks ?? []) : []) {
      const half = context.measureText(tick.label).width / 2;
      const x = Math.min(Math.max(area.x + tick.pos * area.w, half), width - half);
      if (x - half < free) continue;
      context.textAlign = "center";
      context.fillText(tick.label, x, area.y + area.h + 7);
      free = x + half + 6;
    }
    this.#drawLimits(context, area);
  }

  #drawLimits(context, area) {
    for (const { value, label } of this.limits?.() ?? []) {
      const y = this.graph.toDomYCoord(value);
      if (!(y >= area.y && y <= area.y + area.h)) continue;
      context.strokeStyle = context.fillStyle = colour("bad");
      context.setLineDash([6, 4]);
      context.beginPath();
      context.moveTo(area.x, y);
      context.lineTo(area.x + area.w, y);
      context.stroke();
      context.setLineDash([]);
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.fillText(label, area.x + area.w - 4, y - 2);
    }
  }

  /** The cursor's line, and a point on each curve. */
  drawCursor() {
    const context = this.graph?.canvas_ctx_;
    if (!context) return;
    context.clearRect(0, 0, this.graph.width_, this.graph.height_);
    const time = this.cursor.value;
    if (time === null || time < this.span.from || time > this.span.to) return;
    const area = this.graph.layout_.getPlotArea(), x = Math.round(this.graph.toDomXCoord(time)) + 0.5;
    context.strokeStyle = colour("muted");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, area.y);
    context.lineTo(x, area.y + area.h);
    context.stroke();
    for (const curve of this.curves) {
      const { history, field, shift = 0 } = curve;
      const index = history?.nearest(field, time - shift, this.reach()) ?? -1;
      if (index < 0) continue;
      const series = history.series.get(field);
      context.fillStyle = seriesColour(curve.colour);
      context.beginPath();
      context.arc(this.graph.toDomXCoord(history.place(series.t[index]) + shift), this.graph.toDomYCoord(series.mean[index]), 3.5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** How far from the cursor a value may be to be read there, in ms. */
  reach() {
    return (this.span.length / this.area().width) * 12;
  }

  /** Its canvases, the lowest first. */
  layers() {
    return this.graph ? [this.axes, this.graph.hidden_] : [];
  }

  destroy() {
    this.sizes.disconnect();
    for (const end of this.ends) end();
    this.graph?.destroy();
    this.element.remove();
  }
}

/** Fills from least to greatest: one outline a stretch, which is far less work than dygraphs' own, a path a bucket. */
function drawBand({ drawingContext: context, points, plotArea: { y, h }, color, dygraph }) {
  context.save();
  context.globalAlpha = dygraph.getOption("fillAlpha");
  context.fillStyle = color;
  let stretch = [];
  const fill = () => {
    if (stretch.length > 1 && stretch.some((point) => point.y_top !== point.y_bottom)) {
      context.beginPath();
      for (const point of stretch) context.lineTo(point.canvasx, y + h * point.y_top);
      for (const point of stretch.reverse()) context.lineTo(point.canvasx, y + h * point.y_bottom);
      context.fill();
    }
    stretch = [];
  };
  for (const point of points) {
    if (point.yval === null) continue;
    if (Number.isNaN(point.yval)) fill();
    else stretch.push(point);
  }
  fill();
  context.restore();
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
