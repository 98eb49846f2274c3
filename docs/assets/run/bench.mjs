// The bench shows the day's files, terminals, the timeline and the broker.
import { Files } from "./files.mjs";
import { CannotRun, Host } from "./host.mjs";
import { clearLink, filesOfLink, keep, kept, linkTo } from "./link.mjs";
import { button, make, setEnabled, style } from "./make.mjs";
import { Terminal } from "./terminal.mjs";

const MOST_WORKERS = 4;
const OLD_CODE = "The files have changed. Restart the worker, which still runs the old code.";
const STOPPING = "Stopping after the current task. Press Kill to end the worker immediately.";
const READY = "Ready. Start a worker, then run the client.";
const WAITING = "No worker is running, so the client waits for its results. Start a worker.";
const FILES =
  "The page replaces the address of the broker in the code. This tab keeps your changes until you press Reset.";
const ONE_TASK =
  "A worker here runs one task at a time. Start two to see tasks in parallel, or four instead of -c 4.";

/** Open the bench in the element `place` of the page. `hash` may contain edited files. */
export async function open(place, hash) {
  const given = JSON.parse(place.querySelector("script").textContent);
  await style();
  let bench;
  addEventListener("pagehide", () => keep(given.folder, bench.edited));
  const begin = async (edited) => {
    bench = new Bench(given, edited);
    bench.onReset = () => { clearLink(); begin({}); };
    place.replaceChildren(bench.element);
    bench.status.focus({ preventScroll: true });
    try {
      await bench.start();
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      bench.say(error.message);
    }
  };
  const linked = await filesOfLink(hash);
  await begin(Object.keys(linked).length ? linked : kept(given.folder));
}

class Bench {
  #host = new Host();
  #given;
  #edited;
  #files = null;
  #workers = new Map(); // the terminals of running workers, by number
  #client = null;
  #ready = false;
  #prompting = false;

  /** Create a bench from the page's data `given` and the edited files. */
  constructor(given, edited) {
    this.#given = given;
    this.#edited = edited;
    this.status = make("p", { className: "status", role: "status", tabIndex: -1 });
    this.startWorker = button("Start a worker", () => this.#newWorker());
    this.runClient = button(`Run ${given.client}`, () => this.#runClient());
    this.openPrompt = button("Open a prompt", () => this.#prompt());
    this.copyLink = button("Copy a link", () => this.#link());
    this.reset = button("Reset", () => { this.#host.close(); this.onReset(); });
    this.editors = make("div");
    this.terminals = make("div", { className: "terminals" });
    this.timeline = make("figure", { className: "timeline", tabIndex: 0, "aria-label": "Timeline" });
    this.clearTimeline = button("Clear the timeline", () => this.#host.forget());
    this.queues = make("div", { className: "queues" });
    this.element = make("section", { className: "bench", "aria-label": "Run it here" },
      this.status, this.editors, make("p", { className: "hint", textContent: FILES }),
      make("div", { className: "row" },
        this.startWorker, this.runClient, this.openPrompt, this.copyLink, this.reset),
      make("p", { className: "hint", textContent: ONE_TASK }),
      this.terminals,
      make("div", { className: "row" }, make("h3", { textContent: "Timeline" }), this.clearTimeline),
      this.timeline,
      make("h3", { textContent: "Broker" }), this.queues,
      limits(given.limits),
    );
    this.#enable();
  }

  /** The files that differ from the page's files, by name. */
  get edited() {
    if (!this.#files) return this.#edited;
    const texts = Object.entries(this.#files.texts);
    return Object.fromEntries(texts.filter(([name, text]) => text !== this.#given.files[name]));
  }

  say(words) {
    this.status.textContent = words;
  }

  async start() {
    this.say(`Starting Python. The first time, the page loads ${this.#given.size} MB.`);
    const lib = new URL(`lib/${this.#given.version}/`, import.meta.url).href;
    const editing = import(`${lib}editor.mjs`).then(({ edit }) => {
      const texts = { ...this.#given.files, ...this.#edited };
      this.#files = new Files(edit, this.#given.folder, texts);
      const [changed] = Object.keys(this.#edited);
      if (changed) this.#files.select(changed);
      this.editors.replaceChildren(this.#files.element);
    });
    await this.#host.start(lib, (news) => this.#show(news));
    await editing;
    this.#ready = true;
    this.#enable();
  }

  /** Update the buttons and the status. */
  #enable() {
    if (this.#ready) this.say(this.#workers.size ? "Ready." : this.#client?.running ? WAITING : READY);
    const full = this.#workers.size >= MOST_WORKERS;
    this.startWorker.title = full ? "At most four workers can run." : "";
    setEnabled(this.startWorker, this.#ready && !full);
    setEnabled(this.runClient, this.#ready && !this.#client?.running);
    setEnabled(this.openPrompt, this.#ready && !this.#prompting);
    for (const each of [this.copyLink, this.reset, this.clearTimeline]) setEnabled(each, this.#ready);
  }

  /** Return the text of all files except the client, which a worker does not import. */
  #code() {
    return JSON.stringify({ ...this.#files.texts, [this.#given.client]: "" });
  }

  #noteOldCode() {
    const code = this.#code();
    for (const worker of this.#workers.values()) if (worker.code !== code) worker.note(OLD_CODE);
  }

  #what(kind, argument, host = "") {
    return { kind, argument, host, folder: this.#given.folder, files: this.#files.texts };
  }

  #newWorker() {
    const number = [1, 2, 3, 4].find((each) => !this.#workers.has(each));
    const name = `Worker ${number}`;
    this.terminals.querySelector(`[aria-label="${name}"]`)?.remove(); // remove the stopped worker
    const host = `worker${number}@page`;
    const terminal = new Terminal(name,
      `celery -A ${this.#given.app} worker -l info -E -P solo -n ${host} --without-gossip --without-mingle`);
    this.terminals.append(terminal.element);
    this.#runWorker(number, host, terminal);
  }

  #runWorker(number, host, terminal) {
    let restart = false;
    terminal.code = this.#code();
    this.#workers.set(number, terminal);
    this.#enable();
    terminal.begin();
    const process = this.#host.run(this.#what("worker", this.#given.app, host), {
      text: (words) => terminal.write(words),
      end: (code, held) => {
        this.#workers.delete(number);
        this.#enable();
        if (restart) return this.#runWorker(number, host, terminal);
        terminal.end(code === null ? killed(held) : "The worker has stopped.");
        terminal.actions(button("Start again", () => this.#runWorker(number, host, terminal)));
      },
    });
    const stop = () => { process.interrupt(); terminal.note(STOPPING); };
    terminal.actions(
      button("Restart", () => { restart = true; stop(); }),
      button("Stop", stop),
      button("Kill", () => { restart = false; process.kill(); }),
    );
  }

  #runClient() {
    this.#client ??= new Terminal("Client", `python ${this.#given.client}`);
    const terminal = this.#client;
    if (!terminal.element.isConnected) this.terminals.prepend(terminal.element);
    terminal.running = true;
    this.#enable();
    terminal.begin();
    const process = this.#host.run(this.#what("file", this.#given.client), {
      text: (words) => terminal.write(words),
      end: (code) => {
        terminal.running = false;
        this.#enable();
        this.#noteOldCode();
        terminal.end(code === null ? "Stopped." : code ? `Ended with exit code ${code}.` : "Done.");
        terminal.actions();
      },
    });
    terminal.actions(button("Stop", () => process.kill()));
  }

  #prompt() {
    const terminal = new Terminal("Prompt", "python");
    this.terminals.prepend(terminal.element);
    this.#prompting = true;
    this.#enable();
    terminal.begin();
    const process = this.#host.run(this.#what("prompt", ""), {
      text: (words) => terminal.write(words),
      prompt: (more) => terminal.ask(more ? "... " : ">>> ", (line) => process.type(line)),
      end: () => {
        terminal.element.remove();
        this.#prompting = false;
        this.#enable();
        this.openPrompt.focus({ preventScroll: true });
      },
    });
    terminal.leave = () => process.kill();
    terminal.actions(button("Close", terminal.leave));
  }

  async #link() {
    const link = await linkTo(this.edited);
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.say("The link with your files is on the clipboard.");
    } catch {
      this.say("The link with your files is in the address bar.");
    }
  }

  #show({ timeline, queues }) {
    this.timeline.innerHTML = timeline;
    const open = new Set([...this.queues.querySelectorAll("details[open] > summary")].map((each) => each.textContent));
    this.queues.replaceChildren(...queues.flatMap((queue) => [
      make("p", { textContent: `${queue.name}: ${queue.waiting.length} waiting, ${queue.held.length} unacknowledged` }),
      ...[...queue.waiting, ...queue.held].map((message) => {
        const title = `${message.title}, ${message.process ? `unacknowledged by ${message.process}` : "waiting"}`;
        return make("details", { open: open.has(title) }, make("summary", { textContent: title }),
          make("pre", { tabIndex: 0 }, make("code", { textContent: message.message })));
      }),
    ]));
  }
}

function killed(held) {
  if (!held) return "Killed. The worker had no unacknowledged messages. If it was running a task, that task is lost.";
  return `Killed. Back in the queue: ${held} unacknowledged message${held === 1 ? "" : "s"}.`;
}

/** Return an element that lists the differences from a terminal. */
function limits({ terminal }) {
  const list = make("ul");
  list.innerHTML = `
    <li>A worker is one process that runs one task at a time (<code>-P solo</code>). Instead of
      <code>-c 4</code>, start four workers.</li>
    <li>There are no child processes, so time limits have no effect.</li>
    <li>Programs cannot start threads or other programs.</li>
    <li>Instead of Redis, the page has its own broker. This broker immediately redelivers the messages of a
      killed worker, as RabbitMQ does, and does not support a visibility timeout or priorities.</li>`;
  return make("details", {}, make("summary", { textContent: "What is different from a terminal" }), list,
    make("p", {}, make("a", { href: terminal, textContent: "Run it in a terminal" })));
}
