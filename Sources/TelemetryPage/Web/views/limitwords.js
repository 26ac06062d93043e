// The limits of fields in words: the legend of the lines in a plot.

import { bdi, h, replace } from "../core/dom.js";
import { unitOf } from "../core/fields.js";
import { cut, duration } from "../core/format.js";
import { boundsOf, boundText, limits } from "../core/limits.js";
import { severityChip } from "../core/states.js";

export function limitWords() {
  return h("ul", { class: "limit-words", "aria-label": "Limits", hidden: true });
}

/** Writes the limits of fields into what `limitWords` made. */
export function writeLimits(element, type, fields) {
  const rows = fields.flatMap((field) => limits.of(type, field).flatMap((limit) => boundsOf(limit).map(([severity, bound]) => h("li", {},
    severityChip(severity), " ", fields.length > 1 && [bdi(cut(field, 80)), " "], bdi(cut(boundText(bound, unitOf(field).unit), 200)),
    limit.change_over_s !== undefined && `, by how much it changes within ${duration(limit.change_over_s * 1000)}`))));
  element.hidden = rows.length === 0;
  replace(element, rows);
}
