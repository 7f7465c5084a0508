// A hardware key behind its vendor's program on this computer. The PIN is asked for in that
// program's own window: it never passes through this page.

import { fromBase64 } from "../statement.mjs";
import { adapterOf } from "./adapters.mjs";
import { card } from "./certificate.mjs";
import { loopbackPermission, openChannel } from "./channel.mjs";
import { SignerError } from "./error.mjs";
import { signStatement } from "./signed.mjs";

const LOOK_MS = 10_000;
// Somebody looks for the window, types a PIN, perhaps twice.
const SIGN_MS = 120_000;
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000];

export class BridgeSigner {
  kind = "bridge";
  name;
  /** "idle", "connecting", "ready", or a code of SignerError that says why there is no key. */
  state = "idle";
  #url;
  #adapter;
  #told;
  #channel = null;
  #opening = null;
  #looking = null;
  #keys = null;
  #busy = false;
  #closed = false;
  #lost = 0;

  /** `told(this)` is called at every change of state. */
  constructor({ name, url }, told = () => {}) {
    this.name = name;
    this.#url = url;
    this.#adapter = adapterOf(name);
    this.#told = told;
  }

  /**
   * Cards of the keys that are plugged in. Does not make the browser ask whether this page may
   * reach this computer: refresh() does, when a person has pressed for it.
   */
  async list() {
    if (!this.#channel && (await loopbackPermission()) === "prompt") return [];
    return this.#cards();
  }

  /** Look anew, also where the browser has to ask first. Throws SignerError. */
  async refresh() {
    this.#forget();
    return this.#cards();
  }

  /** The program's version as it tells it; null if it does not. */
  async version() {
    try {
      await this.#connected();
      const told = await this.#adapter.version?.(this.#ask({ patience: LOOK_MS }));
      return typeof told === "string" && told ? told : null;
    } catch {
      return null;
    }
  }

  /** A signed statement; the signature as the key made it. One at a time. Throws SignerError. */
  async sign(handle, purpose, fields, { signal } = {}) {
    await this.#cards();
    const key = this.#keys.find((one) => one.card.handle === handle);
    if (!key) throw new SignerError("no_device");
    if (key.algorithm === null) throw new SignerError("unsupported_key");
    if (this.#busy) throw new SignerError("bridge_fault", "another signature is under way");
    this.#busy = true;
    try {
      return await signStatement(key.card, purpose, fields, (bytes) => {
        const text = new TextDecoder().decode(bytes);
        const ask = this.#ask({ patience: SIGN_MS, signal });
        return blamed(async () => fromBase64(await this.#adapter.sign(ask, key, text)));
      });
    } catch (error) {
      if (error.code === "no_device") this.#forget();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  close() {
    this.#closed = true;
    this.#channel?.close();
  }

  async #cards() {
    try {
      await this.#connected();
      await this.#present();
    } catch (error) {
      this.#become(error.code);
      throw error;
    }
    this.#become(this.#keys.length ? "ready" : "no_device");
    return this.#keys.map((key) => key.card);
  }

  /** Look for keys unless they are known, once for all who ask meanwhile. */
  async #present() {
    while (this.#keys === null) {
      const looking = (this.#looking ??= blamed(() => this.#look()));
      try {
        const found = await looking;
        // If not, a key came or went during the look: look again.
        if (this.#looking === looking) this.#keys = found;
      } catch (error) {
        if (this.#looking === looking) this.#looking = null;
        throw error;
      }
    }
  }

  async #look() {
    const ask = this.#ask({ patience: LOOK_MS });
    const found = [];
    for (const { id, certificate, chain } of await this.#adapter.keys(ask)) {
      const more = { kind: this.kind, bridge: this.name };
      const shown = await card(fromBase64(certificate), chain.map(fromBase64), more);
      found.push({ id, algorithm: shown.algorithm, card: shown });
    }
    return found;
  }

  #ask(how) {
    return (method, params) => this.#channel.ask(method, params, how);
  }

  async #connected() {
    if (this.#channel?.open) return;
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    await this.#opening;
  }

  async #open() {
    this.#closed = false;
    this.#become("connecting");
    this.#forget();
    this.#channel = await openChannel(this.#url, this.#adapter, {
      heard: () => this.#changed(),
      lost: () => this.#gone(),
    });
    this.#lost = 0;
  }

  #changed() {
    this.#forget();
    this.#cards().catch(() => {});
  }

  #forget() {
    this.#keys = null;
    this.#looking = null;
  }

  /** The program was restarted or ended: come back by itself, as often as the page is open. */
  #gone() {
    this.#channel = null;
    this.#forget();
    if (this.#closed) return;
    this.#become("bridge_absent");
    const wait = AGAIN_MS[Math.min(this.#lost, AGAIN_MS.length - 1)];
    this.#lost += 1;
    setTimeout(() => {
      if (!this.#closed) this.#cards().catch((error) => error.code === "bridge_absent" && this.#gone());
    }, wait);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#told(this);
  }
}

/** What `act` gives; answers that make no sense are the program's fault. */
async function blamed(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw new SignerError("bridge_fault", error.message);
  }
}
