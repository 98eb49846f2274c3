/** Return a new element with properties, attributes (role or aria-...) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export function button(label, action, properties = {}) {
  const onclick = (event) => {
    if (event.currentTarget.getAttribute("aria-disabled") !== "true") action();
  };
  return make("button", { type: "button", textContent: label, onclick, ...properties });
}

export async function style() {
  const link = make("link", { rel: "stylesheet", href: new URL("bench.css", import.meta.url).href });
  await new Promise((resolve) => { link.onload = link.onerror = resolve; document.head.append(link); });
}

/** Enable or disable a button. A disabled button keeps the focus. */
export function setEnabled(element, enabled) {
  element.setAttribute("aria-disabled", !enabled);
}
