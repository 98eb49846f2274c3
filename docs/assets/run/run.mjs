// Every page loads this file. The button "Run it here" loads the other files.
const hash = location.hash; // saved, because links to headings replace the fragment
for (const place of document.querySelectorAll(".run-here")) {
  const button = place.querySelector("button");
  button?.addEventListener("click", async () => {
    button.disabled = true;
    const { open } = await import("./bench.mjs");
    await open(place, hash);
  });
  if (button && hash.startsWith("#run=")) announce(place);
}

/** Show the files in the link of this page. */
async function announce(place) {
  const { filesOfLink } = await import("./link.mjs");
  const names = Object.keys(await filesOfLink(hash));
  if (!names.length) return;
  const words = document.createElement("p");
  words.textContent = `This link contains changed files: ${names.join(", ")}.`;
  place.prepend(words);
  place.scrollIntoView({ block: "center" });
}
