/**
 * The rows of the log: a window of what was recorded, the newest on top. It is always whole: what is above or below it is read when
 * somebody scrolls there, and rows beyond MOST are taken out at the other end, to be read again.
 *
 * new EventLog({filters, text, at, told})
 *   .element                 what to show         .close()
 *   .hold(isHeld)            what comes is counted, and not shown
 *   .toNewest()              shows what was held, or begins anew at the newest
 *   .state                   {held: count, isCounting, isAtHead, isFast}; told(problem?) after each change
 *   .move(step), .focused    the row that has the focus, and its neighbours
 *
 * `filters` are the server's (type, run); `text` is looked for in the lines as they were recorded, here. What comes is at most some
 * screens of rows at a time: if more came, the window begins anew with the latest of them (state.isFast).
 */
import { h, replace, setText } from "../core/dom.js";
import { number, time } from "../core/format.js";
import { settings } from "../core/settings.js";
import { Coming } from "./eventcoming.js";
import { before, behind, readPage } from "./eventpages.js";
import { eventRow, firstSeen, keepPlace, mark, setTime, toggle } from "./eventrow.js";

const MOST = 2000; // rows
const FOLLOWED = 400; // rows while the newest are shown as they come
const SEARCHED = 1000; // events of a page, where text is looked for
const SCAN = 20; // pages without a match, then a button

export class EventLog {
  #filters; #text; #told; #list; #top; #bottom; #coming; #ended = new AbortController();
  #entries = []; // the newest first
  #head = true; // whether the window reaches to what is recorded now
  #newest = null; #oldest = null; // places: from where to read on
  #isEnd = false;
  #busy = { up: false, down: false };

  constructor({ filters, text, at, told }) {
    this.#filters = filters;
    this.#text = text.toLowerCase();
    this.#told = told;
    this.#list = h("ol", { class: "log", "aria-label": "Events, the newest first" });
    this.#top = h("div", { class: "log-edge" });
    this.#bottom = h("div", { class: "log-edge", role: "status" });
    this.element = h("div", {}, this.#top, this.#list, this.#bottom);
    this.#list.addEventListener("click", (event) => {
      const button = event.target.closest(".row");
      if (button) toggle(this.#entryOf(button), this.#filters), this.#told();
    });
    this.observer = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) target === this.#top ? this.#readUp() : this.#readDown();
      }
    }, { rootMargin: "800px 0px" });
    this.stopTimes = settings.on("times", () => { for (const entry of this.#entries) setTime(entry); this.#mark(); });
    this.#coming = new Coming({
      filters, matches: (entry) => this.#matches(entry), isAtHead: () => this.#head, told: () => told(),
      show: (fresh, isAnew) => this.#show(fresh, isAnew),
      gap: (text) => this.#list.prepend(h("li", { class: "log-note warn" }, `Events are missing here: ${text}`)),
      back: () => { if (this.#head && !this.#coming.isHeld) this.#begin(null); else told(); },
    });
    this.#begin(at);
  }

  get state() {
    const { count, isFollowing, isFast } = this.#coming;
    return { held: count, isCounting: isFollowing, isAtHead: this.#head, isFast };
  }

  get isOpen() { return this.#list.querySelector(".record") !== null; }

  get focused() { return document.activeElement?.closest?.(".row") && this.#list.contains(document.activeElement) ? document.activeElement : null; }

  close() {
    this.#ended.abort();
    this.#coming.close();
    this.observer.disconnect();
    this.stopTimes();
  }

  hold(isHeld) { this.#coming.hold(isHeld); }

  toNewest() {
    const held = this.#coming.release();
    if (!this.#head || held === null) return this.#begin(null);
    this.#coming.add(held);
    this.#told();
  }

  move(step) {
    const from = this.focused?.closest("li");
    let to = from ? (step > 0 ? from.nextElementSibling : from.previousElementSibling) : firstSeen(this.#list);
    while (to && !to.querySelector(".row")) to = step > 0 ? to.nextElementSibling : to.previousElementSibling;
    const row = to?.querySelector(".row");
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  closeRecords() {
    for (const entry of this.#entries) if (entry.element.querySelector(".record")) toggle(entry, this.#filters);
    this.#told();
  }

  /* Beginning. */

  async #begin(at) {
    this.#coming.stop();
    this.#isEnd = false;
    this.#head = at === null;
    this.observer.disconnect();
    this.#say("Loading…");
    const mine = this.turn = (this.turn ?? 0) + 1;
    try {
      const page = await readPage({ filters: this.#filters, order: "desc", to: at, signal: this.#ended.signal });
      if (mine !== this.turn) return;
      this.#entries = [];
      replace(this.#list);
      this.#newest = page.entries[0] ? behind(page.entries[0]) : null;
      this.#oldest = null;
      this.#append(page);
      this.#coming.follow(this.#head ? this.#newest : null);
      if (at !== null && this.#newest) {
        await this.#readUp();
        const row = page.entries[0].element;
        row?.querySelector(".row").classList.add("is-sought");
        if (row) scrollTo(0, row.getBoundingClientRect().top + scrollY - 160);
      }
      this.observer.observe(this.#top);
      this.observer.observe(this.#bottom);
    } catch (error) { this.#fail(error, () => this.#begin(at)); }
    this.#told();
  }

  #show(fresh, isAnew) {
    if (isAnew) {
      this.#entries = [];
      this.#isEnd = false;
      replace(this.#list);
    }
    this.#list.prepend(...fresh.map((entry) => eventRow(entry)));
    this.#entries.unshift(...fresh);
    this.#dropBelow(FOLLOWED);
    if (this.#oldest === null || this.#entries.length === fresh.length) this.#setOldest();
    this.#mark();
    this.#told();
  }

  #matches(entry) { return this.#text === "" || entry.line.toLowerCase().includes(this.#text); }

  /* The window. */

  #append({ entries, end, damaged }) {
    const matching = entries.filter((entry) => this.#matches(entry));
    const rows = matching.map((entry) => eventRow(entry));
    if (damaged > 0) rows.push(h("li", { class: "log-note warn" }, `${number(damaged)} damaged ${damaged === 1 ? "line was" : "lines were"} left out near here: telemetry verify tells where.`));
    this.#list.append(...rows);
    this.#entries.push(...matching);
    if (entries.length > 0) this.#oldest = before(entries.at(-1));
    this.#isEnd = end;
    this.searched = entries.at(-1)?.event.ts ?? this.searched;
    this.#mark();
    this.#say(end ? (this.#entries.length === 0 ? "No events" : "The first event that is kept") : "");
    return matching.length;
  }

  #setOldest() {
    const stored = this.#entries.findLast((entry) => before(entry) !== null);
    if (stored) this.#oldest = before(stored);
  }

  #dropBelow(most) {
    if (this.#entries.length <= most) return;
    for (const entry of this.#entries.splice(most)) this.#takeOut(entry);
    while (this.#list.lastElementChild?.matches(".log-note")) this.#list.lastElementChild.remove();
    this.#isEnd = false;
    this.#say("");
    this.#setOldest();
  }

  #dropAbove(most) {
    if (this.#entries.length <= most) return;
    keepPlace(this.#list, () => { for (const entry of this.#entries.splice(0, this.#entries.length - most)) this.#takeOut(entry); });
    const stored = this.#entries.find((entry) => behind(entry) !== null);
    if (stored) this.#newest = behind(stored);
    this.#head = false;
    this.#coming.forget();
  }

  #takeOut(entry) { entry.element.remove(); entry.element = null; }

  async #readDown(scan = 0) {
    if (this.#busy.down || this.#isEnd || this.#oldest === null || this.#ended.signal.aborted) return;
    this.#busy.down = true;
    this.#say("Loading…");
    const mine = this.turn;
    const from = this.#oldest;
    let found = 0;
    try {
      const page = await readPage({ filters: this.#filters, order: "desc", place: from, limit: this.#text ? SEARCHED : undefined, signal: this.#ended.signal });
      if (mine !== this.turn || from !== this.#oldest) return;
      found = this.#append(page);
      this.#dropAbove(MOST);
      this.#told();
    } catch (error) {
      return this.#fail(error, () => this.#readDown());
    } finally { this.#busy.down = false; }
    if (found > 0 || this.#isEnd) this.#again(this.#bottom);
    else if (scan < SCAN) this.#readDown(scan + 1);
    else this.#offer();
  }

  async #readUp() {
    if (this.#busy.up || this.#head || this.#newest === null || this.#ended.signal.aborted) return;
    this.#busy.up = true;
    const mine = this.turn;
    try {
      const page = await readPage({ filters: this.#filters, order: "asc", place: this.#newest, signal: this.#ended.signal });
      if (mine !== this.turn) return;
      const matching = page.entries.filter((entry) => this.#matches(entry)).reverse();
      if (page.entries.length > 0) this.#newest = behind(page.entries.at(-1));
      keepPlace(this.#list, () => this.#list.prepend(...matching.map((entry) => eventRow(entry))));
      this.#entries.unshift(...matching);
      this.#dropBelow(MOST);
      this.#mark();
      if (page.end) { // from here on it is live again
        this.#head = true;
        this.#coming.follow(this.#newest);
      }
      this.#told();
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#told(error.message);
      return;
    } finally { this.#busy.up = false; }
    this.#again(this.#top);
  }

  /** Has the observer look again: what was read may not reach beyond the edge. */
  #again(edge) {
    this.observer.unobserve(edge);
    this.observer.observe(edge);
  }

  #offer() {
    replace(this.#bottom, h("p", {}, "Nothing found back to ", time(Date.parse(this.searched)), ". "),
      h("button", { class: "button", type: "button", onclick: () => this.#readDown() }, "Look further back"));
  }

  #fail(error, again) {
    if (this.#ended.signal.aborted) return;
    replace(this.#bottom, h("p", { class: "problem", role: "alert" }, error.message), h("button", { class: "button", type: "button", onclick: again }, "Try again"));
  }

  #say(text) { if (this.#bottom.childElementCount > 0) replace(this.#bottom); setText(this.#bottom, text); }

  #mark() { mark(this.#list, this.#entries); }

  #entryOf(button) { return this.#entries.find((entry) => entry.element === button.closest("li")); }
}
