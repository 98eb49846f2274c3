// On every page: makes the button "Run it here" work. The rest is loaded when it is pressed.
for (const place of document.querySelectorAll(".run-here")) {
  const button = place.querySelector("button");
  button?.addEventListener("click", async () => {
    button.disabled = true;
    const { open } = await import("./bench.mjs");
    await open(place);
  });
}
