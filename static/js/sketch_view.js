/* The drawing on the map: its outline and its points, which can be dragged or pressed. */

import { element, fill } from "./dom.js";
import { dropNode } from "./marks.js";

const VERTEX_PX = 32;

export class SketchView {
  /** `moved(index, where, dropped)` while and after a point is dragged; `pressed(index)` for a press on one. */
  constructor(map, config, { moved, pressed }) {
    Object.assign(this, { map, config, moved, pressed });
    this.marks = [];
    this.outline = null;
  }

  draw(sketch) {
    this.drawOutline(sketch);
    for (const mark of this.marks) mark.remove();
    this.marks = sketch.points.map((point, index) => this.drawPoint(sketch, point, index));
  }

  drawOutline(sketch) {
    this.outline?.remove();
    const { outline } = sketch;
    const classes = ["sketch", sketch.crosses && "sketch--crossing", sketch.finished && "sketch--finished"];
    this.outline = outline && this.map.shape(outline, { className: classes.filter(Boolean).join(" ") });
  }

  drawPoint(sketch, point, index) {
    const isPin = sketch.type === "Point";
    return this.map.mark(point, {
      node: isPin ? dropNode() : this.vertex(sketch, index),
      size: isPin ? 44 : VERTEX_PX,
      draggable: true,
      above: 500,
      onDrag: (where) => this.moved(index, where, false),
      onDropped: (where) => this.moved(index, where, true),
      onChoose: () => this.pressed(index),
    });
  }

  vertex(sketch, index) {
    const isEnd = sketch.endsAt(index);
    const label = fill(this.config.strings.pointLabel, { i: index + 1 });
    return element("div", { class: `vertex ${isEnd ? "vertex--end" : ""}`, role: "button", tabindex: "-1", "aria-label": label });
  }

  pick(index) {
    this.marks.forEach((mark, i) => mark.node.classList.toggle("is-picked", i === index));
  }

  showWhole(sketch) {
    if (sketch.type === "Point") return this.map.show(sketch.points[0], 16, { animate: false });
    const [xs, ys] = [0, 1].map((axis) => sketch.points.map((point) => point[axis]));
    return this.map.showBox([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], { animate: false, padding: 60 });
  }
}
