const constants = { O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, O_DIRECTORY: 65536 };

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** An operation of node:fs: what it gives goes to a callback, which comes last. */
export type Operation = (...args: unknown[]) => void;

/**
 * The file operations of node:fs that Go tests need, on files in memory: testing writes
 * the output of examples to temporary files and reads the seeds of fuzz targets from
 * testdata. files has the bytes of the first ones by their paths. A folder is there when
 * a file in it is; everything else about folders, links, times and rights is left out.
 */
export function memoryFiles(files: Map<string, Uint8Array>): { constants: typeof constants } & Record<string, Operation> {
  const handles = new Map<number, { path: string; position: number }>();
  let lastHandle = 2;

  const entries = (path: string): string[] => {
    const inside = [...files.keys()].filter((name) => name.startsWith(path + "/"));
    return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/")[0]!))];
  };
  const stat = (path: string) => {
    const isFolder = !files.has(path);
    if (isFolder && entries(path).length === 0) throw failure("ENOENT");
    return {
      dev: 0, ino: 0, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 0, atimeMs: 0, mtimeMs: 0, ctimeMs: 0,
      mode: isFolder ? 0o040755 : 0o100644,
      size: isFolder ? 0 : files.get(path)!.length,
      isDirectory: () => isFolder,
    };
  };

  const operations = {
    open(path: string, flags: number) {
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
    close: (fd: number) => void handles.delete(fd),
    stat,
    lstat: stat,
    fstat: (fd: number) => stat(handles.get(fd)!.path),
    readdir: entries,
    unlink(path: string) {
      if (!files.delete(path)) throw failure("ENOENT");
    },
    // Go passes a position once a file was seeked, and null before.
    read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null) {
      const handle = handles.get(fd)!;
      const start = position ?? handle.position;
      const bytes = files.get(handle.path)!.subarray(start, start + length);
      buffer.set(bytes, offset);
      handle.position = start + bytes.length;
      return bytes.length;
    },
    write(fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null) {
      const handle = handles.get(fd)!;
      const start = position ?? handle.position;
      const before = files.get(handle.path)!;
      const after = new Uint8Array(Math.max(before.length, start + length));
      after.set(before);
      after.set(buffer.subarray(offset, offset + length), start);
      files.set(handle.path, after);
      handle.position = start + length;
      return length;
    },
  };

  const withCallback = (operation: (...args: never[]) => unknown): Operation => (...args) => {
    const callback = args.pop() as (error: unknown, result?: unknown) => void;
    let result;
    try {
      result = operation(...(args as never[]));
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, result);
  };
  const fs: Record<string, Operation> = {};
  for (const [name, operation] of Object.entries(operations)) fs[name] = withCallback(operation);
  return Object.assign(fs, { constants }) as ReturnType<typeof memoryFiles>;
}
