// What plots and timelines have in common: a lane of times to drag over, which follows the cursor and its own size.

import { gestures } from "./gestures.js";
import { laneOf } from "./lane.js";

export class LaneView {
  /**
   * Begins to follow, once its elements are there: `canvas`, `touch`, where it is dragged over, and `element`.
   * @param frame the element that is as wide as the lane
   * @param oncursor, onsize called when the cursor has moved, and when the width may have changed
   */
  follow(frame, oncursor, onsize) {
    this.frame = frame;
    const sizes = new ResizeObserver(onsize);
    sizes.observe(frame);
    this.ends = [
      gestures(this.touch, { span: this.span, area: () => this.area(), cursor: this.cursor }),
      this.cursor.on(oncursor),
      () => sizes.disconnect(),
    ];
  }

  /** Where the times are, in px from the left edge of the frame. */
  area() {
    return laneOf(this.frame.clientWidth);
  }

  /** Its canvases, the lowest first. */
  layers() {
    return [this.canvas];
  }

  destroy() {
    for (const end of this.ends) end();
    this.element.remove();
  }
}
