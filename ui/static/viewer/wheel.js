/** Wheel events as slice steps: a mouse notch is one slice, a trackpad's many small deltas add up to one. */
const PIXELS_PER_STEP = 36;
const NOTCH = 60;

/** @typedef {Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "timeStamp">} Turn */

export class WheelSteps {
  #sum = 0;
  #lastTime = 0;

  /**
   * The event's movement in pixels along its stronger axis (Shift turns the wheel sideways on some systems).
   * @param {Turn} event
   */
  pixels(event) {
    const delta = Math.abs(event.deltaY) >= Math.abs(event.deltaX) ? event.deltaY : event.deltaX;
    return delta * (event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1);
  }

  /**
   * Whole steps, positive towards the user (wheel down).
   * @param {Turn} event
   */
  steps(event) {
    const pixels = this.pixels(event);
    if (event.timeStamp - this.#lastTime > 250 || Math.sign(pixels) !== Math.sign(this.#sum)) this.#sum = 0;
    this.#lastTime = event.timeStamp;
    if (Math.abs(pixels) >= NOTCH) {
      this.#sum = 0;
      return Math.sign(pixels);
    }
    this.#sum += pixels;
    const steps = Math.trunc(this.#sum / PIXELS_PER_STEP);
    this.#sum -= steps * PIXELS_PER_STEP;
    return steps;
  }
}
