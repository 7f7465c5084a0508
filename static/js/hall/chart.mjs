// The price curve, drawn again after each bid with the geometry of templates/macros/graphics.html.

import { wanText } from "../ui/capitals.mjs";

const SVG = "http://www.w3.org/2000/svg";
const EDGE = { left: 64, right: 16, top: 16, bottom: 34 };
const LINES = 5;
const WAN_FEN = 1_000_000;

/** points: [{no, fen, own}] in order, at least one. */
export function drawChart(svg, points, startFen) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const w = width - EDGE.left - EDGE.right;
  const h = height - EDGE.top - EDGE.bottom;
  const fens = points.map((point) => point.fen);
  const high = Math.max(...fens, startFen + 1);
  const low = Math.min(...fens, startFen);
  const span = (high - low) * 1.08 || 1;
  const x = (index) => round(EDGE.left + ((index + 0.5) / points.length) * w);
  const y = (fen) => round(EDGE.top + h - ((fen - low) / span) * h);
  const parts = [];
  for (let n = 0; n < LINES; n += 1) {
    const value = low + ((high - low) * n) / (LINES - 1);
    const at = y(value);
    parts.push(part("line", { class: "chart__grid", x1: EDGE.left, x2: width - EDGE.right, y1: at, y2: at }));
    const text = wanText(BigInt(Math.floor(value / WAN_FEN) * WAN_FEN));
    parts.push(part("text", { x: EDGE.left - 10, y: at + 4, "text-anchor": "end" }, text));
  }
  const floor = EDGE.top + h;
  parts.push(part("line", { class: "chart__axis", x1: EDGE.left, x2: width - EDGE.right, y1: floor, y2: floor }));
  const steps = points.map((point, i) => (i ? `H${x(i)}V${y(point.fen)}` : `M${x(0)} ${y(point.fen)}`));
  parts.push(part("path", { class: "chart__step", d: `${steps.join("")}H${width - EDGE.right}` }));
  points.forEach((point, i) => {
    const [px, py] = [x(i), y(point.fen)];
    parts.push(
      point.own
        ? part("rect", { class: "chart__own", x: px - 6, y: py - 6, width: 12, height: 12 })
        : part("circle", { class: "chart__dot", cx: px, cy: py, r: 4 }),
    );
    if (points.length <= width / 48 || i === 0 || i === points.length - 1) {
      parts.push(part("text", { x: px, y: height - 12, "text-anchor": "middle" }, String(point.no)));
    }
  });
  svg.replaceChildren(...parts);
}

function part(name, attributes, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
