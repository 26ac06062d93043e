/**
 * What is recorded while the log is looked at: shown ten times a second, or counted while it is held or the log is elsewhere.
 *
 * new Coming({filters, matches, isAtHead, show, told, gap, back})
 *   matches(entry)           whether it is looked for
 *   isAtHead()               whether the log reaches to what is recorded now
 *   show(entries, isAnew)    entries that came, the newest first; isAnew: some before them were left out, as too much came
 *   told()                   after a change of what stands below
 *   gap(text)                events are missing        back()  somebody looks again, and nothing is followed any more
 *   .follow(place), .stop()  from a place on (null: from now on); what was held is forgotten
 *   .hold(isHeld)            .release()  what was held, the oldest first; null where not all of it is there
 *   .forget()                what is held, and not how much
 *   .isHeld, .count, .isFollowing, .isFast     .close()
 */
import { oncePerFrame } from "../core/dom.js";
import { follow } from "./eventpages.js";

const BEAT = 100; // ms
const FAST = 2000; // ms after the last time that some were left out
const mostAtOnce = () => Math.max(60, Math.ceil(innerHeight / 12)); // rows
const MOST_HELD = 1000;
const MOST_COUNTED = 100_000; // then the stream is let go
const HIDDEN = 60_000; // ms

export class Coming {
  isHeld = false;
  count = 0;
  #options; #end = null; #held = []; #hiding = null;
  #next = []; // until the next beat
  #beat = null; #slow = null; #leftOut = -Infinity; #drawn = 0;

  constructor(options) {
    this.#options = options;
    document.addEventListener("visibilitychange", this.#see);
  }

  get isFollowing() { return this.#end !== null; }

  get isFast() { return this.#leftOut > performance.now() - FAST; }

  follow(place) {
    this.stop();
    const { filters, gap } = this.#options;
    this.#end = follow({ filters, place, take: (entries) => this.#take(entries), gap });
  }

  stop() {
    this.#end?.();
    this.#end = null;
    this.#held = [];
    this.#next = [];
    this.count = 0;
  }

  hold(isHeld) { this.isHeld = isHeld; }

  release() {
    this.isHeld = false;
    if (this.count > this.#held.length || !this.isFollowing) return null;
    this.count = 0;
    return this.#held.splice(0);
  }

  forget() { this.#held = []; }

  close() {
    this.stop();
    this.#draw.cancel();
    clearTimeout(this.#beat);
    clearTimeout(this.#slow);
    clearTimeout(this.#hiding);
    document.removeEventListener("visibilitychange", this.#see);
  }

  /** Has entries shown with the next beat. */
  add(entries) {
    this.#next.push(...entries);
    const most = mostAtOnce();
    if (this.#next.length > most) {
      this.#next.splice(0, this.#next.length - most);
      this.#leftOut = performance.now();
      clearTimeout(this.#slow);
      this.#slow = setTimeout(() => this.#options.told(), FAST);
    }
    if (this.#next.length > 0) this.#beat ??= setTimeout(() => { this.#beat = null; this.#draw(); }, BEAT);
  }

  #take(entries) {
    const matching = entries.filter(this.#options.matches);
    const isAtHead = this.#options.isAtHead();
    if (!this.isHeld && isAtHead) return this.add(matching);
    this.count += matching.length;
    if (isAtHead && this.#held.length + matching.length <= MOST_HELD) this.#held.push(...matching);
    if (this.count > MOST_COUNTED) this.#letGo();
    this.#options.told();
  }

  #draw = oncePerFrame(() => {
    const isAnew = this.#leftOut > this.#drawn;
    this.#drawn = performance.now();
    this.#options.show(this.#next.splice(0).reverse(), isAnew);
  });

  #letGo() {
    this.#end?.();
    this.#end = null;
  }

  #see = () => {
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#letGo(), HIDDEN);
    else if (!this.isFollowing) this.#options.back();
  };
}
