// A terminal of the bench: a command, its output, a note and buttons.
import { make } from "./make.mjs";

const REDRAW = 100; // milliseconds between two updates
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
  #typed = []; // earlier lines, for the arrow keys
  #ahead = []; // lines that were typed while another line ran
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

  /** Clear the terminal and show the command, if there is one. */
  begin() {
    this.#printed = "";
    this.#text.data = this.command && `$ ${this.command}\n`;
    this.note("");
  }

  /** Append output at the next update. */
  write(words) {
    this.#printed += words;
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW);
  }

  /** Show new output, and scroll to the end unless the reader has scrolled back. */
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

  /** Hide the input and show how the process ended. */
  end(words) {
    this.#draw();
    this.#input.hidden = true;
    this.note(words);
  }

  /** Read a line of input, or use the next line that was typed ahead. */
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

  /** Show earlier lines with the arrow keys, and close the prompt with Ctrl-D. */
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
