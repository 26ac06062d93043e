// The keys of a page of plots. The arrows go to the plot that has the focus: elsewhere they scroll.

import { addKeys } from "../core/keys.js";

/**
 * @param plots the element whose plots take the arrows
 * @param own more keys, as addKeys takes them
 * @returns what ends it
 */
export function plotKeys(plots, span, own = []) {
  const end = addKeys("Plots", [
    ["+", "closer", () => span.zoom(0.5)], ["-", "farther", () => span.zoom(2)], ["0", "all there is", () => span.all()],
    ["l", "live", () => span.toLive()], ["← →", "earlier, later (on a plot)", null], ...own,
  ]);
  const press = (event) => {
    const part = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];
    if (!part || event.ctrlKey || event.metaKey || event.altKey || !event.target.classList.contains("plot")) return;
    event.preventDefault();
    span.pan(part);
  };
  plots.addEventListener("keydown", press);
  return () => {
    end();
    plots.removeEventListener("keydown", press);
  };
}
