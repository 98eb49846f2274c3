// The bench: the day's files, a worker's and a client's terminal, timeline and broker.
import { CannotRun, Host } from "./host.mjs";

const MOST_WORKERS = 4;

/** Return a new element with properties, attributes (if a name has a dash) and children. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

function button(label, action, properties = {}) {
  return make("button", { type: "button", textContent: label, onclick: action, ...properties });
}

/** Open the bench in a place that the page's Markdown made. */
export async function open(place) {
  const given = JSON.parse(place.querySelector("script").textContent);
  const style = make("link", { rel: "stylesheet", href: new URL("bench.css", import.meta.url).href });
  await new Promise((resolve) => { style.onload = style.onerror = resolve; document.head.append(style); });
  const bench = new Bench(given);
  place.replaceChildren(bench.element);
  try {
    await bench.start();
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    bench.say(error.message);
  }
}

class Bench {
  #host = new Host();
  #given;
  #lib;
  #files;
  #workers = new Map();
  #client = null;

  constructor(given) {
    this.#given = given;
    this.#lib = new URL(`lib/${given.version}/`, import.meta.url).href;
    this.#files = { ...given.files };
    this.status = make("p", { className: "status", role: "status" });
    this.startWorker = button("Start a worker", () => this.#startWorker());
    this.runClient = button(`Run ${given.client}`, () => this.#runClient());
    this.openPrompt = button("Open a prompt", () => this.#openPrompt());
    this.reset = button("Reset", () => this.#reset());
    this.editors = make("div", { className: "files" });
    this.terminals = make("div", { className: "terminals" });
    this.timeline = make("figure", { className: "timeline", tabIndex: 0, "aria-label": "Timeline" });
    this.queues = make("div", { className: "queues" });
    this.element = make("section", { className: "bench", "aria-label": "Run it here" },
      this.status,
      this.editors,
      make("div", { className: "tools" }, this.startWorker, this.runClient, this.openPrompt, this.reset),
      this.terminals,
      make("h4", { textContent: "Timeline" }), this.timeline,
      make("h4", { textContent: "Broker" }), this.queues,
    );
    this.#enable(false);
  }

  say(words) {
    this.status.textContent = words;
  }

  async start() {
    this.say("Starting Python. The first time, the page loads 8 MB.");
    const editing = this.#showFiles();
    await this.#host.start(this.#lib, (news) => this.#show(news));
    await editing;
    this.#enable(true);
    this.say("Ready. Start a worker, then run the client.");
  }

  #enable(yes) {
    this.startWorker.disabled = !yes || this.#workers.size >= MOST_WORKERS;
    for (const each of [this.runClient, this.openPrompt, this.reset]) each.disabled = !yes;
  }

  async #showFiles() {
    const { edit } = await import(`${this.#lib}editor.mjs`);
    const names = Object.keys(this.#files);
    const tabs = make("div", { role: "tablist", "aria-label": "Files" });
    const panels = names.map((name, number) => {
      const panel = make("div", { role: "tabpanel", id: `run-panel-${number}`, hidden: number > 0,
        "aria-labelledby": `run-tab-${number}` });
      edit(panel, { text: this.#files[name], label: `${this.#given.folder}/${name}`,
        changed: (text) => this.#changed(name, text) });
      return panel;
    });
    const select = (chosen) => {
      panels.forEach((panel, number) => { panel.hidden = number !== chosen; });
      [...tabs.children].forEach((tab, number) => {
        tab.setAttribute("aria-selected", number === chosen);
        tab.tabIndex = number === chosen ? 0 : -1;
      });
    };
    tabs.append(...names.map((name, number) => button(name, () => select(number), {
      role: "tab", id: `run-tab-${number}`, "aria-controls": `run-panel-${number}` })));
    tabs.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const now = [...tabs.children].indexOf(document.activeElement);
      const next = (now + step + names.length) % names.length;
      select(next);
      tabs.children[next].focus();
    };
    this.editors.replaceChildren(tabs, ...panels);
    select(0);
  }

  #changed(name, text) {
    this.#files[name] = text;
    for (const worker of this.#workers.values()) {
      worker.note("The files have changed. This worker still runs the code it read when it started: restart it.");
    }
  }

  #what(kind, argument, host = null) {
    return { kind, argument, host, folder: this.#given.folder, files: { ...this.#files } };
  }

  #startWorker() {
    const number = [1, 2, 3, 4].find((each) => !this.#workers.has(each));
    const host = `worker${number}@page`;
    const command = `celery -A ${this.#given.app} worker -l info -E -P solo -n ${host} --without-gossip --without-mingle`;
    const terminal = new Terminal(`Worker ${number}`, command);
    this.terminals.append(terminal.element);
    this.#workers.set(number, terminal);
    this.#enable(true);
    const start = () => {
      terminal.begin();
      const process = this.#host.run(this.#what("worker", this.#given.app, host), {
        text: (words) => terminal.write(words),
        prompt: () => {},
        end: (code, held) => {
          this.#workers.delete(number);
          this.#enable(true);
          terminal.end(code === null ? killed(held) : `The worker has stopped.`);
          terminal.actions(button("Start again", again), button("Close", close));
          if (restart) { restart = false; again(); }
        },
      });
      let restart = false;
      terminal.actions(
        button("Restart", () => { restart = true; process.interrupt(); terminal.note("Stopping: the worker finishes its task first."); }),
        button("Stop", () => { process.interrupt(); terminal.note("Stopping: the worker finishes its task first."); }),
        button("Kill", () => process.kill()),
      );
    };
    const again = () => {
      if (this.#workers.has(number)) return;
      this.#workers.set(number, terminal);
      this.#enable(true);
      start();
    };
    const close = () => { terminal.element.remove(); };
    start();
  }

  #runClient() {
    if (!this.#client) {
      this.#client = new Terminal("Client", `python ${this.#given.client}`);
      this.terminals.prepend(this.#client.element);
    }
    const terminal = this.#client;
    terminal.begin();
    this.runClient.disabled = true;
    const process = this.#host.run(this.#what("file", this.#given.client), {
      text: (words) => terminal.write(words),
      prompt: () => {},
      end: (code) => {
        this.runClient.disabled = false;
        terminal.end(code === null ? "Stopped." : code ? `Ended with exit code ${code}.` : "Done.");
        terminal.actions();
      },
    });
    terminal.actions(button("Stop", () => process.kill()));
  }

  #openPrompt() {
    const terminal = new Terminal("Prompt", "python");
    this.terminals.prepend(terminal.element);
    terminal.begin();
    const process = this.#host.run(this.#what("prompt", ""), {
      text: (words) => terminal.write(words),
      prompt: (more) => terminal.ask(more ? "... " : ">>> ", (line) => process.type(line)),
      end: (code) => { terminal.end("Closed."); terminal.actions(button("Close", () => terminal.element.remove())); },
    });
    terminal.actions(button("Stop", () => process.kill()));
  }

  #reset() {
    location.reload();
  }

  #show({ timeline, queues }) {
    this.timeline.innerHTML = timeline;
    this.queues.replaceChildren(...queues.flatMap((queue) => {
      const rows = [
        ...queue.waiting.map((message) => ["waits", message]),
        ...queue.held.map((message) => ["unacknowledged", message]),
      ];
      const title = `${queue.name}: ${queue.waiting.length} waiting, ${queue.held.length} unacknowledged`;
      return [make("p", { textContent: title }), ...rows.map(([state, message]) =>
        make("details", {}, make("summary", { textContent: `${message.title} (${state})` }),
          make("pre", { tabIndex: 0 }, make("code", { textContent: message.message }))))];
    }));
  }
}

function killed(held) {
  if (!held) return "Killed. The worker held no message: a task that it was running is lost.";
  const messages = held === 1 ? "1 message that it had not acknowledged is" : `${held} messages that it had not acknowledged are`;
  return `Killed. ${messages} back in the queue.`;
}

/** A terminal: a command, what it prints, a note and buttons. */
class Terminal {
  constructor(title, command) {
    this.output = make("code");
    this.pre = make("pre", { tabIndex: 0, role: "log", "aria-label": `${title}: output` }, this.output);
    this.remark = make("p", { className: "note", role: "status" });
    this.buttons = make("span", { className: "buttons" });
    this.input = make("form", { hidden: true });
    this.element = make("section", { className: "terminal", "aria-label": title },
      make("header", {}, make("strong", { textContent: title }), this.buttons),
      this.remark, this.pre, this.input);
    this.command = command;
  }

  begin() {
    this.output.textContent = `$ ${this.command}\n`;
    this.note("");
  }

  write(words) {
    const follow = this.pre.scrollTop + this.pre.clientHeight >= this.pre.scrollHeight - 4;
    this.output.append(words);
    if (follow) this.pre.scrollTop = this.pre.scrollHeight;
  }

  note(words) {
    this.remark.textContent = words;
  }

  end(words) {
    this.input.hidden = true;
    this.note(words);
  }

  actions(...buttons) {
    this.buttons.replaceChildren(...buttons);
  }

  /** Ask for a line of Python. */
  ask(sign, answer) {
    const field = make("input", { type: "text", autocomplete: "off", spellcheck: false, "aria-label": "Python" });
    this.input.replaceChildren(make("span", { textContent: sign }), field);
    this.input.hidden = false;
    this.input.onsubmit = (event) => {
      event.preventDefault();
      this.input.hidden = true;
      this.write(`${sign}${field.value}\n`);
      answer(field.value);
    };
    field.focus({ preventScroll: true });
  }
}
