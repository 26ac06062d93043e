// What is shown, as a file: CSV and NDJSON from the server, PNG from the canvases. By fetch and a blob: an address has no token.

import { APIError, getResponse, getText } from "../core/api.js";
import { unitOf } from "../core/fields.js";
import { span as spanText } from "../core/format.js";
import { colour, seriesColour, seriesDashes } from "./colours.js";

const PAGE = 20_000, MOST_ROWS = 100_000;

/** Hands a blob to the browser as a file. */
function save(blob, name) {
  const address = URL.createObjectURL(blob), link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A name of a file that every system takes: `weather 2026-11-28T0300Z events.csv`. */
function fileName(type, span, kind) {
  const plain = type.replace(/[^\p{L}\p{N}._ -]+/gu, "_").replace(/^[. ]+/, "").slice(0, 80) || "telemetry";
  return `${plain} ${new Date(span.from).toISOString().slice(0, 16).replace(":", "")}Z ${kind}`;
}

const times = (span) => ({ from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() });

/** The buckets of the fields that are plotted, as CSV. */
export async function historyCSV(type, fields, span, points) {
  const text = await getText(`/history/${encodeURIComponent(type)}`, { field: fields, ...times(span), points: Math.round(points), format: "csv" });
  save(new Blob([text], { type: "text/csv" }), fileName(type, span, "history.csv"));
}

/** The events as CSV, the fields as columns; at most 100,000. @returns a sentence when there are more. */
export async function eventsCSV(type, fields, span) {
  // A path with a comma is no column for the server: data as a whole has it.
  const named = fields.length && !fields.some((field) => /[,{}]/.test(field));
  const columns = named ? ["ts", ...fields.map((field) => `data.${field}`)].join(",") : "seq,ts,stream,type,data,meta";
  const text = await getText("/events", { type, ...times(span), fields: columns, limit: MOST_ROWS, format: "csv" });
  save(new Blob([text], { type: "text/csv" }), fileName(type, span, "events.csv"));
  return text.split("\n").length > MOST_ROWS ? "The file has the first 100,000 events of this span. NDJSON has them all." : "";
}

/** All events of the span, line by line as they were recorded. `progress` is called with the number so far. */
export async function eventsNDJSON(type, span, progress, signal) {
  const pieces = [];
  let after = null, count = 0;
  do {
    const params = { type, ...times(span), cursors: true, limit: PAGE, format: "ndjson", after };
    const text = await (await getResponse("/events", params, { signal })).text();
    const lines = text.split("\n").filter((line) => line);
    after = lines.length === PAGE ? JSON.parse(lines[PAGE - 1]).cursor : null;
    // {"cursor":"…","event":{…}}: the event stays byte for byte.
    pieces.push(new Blob(lines.map((line) => line.slice(line.indexOf('"event":') + 8, -1) + "\n")));
    progress((count += lines.length));
  } while (after !== null)
  save(new Blob(pieces, { type: "application/x-ndjson" }), fileName(type, span, "events.ndjson"));
}

/** The plots and timelines of a board as a picture, with a title and a legend. */
export async function picture(board) {
  const ratio = globalThis.devicePixelRatio || 1, width = Math.max(board.element.clientWidth, 320), margin = 16;
  const blocks = [
    ...board.plots.map((plot) => ({ curves: plot.curves, layers: plot.layers(), height: plot.height })),
    ...board.timelines.map((timeline) => ({
      title: `${timeline.field}: ${timeline.now.textContent}`, layers: timeline.layers(), height: timeline.canvas.clientHeight,
    })),
  ];
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * margin) * ratio;
  canvas.height = (56 + blocks.reduce((sum, block) => sum + block.height + 30, 0) + margin) * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = colour("surface");
  context.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text, x, y, font, style) => {
    context.font = `${font} system-ui, sans-serif`;
    context.fillStyle = style;
    context.fillText(text, x, y);
    return x + context.measureText(text).width;
  };
  write(board.type.slice(0, 100), margin, 28, "600 18px", colour("text"));
  write(spanText(board.span.from, board.span.to), margin, 46, "12px", colour("muted"));
  let y = 64;
  for (const block of blocks) {
    let x = margin;
    if (block.title) write(block.title.slice(0, 100), x, y + 10, "12px", colour("text"));
    for (const curve of block.curves ?? []) {
      const { name, unit } = unitOf(curve.field);
      context.strokeStyle = seriesColour(curve.colour);
      context.lineWidth = 3;
      context.setLineDash(curve.dashes ?? seriesDashes(curve.colour) ?? []);
      context.beginPath();
      context.moveTo(x, y + 6);
      context.lineTo(x + 18, y + 6);
      context.stroke();
      context.setLineDash([]);
      x = write(unit ? `${name} (${unit})`.slice(0, 60) : name.slice(0, 60), x + 24, y + 10, "12px", colour("text")) + 18;
    }
    for (const layer of block.layers) context.drawImage(layer, margin, y + 20, width, block.height);
    y += block.height + 30;
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new APIError(0, "This browser could not make a picture of this size");
  save(blob, fileName(board.type, board.span, "plot.png"));
}
