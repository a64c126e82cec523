/* What the status line says while a place is drawn: what is there, how long or large, and where it is in words. */

import { count, element, fetchJson, fill, plural } from "./dom.js";

const KM2_FROM_M2 = 100_000;

export class PlaceWords {
  constructor(line, config) {
    Object.assign(this, { line, config });
    this.said = "";
  }

  say(words, link = null) {
    this.said = words;
    this.line.replaceChildren(words, ...(link ? [" ", link] : []));
  }

  /** Tells of the drawing itself; `first` is said before it. The place in words follows by `ask`. */
  describe(sketch, first = "") {
    this.say([first, this.of(sketch)].filter(Boolean).join(" "));
  }

  of(sketch) {
    const { strings, language } = this.config;
    const { type, points, isComplete } = sketch;
    if (sketch.isEmpty) return strings.start[type];
    if (type === "Point") return strings.point;
    if (type === "LineString" && !isComplete) return strings.lineBegun;
    if (type === "LineString") {
      return plural(strings.line, points.length, language, { d: count(roughly(sketch.length), language) });
    }
    if (!isComplete) return plural(strings.areaBegun, points.length, language);
    if (sketch.crosses) return strings.crossing;
    return plural(strings.area, points.length, language, { d: this.sizeWords(sketch.size) });
  }

  sizeWords(squareMetres) {
    const { strings, language } = this.config;
    if (squareMetres < KM2_FROM_M2) return fill(strings.squareMetres, { d: count(roughly(squareMetres), language) });
    const d = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(squareMetres / 1_000_000);
    return fill(strings.squareKilometres, { d });
  }

  /** Adds where it is: "120 m north-east of Iso Omena", or which municipality it is in. The drawing stands without it. */
  async ask(sketch) {
    this.request?.abort();
    if (sketch.isEmpty) return;
    const { signal } = (this.request = new AbortController());
    const { urls, language } = this.config;
    const [lon, lat] = sketch.middle;
    const query = new URLSearchParams({ lon: lon.toFixed(7), lat: lat.toFixed(7), lang: language });
    const said = this.said;
    try {
      const answer = await fetchJson(`${urls.place}?${query}`, signal);
      if (signal.aborted || this.said !== said) return;
      if (answer.inside) this.say([said, this.inside(answer)].filter(Boolean).join(" "));
      else this.outside(said, answer.neighbour);
    } catch {
      // Where it is will be said by the server when the form is checked.
    }
  }

  inside({ place, area }) {
    const { strings, language } = this.config;
    if (!place && !area) return "";
    const words = place && area ? fill(strings.inArea, { place, area: area.name }) : place ?? area.name;
    return `${words[0].toLocaleUpperCase(language)}${words.slice(1)}.`;
  }

  outside(said, neighbour) {
    const { strings } = this.config;
    if (!neighbour) return this.say(`${said} ${strings.outsideCity}`);
    const link = neighbour.url ? element("a", { href: neighbour.url }, fill(strings.otherLink, neighbour)) : null;
    return this.say(`${said} ${fill(strings.other, neighbour)}`, link);
  }
}

/** Two figures: nobody draws to the metre. */
function roughly(number) {
  if (number < 10) return Math.round(number);
  const step = 10 ** (Math.floor(Math.log10(number)) - 1);
  return Math.round(number / step) * step;
}
