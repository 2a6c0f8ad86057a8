"use strict";

// memoryFiles returns the file operations of node:fs that Go tests need, on
// files in memory: testing writes the output of examples to temporary files and
// reads the seeds of fuzz targets from testdata. The argument maps the paths of
// the first files to their bytes. A folder is there when a file in it is;
// everything else about folders, links, times and rights is left out.
function memoryFiles(files) {
  const constants = { O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, O_DIRECTORY: 65536 };
  const handles = new Map();
  let lastHandle = 2;

  const failure = (code) => Object.assign(new Error(code), { code });
  const entries = (path) => {
    const inside = [...files.keys()].filter((name) => name.startsWith(path + "/"));
    return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/")[0]))];
  };
  const stat = (path) => {
    const isFolder = !files.has(path);
    if (isFolder && entries(path).length === 0) throw failure("ENOENT");
    return {
      dev: 0, ino: 0, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 0, atimeMs: 0, mtimeMs: 0, ctimeMs: 0,
      mode: isFolder ? 0o040755 : 0o100644,
      size: isFolder ? 0 : files.get(path).length,
      isDirectory: () => isFolder,
    };
  };

  const operations = {
    open(path, flags) {
      if (!files.has(path) && flags & constants.O_CREAT) {
        files.set(path, new Uint8Array());
      } else if (flags & constants.O_EXCL) {
        throw failure("EEXIST");
      }
      stat(path);
      if (flags & constants.O_TRUNC) files.set(path, new Uint8Array());
      handles.set(++lastHandle, { path, position: 0 });
      return lastHandle;
    },
    close: (fd) => void handles.delete(fd),
    stat,
    lstat: stat,
    fstat: (fd) => stat(handles.get(fd).path),
    readdir: entries,
    unlink(path) {
      if (!files.delete(path)) throw failure("ENOENT");
    },
    // Go passes a position once a file was seeked, and null before.
    read(fd, buffer, offset, length, position) {
      const handle = handles.get(fd);
      const start = position ?? handle.position;
      const bytes = files.get(handle.path).subarray(start, start + length);
      buffer.set(bytes, offset);
      handle.position = start + bytes.length;
      return bytes.length;
    },
    write(fd, buffer, offset, length, position) {
      const handle = handles.get(fd);
      const start = position ?? handle.position;
      const before = files.get(handle.path);
      const after = new Uint8Array(Math.max(before.length, start + length));
      after.set(before);
      after.set(buffer.subarray(offset, offset + length), start);
      files.set(handle.path, after);
      handle.position = start + length;
      return length;
    },
  };

  // node:fs answers through a callback, which comes last.
  const withCallback = (operation) => (...args) => {
    const callback = args.pop();
    let result;
    try {
      result = operation(...args);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, result);
  };
  const fs = { constants };
  for (const [name, operation] of Object.entries(operations)) fs[name] = withCallback(operation);
  return fs;
}
