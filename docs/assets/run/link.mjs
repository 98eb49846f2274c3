// Store edited files as compressed JSON in the URL fragment of a link, or in the storage
// of a tab.

const BEGIN = "#run=";

/** Matches the name of a Python file in the day's folder or its subfolders. */
export const NAME = /^(?!.*\.\.)[\w-][\w/.-]*\.py$/;

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** Return the URL of this page with `files`, which maps names to contents. */
export async function linkTo(files) {
  const bytes = new TextEncoder().encode(JSON.stringify(files));
  const packed = await through(new CompressionStream("deflate-raw"), bytes);
  const text = btoa(String.fromCharCode(...packed));
  const url = new URL(location.href);
  url.hash = BEGIN + text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return url.href;
}

/** Remove the files from this page's URL. */
export function clearLink() {
  if (location.hash.startsWith(BEGIN)) history.replaceState(null, "", location.pathname + location.search);
}

/** Return the files in a URL's fragment, or {} if the fragment is not valid. */
export async function filesOfLink(hash) {
  if (!hash.startsWith(BEGIN)) return {};
  try {
    const text = atob(hash.slice(BEGIN.length).replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const bytes = await through(new DecompressionStream("deflate-raw"), packed);
    const files = Object.entries(JSON.parse(new TextDecoder().decode(bytes)));
    return Object.fromEntries(files.filter(([name, text]) => NAME.test(name) && typeof text === "string"));
  } catch {
    return {};
  }
}

/** Store the edited files of a folder until this tab is closed. */
export function keep(folder, files) {
  try {
    sessionStorage.setItem(BEGIN + folder, JSON.stringify(files));
  } catch {
    // Without storage, the next visit starts with the page's files.
  }
}

/** Return the edited files of a folder from this tab's storage. */
export function kept(folder) {
  try {
    return JSON.parse(sessionStorage.getItem(BEGIN + folder)) ?? {};
  } catch {
    return {};
  }
}
