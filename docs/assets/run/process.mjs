// A Web Worker for one process: a Celery worker, a client, a check or a prompt.
// The page first posts the URL of the broker, and later a program to run.
import { start } from "./python.mjs";
import { HOME, mount } from "./shared.mjs";

const CHECK = "/tmp/check.py";
const decoder = new TextDecoder();
const WINDOW = 50; // the time span for MOST_POSTS, in milliseconds
const MOST_POSTS = 20; // per window, so that a loop that prints does not block the page
let python, process, prompt;
let printed = "", posts = 0, began = 0;

function write(bytes) {
  printed += decoder.decode(bytes, { stream: true });
  if (performance.now() - began > WINDOW) [began, posts] = [performance.now(), 0];
  if (posts < MOST_POSTS) flush();
}

/** Post the text that was printed since the last post. */
function flush() {
  if (!printed) return;
  posts += 1;
  postMessage({ text: printed });
  printed = "";
}

// Post the printed text first, because a request to the broker can block this Web Worker.
const { send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.send = function (body) {
  flush();
  send.call(this, body);
};

async function boot({ lib, snapshot, broker, name }) {
  const env = { SPROUT_BROKER: broker, SPROUT_PROCESS: name };
  python = (await start({ lib, snapshot, env, write })).open();
  mount(python, broker);
  process = python.runPython("sprout.browser.process");
  process.prepare();
  postMessage({ ready: true });
}

function run({ kind, argument, host, folder, reply = "" }) {
  process.enter(`${HOME}/${folder}`);
  if (kind === "prompt") {
    prompt = process.Prompt();
    postMessage({ prompt: false });
    return;
  }
  const end = kind === "worker" ? process.run_worker(argument, host, reply)
    : kind === "check" ? check(argument)
    : process.run_file(argument);
  flush();
  postMessage({ end });
}

/** Run the source code of a check.py, and return the exit code. */
function check(text) {
  python.FS.writeFile(CHECK, text);
  return process.run_check(CHECK, (words) => { flush(); postMessage({ post: JSON.parse(words) }); });
}

onmessage = async ({ data }) => {
  try {
    if (data.boot) await boot(data.boot);
    if (data.run) run(data.run);
    if (data.line !== undefined) {
      const more = prompt.push(data.line);
      flush();
      postMessage({ prompt: more });
    }
  } catch (error) {
    flush();
    postMessage({ text: `${error.message}\n` });
    postMessage({ end: 1 });
  }
};
