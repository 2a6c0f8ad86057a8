/** The "What happened" list. */

/** LogKind colours an entry. */
export type LogKind = "info" | "retry" | "reset" | "done" | "failed";

/** Log keeps the newest entries and shows how many there were. */
export class Log {
  #list: HTMLOListElement;
  #empty: HTMLElement;
  #count: HTMLElement;
  #total = 0;

  constructor(list: HTMLOListElement, empty: HTMLElement, count: HTMLElement) {
    this.#list = list;
    this.#empty = empty;
    this.#count = count;
  }

  /** add writes an entry about one reply; subject is short, such as "#2". */
  add(subject: string, kind: LogKind, text: string): void {
    const now = new Date();
    const time = document.createElement("time");
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString(undefined, {
      hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1,
    });
    const about = document.createElement("span");
    about.className = "subject";
    about.textContent = subject;
    const item = document.createElement("li");
    item.dataset["kind"] = kind;
    item.append(time, " ", about, " ", text);

    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
    this.#list.append(item);
    // A page left open for a day must not grow without end.
    if (this.#list.childElementCount > 300) this.#list.firstElementChild?.remove();
    if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
    this.#total += 1;
    this.#update();
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#total = 0;
    this.#update();
  }

  #update(): void {
    this.#list.hidden = this.#total === 0;
    this.#empty.hidden = this.#total > 0;
    this.#count.hidden = this.#total === 0;
    this.#count.textContent = String(this.#total);
  }
}
