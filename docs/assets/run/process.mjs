// A Web Worker that is one process: a Celery worker, a client or a prompt.
// It is told first where the broker is, and later what to run, once.
import { start } from "./python.mjs";

const HOME = "/home/you";
const decoder = new TextDecoder();
let python, process, prompt;

function write(bytes) {
  const text = decoder.decode(bytes, { stream: true });
  if (text) postMessage({ text });
}

async function boot({ lib, snapshot, broker, name }) {
  const env = { SPROUT_BROKER: broker, SPROUT_PROCESS: name };
  python = (await start({ lib, snapshot, env, write })).open();
  process = python.runPython("sprout.browser.process");
  process.prepare();
  postMessage({ ready: true });
}

function run({ kind, argument, host, folder, files }) {
  const path = `${HOME}/${folder}`;
  for (const [name, text] of Object.entries(files)) {
    const file = `${path}/${name}`;
    python.FS.mkdirTree(file.slice(0, file.lastIndexOf("/")));
    python.FS.writeFile(file, text);
  }
  process.enter(path);
  if (kind === "prompt") {
    prompt = process.Prompt();
    postMessage({ prompt: false });
    return;
  }
  const end = kind === "worker" ? process.run_worker(argument, host) : process.run_file(argument);
  postMessage({ end });
}

onmessage = async ({ data }) => {
  try {
    if (data.boot) await boot(data.boot);
    if (data.run) run(data.run);
    if (data.line !== undefined) postMessage({ prompt: prompt.push(data.line) });
  } catch (error) {
    postMessage({ text: `${error.message}\n` });
    postMessage({ end: 1 });
  }
};
