/** The place of alarms: shown in the header once GET /server says that the server has them. */
import { h } from "../core/dom.js";

export function mount(root) {
  root.append(h("div", { class: "empty" }, h("h1", {}, "Alarms"), h("p", {}, "This server has no alarms.")));
  return { unmount() {} };
}
