/* A soft chime of two notes, made by the browser; silent until the visitor turns it on. */

const NOTES = [[0, 659.3], [0.11, 880]];
const LOUDNESS = 0.08;
const LENGTH = 0.45;

export class Chime {
  #store;
  #context = null;

  constructor(store) {
    this.#store = store;
  }

  get on() {
    return this.#store.get("sound") === true;
  }

  turn(on) {
    this.#store.set("sound", on);
    this.ring();
  }

  ring() {
    // Before the visitor has touched the page, browsers let it make no sound.
    if (!this.on || navigator.userActivation?.hasBeenActive === false) return;
    this.#context ??= new AudioContext();
    this.#context.resume();
    for (const [after, pitch] of NOTES) this.#play(this.#context.currentTime + after, pitch);
  }

  #play(at, pitch) {
    const [tone, volume] = [this.#context.createOscillator(), this.#context.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(LOUDNESS, at);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + LENGTH);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + LENGTH);
  }
}
