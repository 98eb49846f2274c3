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
  #sign = make("span", { "aria-hidden": "true" });
  #field = make("input", { type: "text", autocomplete: "off", spellcheck: false, "aria-label": "Python" });
  #input = make("form", { hidden: true }, this.#sign, this.#field);
  #typed = []; // the lines before, for the arrow keys
  #ahead = []; // lines that were typed while another one ran
  #back = 0;
  #enter = null;

  constructor(title, command) {
    this.command = command;
    this.pre = make("pre", { tabIndex: 0, role: "log", "aria-label": `${title}: output` }, make("code", {}, this.#text));
    this.element = make("section", { className: "terminal", "aria-label": title },
      make("header", {}, make("strong", { textContent: title }), this.#buttons),
      this.#note, this.pre, this.#input);
    this.#field.onkeydown = (event) => this.#key(event);
    this.#input.onsubmit = (event) => {
      event.preventDefault();
      const line = this.#field.value;
      this.#field.value = "";
      this.#back = 0;
      if (line) this.#typed.push(line);
      if (this.#enter) this.#enter(line);
      else this.#ahead.push(line);
    };
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
    const focused = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...buttons);
    if (focused) (buttons[0] ?? this.pre).focus({ preventScroll: true });
  }

  /** Say how it ended. */
  end(words) {
    this.#draw();
    this.#input.hidden = true;
    this.note(words);
  }

  /** Ask for a line; the next one that was typed, if there is one already. */
  ask(sign, answer) {
    this.#draw();
    this.#sign.textContent = sign;
    this.#enter = (line) => {
      this.#enter = null;
      this.#sign.textContent = "";
      this.write(`${sign}${line}\n`);
      answer(line);
    };
    if (this.#ahead.length) return this.#enter(this.#ahead.shift());
    if (!this.#input.hidden) return;
    this.#input.hidden = false;
    this.#field.focus({ preventScroll: true });
  }

  /** The arrow keys bring back earlier lines; Ctrl-D leaves. */
  #key(event) {
    if (event.ctrlKey && event.key === "d" && !this.#field.value && this.#enter) {
      event.preventDefault();
      this.leave();
    }
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#back = Math.min(Math.max(this.#back + step, 0), this.#typed.length);
    this.#field.value = this.#back ? this.#typed.at(-this.#back) : "";
  }
}
