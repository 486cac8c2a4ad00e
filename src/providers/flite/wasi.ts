/** The little of WASI (preview 1) that a command needs which reads nothing and writes one file. The file lives in
 *  memory: no temporary files, nothing of this machine within the command's reach. `node:wasi` was seen to take the
 *  whole process down with a failing command; here it ends in an exception. */

/** What TypeScript knows only together with the browser's types. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, object>,
  ) => { readonly exports: object };
}
interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  _start(): void;
}
/** A compiled module; opaque. */
export type WasmModule = object;

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

export function compileWasm(bytes: Uint8Array): WasmModule {
  return new WebAssembly.Module(bytes);
}

export interface CommandOutcome {
  readonly exitCode: number;
  /** What was written to the file; empty when it was never opened. */
  readonly file: Uint8Array;
}

const rootFd = 3;
const fileFd = 4;
const errno = { ok: 0, badFd: 8, fileTooLarge: 27, notFound: 44 } as const;
const filetype = { directory: 3, regular: 4 } as const;

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Runs a command to its end, in a fresh memory; blocks the thread.
 *  @param args its arguments, the program's name first; no one may hold a zero byte
 *  @param bytesMax what it may write; beyond it the command sees "file too large"
 *  @throws {Error} a trap of WebAssembly (out of bounds, stack overflow) */
export function runCommand(module: WasmModule, args: readonly string[], bytesMax: number): CommandOutcome {
  const host = new CommandHost(args, bytesMax);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.functions });
  const exports = instance.exports as WasmExports;
  host.attach(exports.memory);
  try {
    exports._start();
    return { exitCode: 0, file: host.file.contents };
  } catch (error) {
    if (error instanceof Exit) return { exitCode: error.code, file: host.file.contents };
    throw error;
  }
}

class CommandHost {
  readonly file: MemoryFile;
  readonly functions: Readonly<Record<string, (...args: never[]) => number>>;
  readonly #args: readonly Buffer[];
  #memory: WasmExports["memory"] = { buffer: new ArrayBuffer(0) };

  constructor(args: readonly string[], bytesMax: number) {
    this.file = new MemoryFile(bytesMax);
    this.#args = args.map((arg) => Buffer.from(`${arg}\0`));
    this.functions = {
      args_sizes_get: (count: number, bytes: number) => {
        this.#setU32(count, this.#args.length);
        return this.#setU32(bytes, Buffer.concat(this.#args).length);
      },
      args_get: (pointers: number, buffer: number) => this.#writeArgs(pointers, buffer),
      clock_time_get: (_id: number, _precision: bigint, time: number) => this.#setU64(time, 0n),
      fd_close: () => errno.ok,
      fd_fdstat_get: (fd: number, stat: number) => this.#writeStat(fd, stat),
      fd_fdstat_set_flags: () => errno.ok,
      fd_prestat_get: (fd: number, stat: number) => {
        if (fd !== rootFd) return errno.badFd;
        this.#setU32(stat, 0); // a directory
        return this.#setU32(stat + 4, 1); // length of "/"
      },
      fd_prestat_dir_name: (fd: number, path: number) => {
        if (fd !== rootFd) return errno.badFd;
        this.#bytes()[path] = "/".charCodeAt(0);
        return errno.ok;
      },
      fd_read: (_fd: number, _vectors: number, _count: number, read: number) => this.#setU32(read, 0),
      fd_seek: (fd: number, offset: bigint, whence: number, position: number) =>
        fd === fileFd ? this.#setU64(position, BigInt(this.file.seek(Number(offset), whence))) : errno.badFd,
      fd_write: (fd: number, vectors: number, count: number, written: number) =>
        this.#write(fd, vectors, count, written),
      path_open: (...args: never[]) => this.#open(args),
      proc_exit: (code: number) => {
        throw new Exit(code);
      },
    };
  }

  attach(memory: WasmExports["memory"]): void {
    this.#memory = memory;
  }

  #writeArgs(pointers: number, buffer: number): number {
    let at = buffer;
    for (const [index, arg] of this.#args.entries()) {
      this.#setU32(pointers + 4 * index, at);
      this.#bytes().set(arg, at);
      at += arg.length;
    }
    return errno.ok;
  }

  #writeStat(fd: number, stat: number): number {
    if (fd > fileFd) return errno.badFd;
    this.#bytes().fill(0, stat, stat + 8);
    this.#bytes()[stat] = fd === rootFd ? filetype.directory : filetype.regular;
    this.#setU64(stat + 8, 2n ** 64n - 1n); // every right: there is nothing to protect
    return this.#setU64(stat + 16, 2n ** 64n - 1n);
  }

  /** Any file opened for creation is the one file; nothing can be opened for reading. */
  #open(args: readonly number[]): number {
    const [, , , , openFlags, , , , opened] = args;
    const creates = (openFlags! & 1) !== 0;
    if (!creates) return errno.notFound;
    this.file.truncate();
    return this.#setU32(opened!, fileFd);
  }

  #write(fd: number, vectors: number, count: number, written: number): number {
    let total = 0;
    for (let index = 0; index < count; index++) {
      const start = this.#u32(vectors + 8 * index);
      const length = this.#u32(vectors + 8 * index + 4);
      if (fd === fileFd && !this.file.write(this.#bytes().subarray(start, start + length)))
        return errno.fileTooLarge;
      total += length; // what goes to stdout and stderr is dropped
    }
    return this.#setU32(written, total);
  }

  // The memory moves when it grows, so views are never kept.
  #bytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer);
  }

  #u32(at: number): number {
    return new DataView(this.#memory.buffer).getUint32(at, true);
  }

  #setU32(at: number, value: number): number {
    new DataView(this.#memory.buffer).setUint32(at, value, true);
    return errno.ok;
  }

  #setU64(at: number, value: bigint): number {
    new DataView(this.#memory.buffer).setBigUint64(at, value, true);
    return errno.ok;
  }
}

/** A file that grows up to a bound and can be written anywhere. */
class MemoryFile {
  readonly #bytesMax: number;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #position = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get contents(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  truncate(): void {
    this.#length = 0;
    this.#position = 0;
  }

  seek(offset: number, whence: number): number {
    const base = [0, this.#position, this.#length][whence] ?? 0;
    this.#position = Math.max(0, base + offset);
    return this.#position;
  }

  /** @returns false, and nothing is written, when it would grow beyond its bound */
  write(bytes: Uint8Array): boolean {
    const end = this.#position + bytes.length;
    if (end > this.#bytesMax) return false;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#position);
    this.#position = end;
    this.#length = Math.max(this.#length, end);
    return true;
  }
}
