// Mouse, pen and touch over a plot or a timeline. Drag zooms, shift and drag pans, ctrl and wheel zooms, double click shows all;
// one finger pans, two zoom. The page still scrolls up and down.

import { h } from "../core/dom.js";

const LEAST_DRAG = 5;

/**
 * @param element covers the plot
 * @param area () → {left, width}: where the times are, in px from the element's left edge
 * @param cursor the Signal of the time under the pointer
 * @returns what ends it
 */
export function gestures(element, { span, area, cursor }) {
  const selection = h("div", { class: "plot-selection", hidden: true });
  element.append(selection);
  const pointers = new Map();
  let drag = null;

  const place = (event) => event.clientX - element.getBoundingClientRect().left;
  const timeAt = (x, from = span.from, to = span.to) => {
    const { left, width } = area();
    return from + ((x - left) / Math.max(width, 1)) * (to - from);
  };
  const within = (x) => {
    const { left, width } = area();
    return Math.min(Math.max(x, left), left + width);
  };

  function down(event) {
    if (event.pointerType === "mouse" && event.button > 1) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    const pans = event.pointerType === "touch" || event.shiftKey || event.button === 1;
    drag = { kind: pointers.size > 1 ? "pinch" : pans ? "pan" : "select", from: span.from, to: span.to, start: new Map(pointers), moved: false };
  }

  function move(event) {
    const x = place(event);
    if (!pointers.has(event.pointerId)) return cursor.set(within(x) === x ? timeAt(x) : null);
    pointers.set(event.pointerId, x);
    const start = drag.start.get(event.pointerId);
    if (Math.abs(x - start) >= LEAST_DRAG) drag.moved = true;
    if (!drag.moved) return;
    if (drag.kind === "select") return select(within(start), within(x));
    cursor.set(null);
    if (drag.kind === "pan") {
      const shift = timeAt(start, drag.from, drag.to) - timeAt(x, drag.from, drag.to);
      return span.set(drag.from + shift, drag.to + shift);
    }
    const [a, b] = Array.from(drag.start.keys());
    const before = [drag.start.get(a), drag.start.get(b)], after = [pointers.get(a) ?? before[0], pointers.get(b) ?? before[1]];
    const factor = Math.abs(before[1] - before[0]) / Math.max(Math.abs(after[1] - after[0]), 10);
    // The time that was between the fingers stays between them.
    const { left, width } = area(), held = timeAt((before[0] + before[1]) / 2, drag.from, drag.to);
    const length = (drag.to - drag.from) * factor;
    const from = held - (((after[0] + after[1]) / 2 - left) / width) * length;
    span.set(from, from + length);
  }

  function select(a, b) {
    selection.hidden = false;
    selection.style.left = `${Math.min(a, b)}px`;
    selection.style.width = `${Math.abs(b - a)}px`;
  }

  function up(event) {
    const ended = drag, x = place(event);
    pointers.delete(event.pointerId);
    selection.hidden = true;
    if (pointers.size) {
      // The finger that is left pans on from where it is.
      drag = { kind: "pan", from: span.from, to: span.to, start: new Map(pointers), moved: true };
      return;
    }
    drag = null;
    if (!ended || event.type === "pointercancel") return;
    if (!ended.moved) return cursor.set(timeAt(within(x)));
    if (ended.kind !== "select") return;
    const times = [timeAt(within(ended.start.get(event.pointerId))), timeAt(within(x))].sort((a, b) => a - b);
    const { width } = area();
    if (times[1] - times[0] >= ((span.to - span.from) / width) * LEAST_DRAG) span.set(times[0], times[1]);
  }

  function wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    span.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), timeAt(within(place(event))));
  }

  const leave = (event) => event.pointerType !== "touch" && !pointers.size && cursor.set(null);
  const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: leave, dblclick: () => span.all() };
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener);
    element.removeEventListener("wheel", wheel);
    selection.remove();
  };
}
