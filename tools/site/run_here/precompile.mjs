// node precompile.mjs PYODIDE PACKAGES OUTPUT runs precompile.py in Pyodide, and writes two
// compressed archives to the folder OUTPUT. The names do not end in .gz, because some servers
// send such files with the header Content-Encoding: gzip.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import zlib from "node:zlib";

const [pyodide, packages, output] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.resolve(pyodide, "pyodide.mjs")));
const python = await loadPyodide({
  lockFileContents: JSON.stringify({
    info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "314.0.7" },
    packages: {},
  }),
});
const target = "/lib/python3.14/site-packages/packages.zip";
python.FS.writeFile(target, new Uint8Array(fs.readFileSync(packages)));
python.runPython(fs.readFileSync(new URL("precompile.py", import.meta.url), "utf-8"));
for (const name of ["/lib/python314.zip", target]) {
  const written = name.endsWith("314.zip") ? "python_stdlib.gzip" : "packages.gzip";
  fs.writeFileSync(path.join(output, written), zlib.gzipSync(python.FS.readFile(`${name}.new`), { level: 9 }));
}
