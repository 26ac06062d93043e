/** The place of traces: shown in the header once GET /server says that the server has them. */
import { h } from "../core/dom.js";

export function mount(root) {
  root.append(h("div", { class: "empty" }, h("h1", {}, "Traces"), h("p", {}, "This server has no traces.")));
  return { unmount() {} };
}
