// The exercises of the page: the reader's file, and the check of `sprout practice`.
import { Files } from "./files.mjs";
import { CannotRun, Host } from "./host.mjs";
import { keep, kept } from "./link.mjs";
import { button, make, setEnabled, style } from "./make.mjs";
import { Terminal } from "./terminal.mjs";

const ANSWER = "exercise.py";
const LIMIT = 180; // time limit of a check, in seconds
const SOLVED = "sprout-solved";
const SIGNS = {
  right: "✓ Right",
  wrong: "✗ Not right yet",
  "not attempted": "○ Not attempted: the file is unchanged",
  "set-up broken": "! The set-up is broken",
};
const READY = "Ready. Edit exercise.py, then press Check.";

/** Open the exercises in the element `place` of the page. */
export async function open(place) {
  const given = JSON.parse(place.querySelector("script").textContent);
  await style();
  const practice = new Practice(given);
  place.replaceChildren(practice.element);
  practice.status.focus({ preventScroll: true });
  addEventListener("pagehide", () => practice.keep());
  place.addEventListener("choose", () => practice.choose(place.dataset.exercise));
  try {
    await practice.start();
    practice.choose(place.dataset.exercise);
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    practice.say(error.message);
  }
}

class Practice {
  #host = new Host();
  #given;
  #edit;
  #exercises;
  #exercise = null;
  #files;
  #checking = false;
  #hints = 0;

  constructor(given) {
    this.#given = given;
    this.status = make("p", { className: "status", role: "status", tabIndex: -1 });
    this.list = make("select", { "aria-label": "Exercise", onchange: () => this.choose(this.list.value) });
    this.statement = make("div");
    this.editors = make("div");
    this.check = button("Check", () => this.#check());
    this.hint = button("Show a hint", () => this.#hint());
    this.solution = button("Show a solution", () => this.#solution());
    this.reset = button("Reset", () => this.#open({}));
    this.verdict = make("div", { className: "verdict", role: "status" });
    this.help = make("div", { role: "status" });
    this.terminals = make("div", { className: "terminals" });
    this.timeline = make("figure", { className: "timeline", tabIndex: 0, "aria-label": "Timeline" });
    this.element = make("section", { className: "bench", "aria-label": "Exercises" },
      this.status,
      this.list, this.statement, this.editors,
      make("div", { className: "row" }, this.check, this.hint, this.solution, this.reset),
      this.verdict, this.help, this.terminals,
      make("h3", { textContent: "Timeline" }), this.timeline,
    );
    this.#enable(false);
  }

  say(words) {
    this.status.textContent = words;
  }

  async start() {
    this.say(`Starting Python. The first time, the page loads ${this.#given.size} MB.`);
    const lib = new URL(`lib/${this.#given.version}/`, import.meta.url).href;
    const loading = Promise.all([
      import(`${lib}editor.mjs`).then(({ edit }) => { this.#edit = edit; }),
      fetch(`${lib}exercises.json`).then((answer) => answer.json()),
    ]);
    await this.#host.start(lib, ({ timeline }) => { this.timeline.innerHTML = timeline; });
    this.#exercises = new Map((await loading)[1].map((each) => [each.name, each]));
    this.list.replaceChildren(...[...this.#exercises.keys()].map((name) => make("option", { value: name })));
    this.#mark();
    this.#enable(true);
  }

  /** Open the exercise with this name, or by default the first unsolved exercise. */
  choose(name) {
    if (!this.#exercises || this.#checking) return;
    const unsolved = [...this.#exercises.keys()].find((each) => !solved().includes(each));
    this.keep();
    this.#exercise = this.#exercises.get(name ?? unsolved) ?? this.#exercises.values().next().value;
    this.list.value = this.#exercise.name;
    const { title, task, minutes, diagnosis } = this.#exercise;
    const kind = diagnosis ? "a broken program: press Check first to see what the program does" : "a gap to fill";
    this.statement.replaceChildren(
      make("h3", { textContent: title }),
      make("p", { className: "hint", textContent: `${minutes} minutes, ${kind}` }),
      ...task.map((textContent) => make("p", { textContent })),
    );
    this.#open(kept(this.#folder));
  }

  get #folder() {
    return `practice/${this.#exercise.name}`;
  }

  /** Store the changed files until the tab is closed. */
  keep() {
    if (!this.#exercise) return;
    const texts = Object.entries(this.#files.texts);
    keep(this.#folder, Object.fromEntries(texts.filter(([name, text]) => text !== this.#exercise.files[name])));
  }

  #open(edited) {
    this.#files = new Files(this.#edit, this.#folder, { ...this.#exercise.files, ...edited });
    this.editors.replaceChildren(this.#files.element);
    for (const each of [this.verdict, this.help, this.terminals]) each.replaceChildren();
    this.#hints = 0;
    this.#host.clear();
    this.say(READY);
  }

  #enable(enabled) {
    for (const each of [this.check, this.hint, this.solution, this.reset]) setEnabled(each, enabled);
    this.list.disabled = !enabled;
  }

  #mark() {
    for (const option of this.list.options) {
      const { name, title } = this.#exercises.get(option.value);
      option.textContent = `${solved().includes(name) ? "✓ " : ""}${name}: ${title}`;
    }
  }

  async #check() {
    this.#checking = true;
    this.#enable(false);
    this.verdict.replaceChildren();
    this.terminals.replaceChildren();
    this.say("Checking ...");
    const { files, diagnosis } = this.#exercise;
    const about = { answer: this.#files.texts[ANSWER], unsolved: files[ANSWER], diagnosis };
    const verdict = await this.#host.judge(about) ?? await this.#run(about);
    this.#checking = false;
    this.#enable(true);
    this.say(READY);
    this.#show(verdict);
  }

  async #run(about) {
    const what = { folder: this.#folder, files: this.#files.texts };
    const terminals = { Client: null, Worker: null };
    const printed = { Client: "", Worker: "" };
    const write = (name, command) => {
      terminals[name] = new Terminal(name, command);
      this.terminals.append(terminals[name].element);
      terminals[name].begin();
      return (words) => { printed[name] += words; terminals[name].write(words); };
    };
    const workers = [];
    const startWorker = (reply) => {
      const host = `worker${workers.length + 1}@page`;
      const text = write("Worker", `celery -A exercise worker -l info -E -P solo -n ${host}`);
      const ended = new Promise((resolve) => {
        const process = this.#host.run({ ...what, kind: "worker", argument: "exercise", host, reply }, {
          text,
          end: () => {
            const last = printed.Worker.trim().split("\n").slice(-3).join("\n");
            this.#host.reply(reply, JSON.stringify([false, last]));
            resolve();
          },
        });
        workers.push(process);
      });
      workers.at(-1).ended = ended;
    };
    let outcome = {}, waitingFor = "the check to begin";
    this.#host.clear();
    await new Promise((resolve) => {
      const client = this.#host.run({ ...what, kind: "check", argument: this.#exercise.check, host: "" }, {
        text: write("Client", ""),
        post: ({ seen, ask, arguments: [argument] = [], reply }) => {
          if (seen) outcome = { seen };
          if (ask === "waiting") this.say(`Checking: waiting for ${waitingFor = argument}.`);
          if (ask === "worker") startWorker(reply);
        },
        end: resolve,
      });
      setTimeout(() => {
        if (!outcome.seen) outcome = { late: [LIMIT, waitingFor] };
        client.kill();
      }, LIMIT * 1000);
    });
    const verdict = await this.#host.judge({ ...about, ...outcome, printed: printed.Client, log: printed.Worker });
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => worker.ended));
    for (const terminal of Object.values(terminals)) terminal?.end("");
    return verdict;
  }

  #show({ kind, message, expected, seen }) {
    const facts = Object.entries({ expected, seen }).filter(([, text]) => text);
    this.verdict.className = `verdict ${kind.replace(" ", "-")}`;
    this.verdict.replaceChildren(
      make("p", {}, make("strong", { textContent: SIGNS[kind] })),
      ...(message ? [make("p", { textContent: message })] : []),
      ...(facts.length ? [make("dl", {}, ...facts.flatMap(([name, text]) => [
        make("dt", { textContent: name }), make("dd", {}, make("code", { textContent: text })),
      ]))] : []),
    );
    if (kind === "right") {
      solve(this.#exercise.name);
      this.#mark();
    }
    if (kind === "wrong" && !this.#hints) this.#hint();
  }

  #hint() {
    const { hints } = this.#exercise;
    if (this.#hints === hints.length) return;
    this.help.append(
      make("h3", { textContent: `Hint ${this.#hints + 1} of ${hints.length}` }),
      make("p", { innerHTML: hints[this.#hints++] }),
    );
    setEnabled(this.hint, this.#hints < hints.length);
  }

  #solution() {
    this.help.append(
      make("h3", { textContent: "A solution" }),
      make("pre", { tabIndex: 0 }, make("code", { textContent: this.#exercise.solution })),
    );
  }
}

function solved() {
  try {
    return JSON.parse(localStorage.getItem(SOLVED)) ?? [];
  } catch {
    return [];
  }
}

function solve(name) {
  try {
    localStorage.setItem(SOLVED, JSON.stringify([...new Set([...solved(), name])]));
  } catch {
    // Without storage, all exercises are unsolved at the next visit.
  }
}
