// The folder that all processes of a page share. The Web Worker of the broker stores the
// files. In the other processes, Emscripten's PROXYFS calls the functions in `fs` below.

export const HOME = "/home/you";

// Operations whose arguments and results are JSON.
const PLAIN = ["chmod", "close", "mkdir", "open", "readdir", "readlink", "rename", "rmdir", "symlink", "truncate", "unlink", "utime", "writeFile"];
const IO_ERROR = 29; // the error number EIO

/** Mount the shared folder in a process. The process posts its file operations to `url`. */
export function mount(python, url) {
  const { FS } = python;
  const names = Object.entries(python._module.ERRNO_CODES);
  const ask = (operation, ...args) => {
    const { result, errno } = post(url, JSON.stringify({ file: operation, arguments: args }));
    if (errno) throw Object.assign(new Error(operation), { code: names.find(([, number]) => number === errno)[0] });
    return result;
  };
  const fs = Object.fromEntries(PLAIN.map((operation) => [operation, (...args) => ask(operation, ...args)]));
  fs.utime = (path, atime, mtime) => ask("utime", path, Number(atime), Number(mtime));
  fs.lstat = (path) => {
    const found = ask("lstat", path);
    for (const time of ["atime", "mtime", "ctime"]) found[time] = new Date(found[time]);
    return found;
  };
  fs.read = (file, buffer, offset, length, position) => {
    const bytes = toBytes(ask("read", file, length, position));
    buffer.set(bytes, offset);
    return bytes.length;
  };
  fs.write = (file, buffer, offset, length, position) =>
    ask("write", file, toText(buffer.subarray(offset, offset + length)), position);
  FS.mkdirTree(HOME);
  FS.mount(FS.filesystems.PROXYFS, { root: HOME, fs }, HOME);
}

/** Post a request and return its response. */
function post(url, text) {
  const request = new XMLHttpRequest();
  request.open("POST", url, false);
  try {
    request.send(text);
  } catch {
    return { errno: IO_ERROR }; // this process is being killed
  }
  return request.status === 200 ? JSON.parse(request.responseText) : { errno: IO_ERROR };
}

/** Execute a request on the files of this interpreter, and return the response. */
export function serveFile(FS, { file: operation, arguments: args }) {
  const own = {
    open: (path, flags) => FS.open(path, flags).fd,
    close: (file) => FS.close(FS.getStream(file)),
    read(file, length, position) {
      const bytes = new Uint8Array(length);
      return toText(bytes.subarray(0, FS.read(FS.getStream(file), bytes, 0, length, position)));
    },
    write: (file, text, position) => FS.write(FS.getStream(file), toBytes(text), 0, text.length, position),
  };
  try {
    return { result: (own[operation] ?? FS[operation].bind(FS))(...args) };
  } catch (error) {
    if (error.errno === undefined) throw error;
    return { errno: error.errno };
  }
}

/** Write files. `files` maps paths, relative to the folder, to texts. */
export function writeFiles(FS, files) {
  for (const [name, text] of Object.entries(files)) {
    const path = `${HOME}/${name}`;
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, text);
  }
}

/** Return a string with one character for each byte. */
function toText(bytes) {
  return Array.from(bytes, (byte) => String.fromCharCode(byte & 255)).join("");
}

function toBytes(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
