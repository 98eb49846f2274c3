// A terminal of the bench: a command, what it prints, a note and buttons.
import { make } from "./make.mjs";

const REDRAW = 100; // milliseconds between two drawings
const MOST_LINES = 2000;
const DROPPED = "... earlier lines dropped";

export class Terminal {
  #text = document.createTextNode("");
  #printed = "";
  #timer = null;
  #note = make("p", { className: "note", role: "status" });
  #buttons = make("span", { className: "buttons" });
  #input = make("form", { hidden: true });
  #typed = [];

  constructor(title, command) {
    this.command = command;
    this.pre = make("pre", { tabIndex: 0, role: "log", "aria-label": `${title}: output` }, make("code", {}, this.#text));
    this.element = make("section", { className: "terminal", "aria-label": title },
      make("header", {}, make("strong", { textContent: title }), this.#buttons),
      this.#note, this.pre, this.#input);
  }

  /** Clear the terminal and show the command. */
  begin() {
    this.#printed = "";
    this.#text.data = `$ ${this.command}\n`;
    this.note("");
  }

  /** Append what was printed, at the next drawing. */
  write(words) {
    this.#printed += words;
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW);
  }

  /** Show what was printed; follow it, unless the reader has scrolled back. */
  #draw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const follow = this.pre.scrollTop + this.pre.clientHeight >= this.pre.scrollHeight - 4;
    const lines = (this.#text.data + this.#printed).split("\n");
    if (lines.length > MOST_LINES) this.#text.data = [DROPPED, ...lines.slice(-MOST_LINES)].join("\n");
    else this.#text.appendData(this.#printed);
    this.#printed = "";
    if (follow) this.pre.scrollTop = this.pre.scrollHeight;
  }

  note(words) {
    this.#note.textContent = words;
  }

  actions(...buttons) {
    this.#buttons.replaceChildren(...buttons);
  }

  /** Say how it ended. */
  end(words) {
    this.#draw();
    this.#input.hidden = true;
    this.note(words);
  }

  /** Ask for a line; the arrow keys bring back the ones before. */
  ask(sign, answer) {
    this.#draw();
    const field = make("input", { type: "text", autocomplete: "off", spellcheck: false, "aria-label": "Python" });
    let back = 0;
    field.onkeydown = (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      back = Math.min(Math.max(back + step, 0), this.#typed.length);
      field.value = back ? this.#typed.at(-back) : "";
    };
    this.#input.replaceChildren(make("span", { textContent: sign, "aria-hidden": "true" }), field);
    this.#input.hidden = false;
    this.#input.onsubmit = (event) => {
      event.preventDefault();
      this.#input.hidden = true;
      this.write(`${sign}${field.value}\n`);
      if (field.value) this.#typed.push(field.value);
      answer(field.value);
    };
    field.focus({ preventScroll: true });
  }
}
