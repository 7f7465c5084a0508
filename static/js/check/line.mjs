// The line to the server: how long a request takes there and back, whether the live channel gets
// through, and how far this computer's clock is off.

import { io } from "../vendor/socket.io.esm.min.js";

const TIMES = 5;
const ANSWER_MS = 8_000;
const OPEN_MS = 8_000;

/**
 * {ms, offsetMs, boundMs, forwarded, via} of five requests: the median there and back; this
 * computer's clock minus the server's, and how far wrong that can be. Throws if there is no answer.
 */
export async function measure(url) {
  await ask(url); // The first also opens the connection.
  const samples = [];
  for (let n = 0; n < TIMES; n += 1) samples.push(await ask(url));
  // Nobody knows when within the round trip the server looked at its clock.
  const best = samples.reduce((one, other) => (other.ms < one.ms ? other : one));
  return {
    ms: median(samples.map((sample) => sample.ms)),
    offsetMs: best.wallMs - best.answer.now_us / 1000,
    boundMs: best.ms / 2,
    forwarded: samples.some(({ answer }) => answer.forwarded),
    via: samples.some(({ answer }) => answer.via),
  };
}

/** {openedMs, ms} of the channel that the hall uses; null if it does not get through. */
export async function openSocket(path) {
  const began = performance.now();
  const socket = io({ path, transports: ["websocket"], reconnection: false, forceNew: true });
  try {
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
      // Let in and thrown out again, as some firewalls do it.
      socket.io.engine.once("close", reject);
      setTimeout(reject, OPEN_MS);
    });
    const openedMs = performance.now() - began;
    const trips = [];
    for (let n = 0; n < TIMES; n += 1) {
      const sent = performance.now();
      await socket.timeout(ANSWER_MS).emitWithAck("clock", null);
      trips.push(performance.now() - sent);
    }
    return { openedMs, ms: median(trips) };
  } catch {
    return null;
  } finally {
    socket.disconnect();
  }
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function ask(url) {
  const began = performance.now();
  const wall = Date.now();
  const response = await fetch(url, {
    cache: "no-store",
    credentials: "same-origin",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const ms = performance.now() - began;
  if (!response.ok) throw new Error(String(response.status));
  return { ms, wallMs: wall + ms / 2, answer: await response.json() };
}
