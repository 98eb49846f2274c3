// A Python interpreter in a Web Worker, with Celery and sprout's own modules imported.
//
// Starting Python and importing Celery takes seconds. The first interpreter does both,
// and copies its memory. Every other interpreter starts from this copy.

const SITE_PACKAGES = "/lib/python3.14/site-packages";
const PAGE = 65536; // bytes: the unit in which WebAssembly's memory grows

// Pyodide's own packages are not used; this saves the list of them.
const NO_PACKAGES = {
  info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "314.0.7" },
  packages: {},
};

const IMPORTS = `
import sys
sys.path.append("${SITE_PACKAGES}/packages.zip")
import sprout.browser.monitor, sprout.browser.process
sprout.browser.process.preload()
`;

/**
 * Return Pyodide with everything imported.
 *
 * `lib` is the URL of its files, `snapshot` a copy of a memory or null, `env` what is
 * added to the environment. `write(bytes)` receives what is printed.
 */
export async function start({ lib, snapshot = null, env = {}, write = () => {} }) {
  const { loadPyodide } = await import(`${lib}pyodide.mjs`);
  const packages = decompressed(`${lib}packages.gzip`);
  const stdlib = URL.createObjectURL(new Blob([await decompressed(`${lib}python_stdlib.gzip`)]));
  const memory = snapshot && new Uint8Array(await snapshot.arrayBuffer());
  const python = await loadPyodide({
    indexURL: lib,
    stdLibURL: stdlib,
    env: { HOME: "/home/you", PYTHONUNBUFFERED: "1", COLUMNS: "80", TERM: "dumb" },
    lockFileContents: JSON.stringify(NO_PACKAGES),
    ...(memory ? { _loadSnapshot: memory, createPyodideModule: withMemory(lib, memory.length) } : { _makeSnapshot: true }),
  });
  URL.revokeObjectURL(stdlib);
  // Files are not in the copy. An archive is enough for what is imported later, and for
  // the lines of a traceback.
  python.FS.mkdirTree(SITE_PACKAGES);
  python.FS.writeFile(`${SITE_PACKAGES}/packages.zip`, new Uint8Array(await packages));
  if (!memory) python.runPython(IMPORTS);
  const stream = { write(bytes) { write(bytes.slice()); return bytes.length; } };
  return {
    python,
    /** Return a copy of the memory; to be called before anything else. */
    copy: () => new Blob([python.makeMemorySnapshot()]),
    /** Give this interpreter what is its own. */
    open() {
      python.setStdout(stream);
      python.setStderr(stream);
      python.globals.set("env", python.toPy(env));
      python.runPython("import os, random; os.environ.update(env); random.seed()");
      return python;
    },
  };
}

/** Return the bytes of a file that is compressed with gzip. */
async function decompressed(url) {
  const answer = await fetch(url);
  return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Return a loader of Pyodide's module that makes room for a copy of `size` bytes. */
function withMemory(lib, size) {
  return async (settings) => {
    const { default: create } = await import(`${lib}pyodide.asm.mjs`);
    const instantiate = settings.instantiateWasm;
    settings.instantiateWasm = (imports, done) => instantiate(imports, (instance, module) => {
      const { memory } = instance.exports;
      memory.grow(Math.max(0, Math.ceil((size - memory.buffer.byteLength) / PAGE)));
      done(instance, module);
    });
    return create(settings);
  };
}
