// A small reader of DER, and of the BER that older programs write into .pfx files.

const CONSTRUCTED = 0x20;
export const OCTETS = 0x04;
const DEEPEST = 32;

/**
 * One element: {tag, whole, content, children()}; `whole` and `content` are views into `bytes`.
 * Throws RangeError when the bytes are no such encoding or something follows them.
 */
export function read(bytes) {
  const { node, end } = element(bytes, 0, 0);
  if (end !== bytes.length) throw new RangeError("trailing bytes");
  return node;
}

/** Content of an OCTET STRING, also of one in pieces (BER). */
export function octets(node) {
  if (!(node.tag & CONSTRUCTED)) return node.content;
  return concat(...node.children().map(octets));
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oid(node) {
  if (node.tag !== 0x06) throw new RangeError("object identifier expected");
  const arcs = [];
  let arc = 0;
  for (const byte of node.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length) arcs.push(arc);
    else arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2));
    arc = 0;
  }
  return arcs.join(".");
}

/** A small INTEGER; RangeError above 2^31. */
export function number(node) {
  if (node.tag !== 0x02 || node.content.length > 5) throw new RangeError("small integer expected");
  const value = node.content.reduce((sum, byte) => sum * 256 + byte, 0);
  if (value > 0x7fffffff) throw new RangeError("integer too large");
  return value;
}

/** Any text type; BMPString and UniversalString in their own widths, the others as UTF-8. */
export function text(node) {
  const type = node.tag & 0x1f;
  if (type === 0x1e) return new TextDecoder("utf-16be").decode(node.content);
  if (type === 0x1c) {
    const view = new DataView(node.content.buffer, node.content.byteOffset, node.content.length);
    const points = [];
    for (let at = 0; at + 4 <= view.byteLength; at += 4) points.push(view.getUint32(at));
    return String.fromCodePoint(...points);
  }
  return new TextDecoder().decode(node.content);
}

/** UTCTime or GeneralizedTime as ISO 8601 in UTC. */
export function time(node) {
  let digits = text(node);
  if (node.tag === 0x17) digits = (digits < "5" ? "20" : "19") + digits;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (!parts) throw new RangeError("time expected");
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** DER of an element with this content. */
export function write(tag, ...contents) {
  const content = concat(...contents);
  const size = content.length;
  if (size < 0x80) return concat([tag, size], content);
  const bytes = [];
  for (let rest = size; rest; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return concat([tag, 0x80 | bytes.length, ...bytes], content);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function element(bytes, start, depth) {
  if (depth > DEEPEST) throw new RangeError("nested too deeply");
  const tag = byteAt(bytes, start);
  if ((tag & 0x1f) === 0x1f) throw new RangeError("long tag");
  const first = byteAt(bytes, start + 1);
  let at = start + 2;
  if (first === 0x80) return indefinite(bytes, start, at, tag, depth);
  let size = first;
  if (first > 0x80) {
    if (first > 0x84) throw new RangeError("length");
    size = 0;
    for (let left = first & 0x7f; left; left -= 1) size = size * 256 + byteAt(bytes, at++);
  }
  const end = at + size;
  if (end > bytes.length) throw new RangeError("truncated");
  return { node: made(tag, bytes.subarray(start, end), bytes.subarray(at, end), depth), end };
}

/** BER of indefinite length: elements until two zero bytes. */
function indefinite(bytes, start, first, tag, depth) {
  if (!(tag & CONSTRUCTED)) throw new RangeError("indefinite length");
  let at = first;
  while (byteAt(bytes, at) !== 0 || byteAt(bytes, at + 1) !== 0) {
    at = element(bytes, at, depth + 1).end;
  }
  const node = made(tag, bytes.subarray(start, at + 2), bytes.subarray(first, at), depth);
  return { node, end: at + 2 };
}

function made(tag, whole, content, depth) {
  return {
    tag,
    whole,
    content,
    children() {
      const nodes = [];
      for (let at = 0; at < content.length; ) {
        const { node, end } = element(content, at, depth + 1);
        nodes.push(node);
        at = end;
      }
      return nodes;
    },
  };
}

function byteAt(bytes, at) {
  if (at >= bytes.length) throw new RangeError("truncated");
  return bytes[at];
}
