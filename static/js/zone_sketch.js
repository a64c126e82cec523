/* Drawings of where somebody looks: a place with a distance, and areas with holes. They know no page and no map, and are
   asked the same as a Sketch. */

import { Sketch, cross, outwards, signedArea } from "./sketch.js";

const CORNERS_NEEDED = 3;
const CIRCLE_CORNERS = 64;
const METRES_PER_DEGREE = 111_195; // of latitude, on the sphere
const DECIMALS = 7;

/** A pin with the ground within `radius` metres of it. */
export class CircleSketch extends Sketch {
  constructor(points = [], radius = 0) {
    super("Point", points);
    this.radius = radius;
    this.finished = true;
  }

  get outline() {
    if (this.isEmpty) return null;
    const [lon, lat] = this.points[0];
    const [dx, dy] = [this.radius / METRES_PER_DEGREE / Math.cos((lat * Math.PI) / 180), this.radius / METRES_PER_DEGREE];
    const corner = (i) => (i * 2 * Math.PI) / CIRCLE_CORNERS;
    const ring = Array.from({ length: CIRCLE_CORNERS }, (_, i) => [lon + dx * Math.cos(corner(i)), lat + dy * Math.sin(corner(i))]);
    return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
  }
}

/** Rings, the last of which may still be drawn. One inside another is a hole in it, one inside that an area again. */
export class ZoneSketch {
  constructor(rings = []) {
    this.type = "MultiPolygon";
    this.rings = rings;
    this.finished = rings.length > 0;
  }

  /** The sketch of a GeoJSON Polygon or MultiPolygon. */
  static of({ type, coordinates }) {
    const polygons = type === "Polygon" ? [coordinates] : coordinates;
    return new ZoneSketch(polygons.flat().map((ring) => ring.slice(0, -1)));
  }

  get points() {
    return this.rings.flat();
  }

  /** The ring that is drawn now; an empty one between two. */
  get current() {
    return this.finished ? [] : (this.rings.at(-1) ?? []);
  }

  get whole() {
    return this.rings.filter((ring) => ring.length >= CORNERS_NEEDED);
  }

  get isEmpty() {
    return !this.rings.length;
  }

  get isComplete() {
    return this.current.length >= CORNERS_NEEDED;
  }

  get takesMore() {
    return true;
  }

  add(point) {
    if (this.finished || this.isEmpty) this.rings.push([]);
    this.finished = false;
    this.rings.at(-1).push(point);
  }

  move(index, point) {
    let ring = 0;
    while (index >= this.rings[ring].length) index -= this.rings[ring++].length;
    this.rings[ring][index] = point;
  }

  /** Takes the last point off; a finished ring is open again then. */
  undo() {
    this.rings.at(-1).pop();
    this.finished = false;
    if (this.rings.at(-1).length) return;
    this.rings.pop();
    this.finished = this.rings.length > 0;
  }

  clear() {
    this.rings = [];
    this.finished = false;
  }

  finish() {
    this.finished = true;
  }

  /** Whether the point of this number is the one by which the ring is closed. */
  endsAt(index) {
    return !this.finished && index === this.points.length - this.current.length;
  }

  /** How many rings each whole ring lies in; odd is a hole. */
  get depths() {
    return this.whole.map((ring) => this.whole.filter((other) => other !== ring && isInside(ring[0], other)).length);
  }

  /** GeoJSON (EPSG:4326) of the whole rings, wound as RFC 7946 has it; null while there is none. */
  get geometry() {
    const { whole, depths } = this;
    if (!whole.length) return null;
    const polygons = whole.flatMap((ring, i) => {
      if (depths[i] % 2) return [];
      const holes = whole.filter((hole, j) => depths[j] === depths[i] + 1 && isInside(hole[0], ring));
      return [[closed(ring), ...holes.map((hole) => closed(hole).reverse())]];
    });
    return polygons.length ? { type: "MultiPolygon", coordinates: polygons } : null;
  }

  /** What is to be seen while drawing: the areas, and the line of a ring that is no area yet. */
  get outline() {
    const { geometry, current } = this;
    const line = current.length > 1 && current.length < CORNERS_NEEDED ? { type: "LineString", coordinates: current } : null;
    const features = [geometry, line].filter(Boolean).map((one) => ({ type: "Feature", properties: {}, geometry: one }));
    return features.length ? { type: "FeatureCollection", features } : null;
  }

  /** Square metres, holes taken off. */
  get size() {
    const { depths } = this;
    return this.whole.reduce((sum, ring, i) => sum + Math.abs(signedArea(ring)) * (depths[i] % 2 ? -1 : 1), 0);
  }

  get holes() {
    return this.depths.filter((depth) => depth % 2).length;
  }

  /** Whether two edges cross, of one ring or of two; the server refuses such areas. */
  get crosses() {
    const edges = this.whole.flatMap((ring, of) => ring.map((point, i) => ({ of, i, of_all: ring.length, edge: [point, ring[(i + 1) % ring.length]] })));
    const touch = (a, b) => a.of === b.of && [1, a.of_all - 1].includes(b.i - a.i);
    return edges.some((a, i) => edges.some((b, j) => j > i && !touch(a, b) && cross(a.edge, b.edge)));
  }

  get middle() {
    const ring = this.rings.at(-1);
    return [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
  }
}

/** The ring closed and counter-clockwise, with the digits that the server keeps. */
function closed(ring) {
  const points = outwards(ring.map((point) => point.map((degrees) => Number(degrees.toFixed(DECIMALS)))));
  return [...points, points[0]];
}

/** By the crossings of a ray to the east. */
function isInside([x, y], ring) {
  return ring.reduce((inside, [ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length];
    const isCrossed = ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay);
    return isCrossed ? !inside : inside;
  }, false);
}
