// Every page loads this file. The button "Run it here" loads the other files.
const hash = location.hash; // saved, because links to headings replace the fragment
for (const place of document.querySelectorAll(".run-here")) {
  const button = place.querySelector("button");
  if (!button) continue; // the site was built without Pyodide
  const exercises = place.classList.contains("exercises");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { open } = await import(exercises ? "./practice.mjs" : "./bench.mjs");
    await open(place, hash);
  });
  if (exercises) openByName(place, button);
  else answer(place, button);
  if (hash.startsWith("#run=")) announce(place);
}

/** Open an exercise when the reader clicks its name. */
function openByName(place, button) {
  for (const name of document.querySelectorAll("[data-exercise]")) {
    name.addEventListener("click", () => {
      place.dataset.exercise = name.dataset.exercise;
      place.dispatchEvent(new Event("choose"));
      if (button.isConnected) button.click();
    });
  }
}

/** Below each prediction, add a link that opens the bench. */
function answer(place, button) {
  place.id = "run-here";
  for (const choices of document.querySelectorAll(".question.predict > ul")) {
    const link = document.createElement("a");
    link.href = "#run-here";
    link.textContent = "Run it here to find out.";
    link.onclick = () => { if (button.isConnected) button.click(); };
    const words = document.createElement("p");
    words.append(link);
    choices.after(words);
  }
}

/** Show the names of the files in the link that opened this page. */
async function announce(place) {
  const { filesOfLink } = await import("./link.mjs");
  const names = Object.keys(await filesOfLink(hash));
  if (!names.length) return;
  const words = document.createElement("p");
  words.textContent = `This link contains changed files: ${names.join(", ")}.`;
  place.prepend(words);
  place.scrollIntoView({ block: "center" });
}
