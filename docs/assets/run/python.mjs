// A Python interpreter that has imported Celery and Sprout's modules, in a Web Worker.
// Starting takes several seconds, so the first interpreter stores a snapshot of its memory.
// All other interpreters start from the snapshot.

const SITE_PACKAGES = "/lib/python3.14/site-packages";
const PAGE = 65536; // bytes, the unit in which WebAssembly's memory grows

// Sprout does not use Pyodide's packages, so do not download the list of packages.
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
 * Start Pyodide, import all modules, and return {python, copy(), open()}.
 *
 * `lib` is the URL of Pyodide's files, `snapshot` a memory snapshot or null, and `env` the
 * additional environment variables. `write(bytes)` receives the output.
 */
export async function start({ lib, snapshot = null, env = {}, write = () => {} }) {
  const { loadPyodide } = await import(`${lib}pyodide.mjs`);
  const packages = decompressed(`${lib}packages.gzip`);
  const stdlib = URL.createObjectURL(new Blob([await decompressed(`${lib}python_stdlib.gzip`)]));
  const memory = snapshot && new Uint8Array(await snapshot.arrayBuffer());
  const python = await loadPyodide({
    indexURL: lib,
    stdLibURL: stdlib,
    env: { HOME: "/home/you", PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", COLUMNS: "80", TERM: "dumb" },
    lockFileContents: JSON.stringify(NO_PACKAGES),
    ...(memory ? { _loadSnapshot: memory, createPyodideModule: withMemory(lib, memory.length) } : { _makeSnapshot: true }),
  });
  URL.revokeObjectURL(stdlib);
  // The snapshot does not contain files. Later imports and tracebacks read the source from
  // an archive.
  python.FS.mkdirTree(SITE_PACKAGES);
  python.FS.writeFile(`${SITE_PACKAGES}/packages.zip`, new Uint8Array(await packages));
  if (!memory) python.runPython(IMPORTS);
  const stream = { write(bytes) { write(bytes.slice()); return bytes.length; } };
  return {
    python,
    /** Return a snapshot of the memory. Call this method before open(). */
    copy: () => new Blob([python.makeMemorySnapshot()]),
    /** Set the output, the environment and the random seed of this interpreter. */
    open() {
      python.setStdout(stream);
      python.setStderr(stream);
      python.globals.set("env", python.toPy(env));
      python.runPython("import os, random; os.environ.update(env); random.seed()");
      return python;
    },
  };
}

/** Return the decompressed bytes of a gzip file. */
async function decompressed(url) {
  const answer = await fetch(url);
  return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Return a function that loads Pyodide's module with memory for `size` bytes. */
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
