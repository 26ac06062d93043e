// The fields of a type: latest value, unit and kind, and which are plotted.

import { cut, value as valueText } from "../core/format.js";
import { unitOf } from "../core/fields.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { hasStates, isNumeric, kindOf } from "./fields.js";
import { button, searchInput } from "./parts.js";

const ROWS = 200, SEARCHED_FROM = 10;

export class FieldPanel {
  /**
   * @param fields as GET /types has them
   * @param chosen the set of paths that are plotted; `onchange` is called after it was changed
   */
  constructor(fields, chosen, onchange, most) {
    Object.assign(this, { fields, chosen, onchange, most });
    this.rows = new Map();
    this.limit = ROWS;
    this.list = h("ul", { class: `field-list ${fields.some((field) => unitOf(field.path).unit) ? "has-units" : ""}` });
    this.more = button("More fields", () => this.#more());
    this.count = h("p", { class: "field-count", role: "status" });
    this.search = searchInput("Find a field", () => this.#filter());
    const searched = fields.length >= SEARCHED_FROM;
    this.element = h("section", { class: "fields panel", "aria-label": "Fields" },
      h("h2", {}, "Fields"), searched ? this.search : null, this.list, this.more, this.count);
    this.#filter();
  }

  /** Fields that came since. */
  setFields(fields) {
    this.fields = fields;
    this.#filter();
  }

  /** Writes the latest values: path → value. */
  setValues(leaves) {
    this.leaves = leaves;
    for (const [path, row] of this.rows) {
      if (leaves.has(path)) setText(row.value, cut(valueText(leaves.get(path)), 60));
    }
  }

  #more() {
    this.limit += ROWS;
    this.#draw();
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter((word) => word);
    this.found = this.fields.filter((field) => words.every((word) => field.path.toLowerCase().includes(word)));
    // What is plotted stays at hand.
    if (!words.length) this.found.sort((a, b) => this.chosen.has(b.path) - this.chosen.has(a.path));
    this.limit = ROWS;
    this.#draw();
  }

  #draw() {
    this.rows.clear();
    replace(this.list, this.found.slice(0, this.limit).map((field) => this.#row(field)));
    this.more.hidden = this.found.length <= this.limit;
    const all = this.fields.length;
    setText(this.count, this.found.length === all ? `${all} ${all === 1 ? "field" : "fields"}` : `${this.found.length} of ${all} fields`);
    if (this.leaves) this.setValues(this.leaves);
  }

  #row(field) {
    const { name, unit } = unitOf(field.path), drawable = isNumeric(field) || hasStates(field);
    const box = h("input", { type: "checkbox", disabled: !drawable, checked: this.chosen.has(field.path), onchange: () => this.#toggle(field, box) });
    const value = h("span", { class: "field-value live", dir: "auto" }, cut(valueText(field.last ?? undefined), 60));
    this.rows.set(field.path, { value, box });
    return h("li", {}, h("label", { title: field.path.slice(0, 300) }, box,
      h("span", { class: "field-name" }, bdi(name), " ", h("small", {}, kindOf(field))), value, h("span", { class: "field-unit" }, unit)));
  }

  #toggle(field, box) {
    if (box.checked && this.chosen.size >= this.most) {
      box.checked = false;
      return setText(this.count, `At most ${this.most} fields are plotted together: take one away first.`);
    }
    if (box.checked) this.chosen.add(field.path);
    else this.chosen.delete(field.path);
    this.onchange();
  }
}
