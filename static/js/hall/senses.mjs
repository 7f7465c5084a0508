// The seat's machine: a screen that stays awake, and three short tones, off until tested.

const TONES = { price: [660], outbid: [660, 440], minute: [880, 880] };
const TONE_SECONDS = 0.12;

/** Keep the screen on while the hall is open; tell(awake) whenever that changes. */
export function keepAwake(tell) {
  if (!navigator.wakeLock) {
    tell(false);
    return;
  }
  const ask = async () => {
    if (document.hidden) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      tell(true);
      lock.addEventListener("release", () => tell(false));
    } catch {
      tell(false);
    }
  };
  // The browser lets go of it whenever the page is hidden.
  document.addEventListener("visibilitychange", ask);
  ask();
}

export class Tones {
  #context = null;

  constructor(button, { on, off }) {
    button.hidden = false;
    button.addEventListener("click", () => {
      this.#context = this.#context ? void this.#context.close() : new AudioContext();
      const sounding = Boolean(this.#context);
      button.setAttribute("aria-pressed", String(sounding));
      button.textContent = sounding ? on : off;
      if (sounding) this.play("price");
    });
  }

  play(name) {
    if (!this.#context) return;
    TONES[name].forEach((hertz, i) => {
      const tone = new OscillatorNode(this.#context, { frequency: hertz });
      const gain = new GainNode(this.#context, { gain: 0.15 });
      tone.connect(gain).connect(this.#context.destination);
      const start = this.#context.currentTime + i * TONE_SECONDS * 1.5;
      tone.start(start);
      tone.stop(start + TONE_SECONDS);
    });
  }
}
