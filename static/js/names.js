/* Where names may stand: none upon a mark, none upon another name. What finds no room is left out until the map moves,
   unless it must be kept: then it stands where it covers least. */

const GAP_PX = 4;
const OFFSETS = [[0, 0], [0, 26], [0, -26]]; // pixels: on its place, else below or above it

export class Names {
  constructor(map) {
    this.map = map;
    this.groups = new Map();
  }

  /** The names of one group, most important first; they replace the group's earlier ones.
      {where, node, beside?: radius of the mark that it names, below?: hangs from its place, keep?: shown even where it covers some}. */
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
    const offsets = name.beside ? besides(name.beside, halfWidth, halfHeight) : name.below ? [[0, 0]] : OFFSETS;
    const hangs = name.below ? halfHeight : 0;
    const boxAt = ([right, down]) => around([x + right, y + down + hangs], halfWidth, halfHeight);
    const covered = (offset) => taken.reduce((area, other) => area + overlap(boxAt(offset), other), 0);
    const best = offsets.reduce((least, offset) => (covered(offset) < covered(least) ? offset : least));
    const chosen = name.keep || !covered(best) ? best : null;
    name.node.classList.toggle("is-crowded", !chosen);
    if (!chosen) return;
    taken.push(boxAt(chosen));
    name.node.firstElementChild.style.translate = `${chosen[0]}px ${chosen[1]}px`;
  }
}

/** Below, above, right and left of a mark, then at its corners. */
function besides(radius, halfWidth, halfHeight) {
  const [aside, away] = [radius + halfWidth, radius + halfHeight];
  const [cornerAside, cornerAway] = [radius * Math.SQRT1_2 + halfWidth, radius * Math.SQRT1_2 + halfHeight];
  const corners = [1, -1].flatMap((right) => [1, -1].map((down) => [right * cornerAside, down * cornerAway]));
  return [[0, away], [0, -away], [aside, 0], [-aside, 0], ...corners];
}

function measure(node) {
  const { offsetWidth, offsetHeight } = node.firstElementChild;
  return [offsetWidth / 2 + GAP_PX, offsetHeight / 2 + GAP_PX];
}

function around([x, y], halfWidth, halfHeight) {
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

/** The square pixels that two boxes share. */
function overlap([west, north, east, south], other) {
  const [width, height] = [Math.min(east, other[2]) - Math.max(west, other[0]), Math.min(south, other[3]) - Math.max(north, other[1])];
  return width > 0 && height > 0 ? width * height : 0;
}
