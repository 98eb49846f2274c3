// The Web Worker that runs the broker and draws the timeline.
import { start } from "./python.mjs";
import { HOME, serveFile, writeFiles } from "./shared.mjs";

const REDRAW = 250; // milliseconds between two updates
let python, monitor, drawn = -1;

async function boot({ lib, snapshot }) {
  const interpreter = await start({ lib, snapshot });
  if (!snapshot) postMessage({ snapshot: interpreter.copy() });
  python = interpreter.open();
  python.FS.mkdirTree(HOME);
  monitor = python.runPython("sprout.browser.monitor.Monitor()");
  setInterval(draw, REDRAW);
  postMessage({ ready: true });
}

async function serve(request, port) {
  try {
    const body = request.startsWith('{"file"')
      ? JSON.stringify(serveFile(python.FS, JSON.parse(request)))
      : await monitor.answer(request);
    port.postMessage({ status: 200, body });
  } catch (error) {
    port.postMessage({ status: 500, body: String(error) });
  }
}

function draw() {
  if (monitor.revision === drawn) return;
  drawn = monitor.revision;
  postMessage({ timeline: monitor.draw(), queues: JSON.parse(monitor.messages()) });
}

onmessage = ({ data, ports }) => {
  if (data.boot) boot(data.boot);
  if (data.request) serve(data.request, ports[0]);
  if (data.interrupt) monitor.interrupt(data.interrupt);
  if (data.ended) postMessage({ ended: data.ended, held: monitor.release(data.ended, data.host) });
  if (data.reply) monitor.reply(...data.reply);
  if (data.judge) postMessage({ verdict: monitor.judge(data.judge) });
  if (data.write) writeFiles(python.FS, data.write);
  if (data.clear) {
    monitor.clear();
    python.runPython(`import os, shutil
for name in os.listdir("${HOME}"): shutil.rmtree(f"${HOME}/{name}", True)`);
    drawn = -1;
  }
  if (data.forget) {
    monitor.forget();
    drawn = -1;
  }
};
