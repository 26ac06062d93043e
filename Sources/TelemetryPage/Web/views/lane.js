// The lane of times that plots, timelines and the strip below them share: as wide in each, so that times stand below each other.

const RIGHT = 10;

/** A length in px of the page's usual size of text, where its text is larger: on a wall, or as somebody likes it. */
export function scaled(length) {
  return Math.round((length * parseFloat(getComputedStyle(document.documentElement).fontSize)) / 15);
}

/** The font of canvases. */
export function font() {
  return `${scaled(12)}px system-ui, sans-serif`;
}

/** Where the lane is in an element of this width: {left, right, width}, in px. */
export function laneOf(width) {
  const left = scaled(width < 520 ? 44 : 58);
  return { left, right: RIGHT, width: Math.max(1, width - left - RIGHT) };
}

/** The context of a canvas that is made as large as this, in px, sharp on every screen. */
export function contextOf(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

/** Writes a text, with an ellipsis where there is no more room, and not at all where there is hardly any. */
export function writeWithin(context, text, x, y, width, style) {
  let short = text.slice(0, 80);
  while (short && context.measureText(short).width > width) short = short.slice(0, short.length > 4 ? -3 : -1);
  if (!short || (short !== text && short.length < 4)) return;
  context.fillStyle = style;
  context.textAlign = "left";
  context.fillText(short === text ? text : `${short.slice(0, -1)}…`, x, y);
}
