import { h } from "../core/dom.js";
import { current } from "../core/current.js";
import { href } from "../core/router.js";
export function mount(root) {
  const list = h("ul", {});
  const draw = () => list.replaceChildren(...[...current.types.keys()].slice(0, 200).map((type) => h("li", {}, h("a", { href: href("type", type) }, type))));
  const off = current.on(draw);
  draw();
  root.append(list);
  return { unmount: off };
}
