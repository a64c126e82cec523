/* One Tab stop among the marks of a map: arrows go from mark to mark, Enter chooses, and two buttons do the same for a
   pointer or a switch. 500 pins would else be 500 stops. */

const ROW_PX = 88; // marks whose heights differ less are in one row, read from left to right
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Roving {
  constructor(map) {
    this.map = map;
    this.marks = [];
    this.current = null;
    map.element.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** The marks now on the map, each with node, where() and choose(); the stop stays where it was if that mark is still here. */
  set(marks) {
    const inView = marks.filter((mark) => this.isInView(mark));
    this.marks = inView.sort((a, b) => this.order(a) - this.order(b));
    if (!this.marks.includes(this.current)) this.current = null;
    for (const mark of marks) mark.node.tabIndex = -1;
    const stop = this.current ?? this.marks[0];
    if (stop) stop.node.tabIndex = 0;
  }

  isInView(mark) {
    const [x, y] = this.map.pixelOf(mark.where());
    const [width, height] = this.map.size();
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }

  order(mark) {
    const [x, y] = this.map.pixelOf(mark.where());
    return Math.round(y / ROW_PX) * 100_000 + x;
  }

  /** The next (or with -1 the previous) mark, which becomes the stop; undefined on an empty map. Goes round at the ends. */
  step(by) {
    if (!this.marks.length) return undefined;
    const from = this.current ? this.marks.indexOf(this.current) : by > 0 ? -1 : 0;
    const next = this.marks[(from + by + this.marks.length) % this.marks.length];
    this.stopAt(next);
    return next;
  }

  stopAt(mark) {
    for (const other of this.marks) other.node.tabIndex = -1;
    this.current = mark;
    mark.node.tabIndex = 0;
  }

  onKey(event) {
    const mark = this.marks.find(({ node }) => node === event.target);
    if (!mark || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) {
      this.current = mark;
      this.step(STEPS[event.key]).node.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      this.stopAt(mark);
      mark.choose();
    } else {
      return;
    }
    // Leaflet moves the map with the same keys.
    event.preventDefault();
    event.stopPropagation();
  }
}
