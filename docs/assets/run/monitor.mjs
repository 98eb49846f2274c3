// The Web Worker with the broker. It handles requests and draws the timeline.
import { start } from "./python.mjs";

const REDRAW = 250; // milliseconds between two updates
let monitor, drawn = -1;

async function boot({ lib, snapshot }) {
  const interpreter = await start({ lib, snapshot });
  if (!snapshot) postMessage({ snapshot: interpreter.copy() });
  monitor = interpreter.open().runPython("sprout.browser.monitor.Monitor()");
  setInterval(draw, REDRAW);
  postMessage({ ready: true });
}

async function serve(request, port) {
  try {
    port.postMessage({ status: 200, body: await monitor.answer(request) });
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
  if (data.forget) {
    monitor.forget();
    drawn = -1;
  }
};
