// The state of the page: the Service Worker, the broker and the processes.

const here = (name) => new URL(name, import.meta.url);

/** An error whose message explains why this browser cannot run Celery. */
export class CannotRun extends Error {}

/** Register the Service Worker, and return the URL of the broker for Web Workers. */
async function relay() {
  if (!navigator.serviceWorker) {
    throw new CannotRun(
      "Service Workers are not available on this page. Private windows often block Service Workers: " +
      "open this page in a normal window.");
  }
  let registration;
  try {
    registration = await navigator.serviceWorker.register(here("relay.js"), { scope: here("./") });
  } catch (error) {
    throw new CannotRun(
      `The browser did not register the page's Service Worker (${error.message}). ` +
      "Private windows often block Service Workers: open this page in a normal window.");
  }
  const worker = await active(registration);
  const { port1, port2 } = new MessageChannel();
  const id = new Promise((resolve) => { port1.onmessage = (event) => resolve(event.data); });
  worker.postMessage("Who am I?", [port2]);
  const url = here("broker");
  url.searchParams.set("page", await id);
  return url.href;
}

/** Return the Service Worker of a registration as soon as it is active. */
function active(registration) {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (worker.state === "activated") return worker;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(worker);
    });
  });
}

const CACHE = "sprout-run-here";

/** Return the memory snapshot that an earlier visit stored for `lib`, or null. */
async function kept(lib) {
  try {
    const found = await (await caches.open(CACHE)).match(`${lib}snapshot`);
    return found ? await found.blob() : null;
  } catch {
    return null; // private windows have no storage
  }
}

/** Store a memory snapshot for the next visit, and delete older snapshots. */
async function keep(lib, snapshot) {
  try {
    await caches.delete(CACHE);
    await (await caches.open(CACHE)).put(`${lib}snapshot`, new Response(snapshot));
  } catch {
    // Without storage, the next visit creates a new snapshot.
  }
}

/**
 * The processes of one bench and their broker.
 *
 * A new interpreter takes seconds to start, so the host always prepares a spare interpreter.
 */
export class Host {
  #lib;
  #snapshot;
  #broker;
  #monitor;
  #spare = null;
  #all = new Set();
  #count = 0;
  #held = new Map();
  #judged;

  /**
   * Start the broker. `lib` is the URL of Python's files. The host calls
   * `changed({timeline, queues})` after each change.
   */
  async start(lib, changed) {
    this.#lib = lib;
    this.#snapshot = await kept(lib);
    this.#monitor = new Worker(here("monitor.mjs"), { type: "module" });
    const ready = new Promise((resolve, reject) => {
      this.#monitor.onerror = (event) => reject(new CannotRun(`Python did not start: ${event.message}`));
      this.#monitor.onmessage = ({ data }) => {
        if (data.snapshot) { this.#snapshot = data.snapshot; keep(lib, data.snapshot); }
        if (data.ready) resolve();
        if (data.timeline) changed(data);
        if (data.verdict) this.#judged(data.verdict);
        if (data.ended) this.#held.get(data.ended)?.(data.held);
      };
    });
    this.#monitor.postMessage({ boot: { lib, snapshot: this.#snapshot } });
    this.#all.add(this.#monitor);
    this.#broker = await relay();
    navigator.serviceWorker.onmessage = ({ data, ports }) => {
      if (data.request) this.#monitor.postMessage(data, ports);
    };
    await ready;
    this.#spare = this.#interpreter();
  }

  /** End all processes and the broker, which loses its messages. */
  close() {
    for (const worker of this.#all) worker.terminate();
  }

  /** Empty the broker, the timeline and the folder of files. */
  clear() {
    this.#monitor.postMessage({ clear: true });
  }

  /** Set a value that a process waits for, unless the key already has a value. */
  reply(key, text) {
    this.#monitor.postMessage({ reply: [key, text] });
  }

  /** Return the verdict on an exercise, or null if a check is needed first. */
  async judge(request) {
    this.#monitor.postMessage({ judge: JSON.stringify(request) });
    return JSON.parse(await new Promise((resolve) => { this.#judged = resolve; }));
  }

  /** Discard the timeline, and begin a new timeline. */
  forget() {
    this.#monitor.postMessage({ forget: true });
  }

  #interpreter() {
    const name = `process${++this.#count}`;
    const worker = new Worker(here("process.mjs"), { type: "module" });
    this.#all.add(worker);
    const ready = new Promise((resolve) => {
      worker.onmessage = ({ data }) => { if (data.ready) resolve(); };
    });
    worker.postMessage({ boot: { lib: this.#lib, snapshot: this.#snapshot, broker: this.#broker, name } });
    return { name, worker, ready };
  }

  /** Return an interpreter for a process, and prepare the next one. */
  #take() {
    const taken = this.#spare ?? this.#interpreter();
    this.#spare = null;
    taken.ready.then(() => { this.#spare ??= this.#interpreter(); });
    return taken;
  }

  /**
   * Run `what`, {kind, argument, host, folder, files}, in a new process.
   *
   * `on` has the callbacks `text(words)`, `prompt(more)`, `post(message)` and
   * `end(code, held)`. `post` receives the requests of a check. `code` is the exit code, or
   * null after a kill. `held` is the number of requeued messages.
   */
  run(what, on) {
    const { name, worker, ready } = this.#take();
    let ended = false;
    const end = async (code) => {
      if (ended) return;
      ended = true;
      worker.terminate();
      this.#all.delete(worker);
      const held = new Promise((resolve) => this.#held.set(name, resolve));
      this.#monitor.postMessage({ ended: name, host: what.host });
      on.end(code, await held);
    };
    ready.then(() => {
      if (ended) return;
      worker.onmessage = ({ data }) => {
        if (data.text !== undefined) on.text(data.text);
        if (data.prompt !== undefined) on.prompt?.(data.prompt);
        if (data.post) on.post(data.post);
        if (data.end !== undefined) end(data.end);
      };
      const files = Object.entries(what.files).map(([file, text]) => [`${what.folder}/${file}`, text]);
      this.#monitor.postMessage({ write: Object.fromEntries(files) });
      worker.postMessage({ run: { ...what, files: undefined } });
    });
    return {
      type: (line) => worker.postMessage({ line }),
      interrupt: () => this.#monitor.postMessage({ interrupt: name }),
      kill: () => end(null),
    };
  }
}
