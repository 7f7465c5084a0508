// A WebSocket to a program on this computer: requests by number, each with its answer.

import { SignerError } from "./error.mjs";

const OPEN_MS = 5_000;
// A person reads the browser's question and answers it.
const ASK_MS = 120_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
// The permission's name has changed between versions of Chrome; other browsers know none.
const PERMISSIONS = ["loopback-network", "local-network-access"];

/** Whether this page may reach programs on this computer: "granted", "prompt" or "denied". */
export async function loopbackPermission() {
  if (LOOPBACK.test(location.hostname)) return "granted";
  for (const name of PERMISSIONS) {
    try {
      return (await navigator.permissions.query({ name })).state;
    } catch {
      // Not known under this name.
    }
  }
  return "granted";
}

/**
 * An open channel. Throws SignerError: bridge_denied or bridge_absent.
 * `heard(message)` gets what comes unasked, `lost()` is called when the line is gone.
 */
export async function openChannel(url, adapter, { heard, lost }) {
  const permission = await loopbackPermission();
  if (permission === "denied") throw new SignerError("bridge_denied");
  let socket;
  try {
    socket = new WebSocket(url, adapter.protocols);
  } catch (error) {
    throw new SignerError("bridge_absent", error.message);
  }
  const patience = permission === "prompt" ? ASK_MS : OPEN_MS;
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("close", reject, { once: true });
      // What the content security policy stops ends without a close.
      socket.addEventListener("error", reject, { once: true });
      setTimeout(reject, patience);
    });
  } catch {
    socket.close();
    const denied = (await loopbackPermission()) === "denied";
    throw new SignerError(denied ? "bridge_denied" : "bridge_absent");
  }
  return new Channel(socket, adapter, { heard, lost });
}

class Channel {
  #socket;
  #adapter;
  #waiting = new Map();
  #last = 0;

  constructor(socket, adapter, { heard, lost }) {
    this.#socket = socket;
    this.#adapter = adapter;
    socket.addEventListener("message", ({ data }) => this.#came(data, heard));
    socket.addEventListener("close", () => {
      this.#failAll("bridge_absent");
      lost();
    });
  }

  get open() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The result of one call; rejects with SignerError, `timeout` after `patience` milliseconds. */
  ask(method, params, { patience, signal }) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new SignerError("cancelled"));
        return;
      }
      if (!this.open) {
        reject(new SignerError("bridge_absent"));
        return;
      }
      const id = (this.#last += 1);
      const settle = (end, value) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
        this.#waiting.delete(id);
        end(value);
      };
      const aborted = () => settle(reject, new SignerError("cancelled"));
      const timer = setTimeout(() => settle(reject, new SignerError("timeout")), patience);
      signal?.addEventListener("abort", aborted);
      this.#waiting.set(id, {
        resolve: (value) => settle(resolve, value),
        reject: (error) => settle(reject, error),
      });
      this.#socket.send(this.#adapter.encode(id, { method, params }));
    });
  }

  close() {
    this.#socket.close();
  }

  #came(data, heard) {
    let message;
    try {
      message = this.#adapter.decode(data);
    } catch {
      this.#failAll("bridge_fault");
      return;
    }
    if (message.changed) {
      heard(message);
      return;
    }
    // An answer to what nobody waits for any more: it was cancelled or timed out.
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if (message.error) {
      const { code, ...detail } = message.error;
      waiting.reject(new SignerError(code, detail));
    } else {
      waiting.resolve(message.result);
    }
  }

  #failAll(code) {
    for (const { reject } of [...this.#waiting.values()]) reject(new SignerError(code));
  }
}
