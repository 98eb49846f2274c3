// The state of the page: the Service Worker's registration, the broker, the processes.

const here = (name) => new URL(name, import.meta.url);

/** Thrown with a sentence for the reader when this browser cannot run Celery. */
export class CannotRun extends Error {}

/** Return the URL to which Web Workers post what they ask this page's broker. */
async function relay() {
  if (!navigator.serviceWorker) {
    throw new CannotRun(
      "Service Workers are not available on this page. Private windows often block them: " +
      "open this page in an ordinary one.");
  }
  let registration;
  try {
    registration = await navigator.serviceWorker.register(here("relay.js"), { scope: here("./") });
  } catch (error) {
    throw new CannotRun(
      `The browser did not register the page's Service Worker (${error.message}). ` +
      "Private windows often block Service Workers: open this page in an ordinary one.");
  }
  const worker = await active(registration);
  const { port1, port2 } = new MessageChannel();
  const id = new Promise((resolve) => { port1.onmessage = (event) => resolve(event.data); });
  worker.postMessage("Who am I?", [port2]);
  const url = here("broker");
  url.searchParams.set("page", await id);
  return url.href;
}

/** Return a registration's Service Worker when it is active. */
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

/** Return the copy of a memory that an earlier visit kept for these files, or null. */
async function kept(lib) {
  try {
    const found = await (await caches.open(CACHE)).match(`${lib}snapshot`);
    return found ? await found.blob() : null;
  } catch {
    return null; // no storage: a private window
  }
}

/** Keep a copy of a memory for the next visit, and nothing older. */
async function keep(lib, snapshot) {
  try {
    await caches.delete(CACHE);
    await (await caches.open(CACHE)).put(`${lib}snapshot`, new Response(snapshot));
  } catch {
    // No storage, or it is full: the next visit starts as this one did.
  }
}

/**
 * The processes of one bench and their broker.
 *
 * A new interpreter takes seconds to start. One that is ready always waits, so that a
 * worker or a client starts at once.
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

  /**
   * Start the broker. `lib` is the URL of Python's files; `changed({timeline, queues})`
   * is called when there is news.
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

  /** End every process, and the broker with all that is in it. */
  close() {
    for (const worker of this.#all) worker.terminate();
  }

  /** Start a new timeline. */
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
   * Run something in a process of its own: `what` is {kind, argument, host, folder, files}.
   *
   * `on` has `text(words)`, `prompt(more)` and `end(code, held)`: the exit code, null
   * after a kill, and the number of messages that went back to their queues.
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
        if (data.end !== undefined) end(data.end);
      };
      worker.postMessage({ run: what });
    });
    return {
      type: (line) => worker.postMessage({ line }),
      interrupt: () => this.#monitor.postMessage({ interrupt: name }),
      kill: () => end(null),
    };
  }
}
