// Press the buttons of Day 0's page as a reader does, and report the times to the host of the
// page. Remote control would slow the browser down.
const began = performance.now();
const report = (event) => fetch(`/report?${encodeURIComponent(`${event} ${Math.round(performance.now() - began)}`)}`);
const find = (name) => [...document.querySelectorAll("button")].find((each) => each.textContent === name && !each.matches(":disabled, [aria-disabled=true]"));
const text = (selector) => document.querySelector(selector)?.textContent ?? "";

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function press(name) {
  await until(() => find(name));
  find(name).click();
}

await press("Run it here");
await until(() => text(".bench .status").startsWith("Ready"));
await report("ready");
for (let number = 1; number <= 4; number++) {
  await press("Start a worker");
  await until(() => text(`[aria-label="Worker ${number}"] pre`).includes("ready."));
  await report(`worker${number}`);
  if (number === 1) {
    await press("Run client.py");
    await until(() => text("[aria-label=Client] pre").includes("sent:"));
    await report("client");
  }
  await new Promise((resolve) => setTimeout(resolve, 1500)); // The page prepares Python for the next worker.
  await report(`settled${number}`);
}
await report("end");
