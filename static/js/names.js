/* Where names may stand: none upon a mark, none upon another name. What finds no room is left out until the map moves. */

const GAP_PX = 4;
const OFFSETS = [[0, 0], [0, 26], [0, -26]]; // pixels: on its place, else below or above it

export class Names {
  constructor(map) {
    this.map = map;
    this.groups = new Map();
  }

  /** The names of one group, most important first: [{where, node, offsets?}]; they replace the group's earlier ones. */
  set(group, names) {
    for (const { handle } of this.groups.get(group) ?? []) handle.remove();
    this.groups.set(group, names.map((name) => ({ ...name, handle: this.map.name(name.where, name.node), size: null })));
  }

  /** Gives each name its room. `marks` are obstacles: {where(), node, radius}; groups come in the order of their names. */
  arrange(marks) {
    const taken = marks.map((mark) => around(this.map.pixelOf(mark.where()), mark.radius, mark.radius));
    for (const group of [...this.groups.keys()].sort()) {
      for (const name of this.groups.get(group)) this.settle(name, taken);
    }
  }

  settle(name, taken) {
    const [x, y] = this.map.pixelOf(name.where);
    name.size ??= measure(name.node);
    const [halfWidth, halfHeight] = name.size;
    for (const [right, down] of name.offsets ?? OFFSETS) {
      const box = around([x + right, y + down], halfWidth, halfHeight);
      if (taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      name.node.firstElementChild.style.translate = `${right}px ${down}px`;
      name.node.classList.remove("is-crowded");
      return;
    }
    name.node.classList.add("is-crowded");
  }
}

function measure(node) {
  const { offsetWidth, offsetHeight } = node.firstElementChild;
  return [offsetWidth / 2 + GAP_PX, offsetHeight / 2 + GAP_PX];
}

function around([x, y], halfWidth, halfHeight) {
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

function overlap([west, north, east, south], other) {
  return west < other[2] && other[0] < east && north < other[3] && other[1] < south;
}
