// On every page: makes the button "Run it here" work. The rest is loaded when it is pressed.
const hash = location.hash; // a link to a heading of the page replaces it
for (const place of document.querySelectorAll(".run-here")) {
  const button = place.querySelector("button");
  button?.addEventListener("click", async () => {
    button.disabled = true;
    const { open } = await import("./bench.mjs");
    await open(place, hash);
  });
  if (button && hash.startsWith("#run=")) announce(place);
}

/** Show the reader the files that the link of this page carries. */
async function announce(place) {
  const { filesOfLink } = await import("./link.mjs");
  const names = Object.keys(await filesOfLink(hash));
  if (!names.length) return;
  const words = document.createElement("p");
  words.textContent = `This link brings changed files: ${names.join(", ")}.`;
  place.prepend(words);
  place.scrollIntoView({ block: "center" });
}
