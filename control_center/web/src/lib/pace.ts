/** How often a busy screen is drawn: whatever a frame costs, as long is left to everything else.
 *
 * A frame's cost is known when the browser has laid out and painted it, which is when a message
 * posted while it was drawn arrives. So a screen that is cheap to draw is drawn at every chance,
 * and one that is not still hears its keys, its stream and its alarms.
 */

/** A frame of less is no burden. */
const LIGHT_MS = 8;
/** Whatever it costs, a picture is no older than this by our own doing. */
const LONGEST_MS = 200;

export class Pace {
  #free_ms = 0;
  #began_ms = 0;
  #channel = new MessageChannel();

  constructor(readonly clock: () => number = () => performance.now()) {
    this.#channel.port1.onmessage = () => this.ended();
  }

  /** A frame is being drawn. */
  begin(): void {
    this.#began_ms = this.clock();
    this.#channel.port2.postMessage(null);
  }

  /** It is on screen. */
  ended(): void {
    const now = this.clock();
    const cost = now - this.#began_ms;
    this.#free_ms = cost < LIGHT_MS ? now : now + Math.min(cost, LONGEST_MS);
  }

  /** Hear of no more frames. */
  close(): void {
    this.#channel.port1.close();
  }

  /** How long the next had better wait. */
  get rest_ms(): number {
    return Math.max(0, this.#free_ms - this.clock());
  }
}
