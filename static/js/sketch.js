/* The drawing of a place: a point, a line of points, or an area that closes itself. Knows no page and no map. */

const EARTH_RADIUS_M = 6_371_008.8; // mean radius, IUGG
const DECIMALS = 7; // of a degree: what the server keeps
const NEEDED = { Point: 1, LineString: 2, Polygon: 3 };
const radians = (degrees) => (degrees * Math.PI) / 180;

export class Sketch {
  /** `type` as in GeoJSON: Point, LineString or Polygon; `points` are [longitude, latitude]. */
  constructor(type, points = []) {
    Object.assign(this, { type, points, finished: false });
  }

  /** The sketch of a GeoJSON geometry. */
  static of({ type, coordinates }) {
    if (type === "Point") return new Sketch(type, [coordinates]);
    const sketch = new Sketch(type, type === "Polygon" ? coordinates[0].slice(0, -1) : coordinates);
    sketch.finished = true;
    return sketch;
  }

  /** Another type: a line's points may become corners and the other way; a pin begins nothing (it may have been a search). */
  as(type) {
    if (this.type === type) return this;
    const keeps = type !== "Point" && this.type !== "Point";
    return new Sketch(type, keeps ? this.points.slice() : []);
  }

  add(point) {
    if (this.type === "Point") this.points = [point];
    else if (!this.finished) this.points.push(point);
  }

  move(index, point) {
    this.points[index] = point;
  }

  undo() {
    this.finished = false;
    return this.points.pop();
  }

  clear() {
    this.finished = false;
    this.points = [];
  }

  finish() {
    this.finished = true;
  }

  get isEmpty() {
    return !this.points.length;
  }

  /** Whether a press adds something: a pin is put anew, a line or an area grows until it is ended. */
  get takesMore() {
    return this.type === "Point" || !this.finished;
  }

  /** Whether the point of this number is the one that ends the drawing: an area's first corner, a line's last point. */
  endsAt(index) {
    return !this.finished && (this.type === "Polygon" ? index === 0 : index === this.points.length - 1);
  }

  get isComplete() {
    return this.points.length >= NEEDED[this.type];
  }

  /** GeoJSON (EPSG:4326) once complete, else null. An area's ring is closed and runs counter-clockwise. */
  get geometry() {
    if (!this.isComplete) return null;
    const points = this.points.map((point) => point.map((degrees) => Number(degrees.toFixed(DECIMALS))));
    if (this.type === "Point") return { type: "Point", coordinates: points[0] };
    if (this.type === "LineString") return { type: "LineString", coordinates: points };
    const ring = outwards(points);
    return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
  }

  /** What is to be seen while drawing: a line even before an area has its third corner. */
  get outline() {
    if (this.type === "Point" || this.points.length < 2) return null;
    return this.isComplete ? this.geometry : { type: "LineString", coordinates: this.points };
  }

  /** Along the line, in metres on the sphere. */
  get length() {
    return this.points.slice(1).reduce((sum, point, i) => sum + distance(this.points[i], point), 0);
  }

  /** Of the area, in square metres. */
  get size() {
    return Math.abs(signedArea(this.points));
  }

  /** Whether two edges of the area cross; the server refuses such an area. */
  get crosses() {
    if (this.type !== "Polygon" || this.points.length < 4) return false;
    const edges = this.points.map((point, i) => [point, this.points[(i + 1) % this.points.length]]);
    const areNeighbours = (i, j) => j - i === 1 || (i === 0 && j === edges.length - 1);
    return edges.some((one, i) => edges.some((other, j) => j > i && !areNeighbours(i, j) && cross(one, other)));
  }

  /** Where the place is asked for in words: the point, the line's middle point, the mean of the corners. */
  get middle() {
    if (this.type === "Polygon" && this.isComplete) {
      return [0, 1].map((axis) => this.points.reduce((sum, point) => sum + point[axis], 0) / this.points.length);
    }
    return this.points[Math.floor((this.points.length - 1) / 2)];
  }
}

/** Haversine, in metres. */
function distance([lon1, lat1], [lon2, lat2]) {
  const half = (one, other) => Math.sin((radians(other) - radians(one)) / 2) ** 2;
  const a = half(lat1, lat2) + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * half(lon1, lon2);
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(a));
}

/** The corners in the order that runs counter-clockwise. */
export function outwards(points) {
  return signedArea(points) < 0 ? points.reverse() : points;
}

/** Square metres, positive for counter-clockwise, on a plane that touches the earth at the first point: exact to some
    thousandths for what a person draws. */
export function signedArea(points) {
  const [originLon, originLat] = points[0];
  const flat = points.map(([lon, lat]) => [
    radians(lon - originLon) * Math.cos(radians(originLat)) * EARTH_RADIUS_M,
    radians(lat - originLat) * EARTH_RADIUS_M,
  ]);
  return flat.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = flat[(i + 1) % flat.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

export function cross([a, b], [c, d]) {
  const side = (p, q, r) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}
