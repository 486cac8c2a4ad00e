import { describe, expect, it } from "vitest";
import { compileWasm, runCommand } from "./wasi.ts";

const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const section = (id: number, body: readonly number[]): number[] => [id, body.length, ...body];

/** A command with one page of memory whose `_start` has the given code and may call `proc_exit` as function 0. */
function command(code: readonly number[]): Uint8Array {
  const types = [2, 0x60, 1, 0x7f, 0, 0x60, 0, 0]; // (i32) -> () and () -> ()
  const imports = [1, ...text("wasi_snapshot_preview1"), ...text("proc_exit"), 0, 0];
  const exports = [2, ...text("memory"), 2, 0, ...text("_start"), 0, 1];
  const body = [0, ...code, 0x0b];
  return Uint8Array.from([
    ...header,
    ...section(1, types),
    ...section(2, imports),
    ...section(3, [1, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, exports),
    ...section(10, [1, body.length, ...body]),
  ]);
}

describe("runCommand", () => {
  it("ends with 0 when the command returns", () => {
    expect(runCommand(compileWasm(command([])), ["x"], 10)).toEqual({ exitCode: 0, file: new Uint8Array(0) });
  });

  it("gives the exit code", () => {
    const exits = command([0x41, 3, 0x10, 0]); // i32.const 3, call proc_exit
    expect(runCommand(compileWasm(exits), ["x"], 10).exitCode).toBe(3);
  });

  it("ends in an exception when the command traps", () => {
    expect(() => runCommand(compileWasm(command([0])), ["x"], 10)).toThrow(/unreachable/); // unreachable
  });
});
