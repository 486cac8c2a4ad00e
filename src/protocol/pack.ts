import { Packr, RESET_BUFFER_MODE } from "msgpackr";
import type { z } from "zod";
import { ParleyError } from "../lib/errors.ts";

/** Plain maps only: records with shared structures cannot be read by another process. */
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: false });

/** Packs a plain value (maps, arrays, strings, numbers, booleans, null, `Uint8Array`). Fields that are undefined
 *  are left out.
 *  @returns bytes that own their buffer: the packer's is as large as its largest messages, and any small one that lives
 *    a while would keep all of it */
export function pack(value: object): Uint8Array {
  const packed = packr.pack(value, RESET_BUFFER_MODE);
  const own = Buffer.allocUnsafeSlow(packed.length); // of a plain Uint8Array, strings would be unpacked slowly
  packed.copy(own);
  return own;
}

/** Unpacks bytes and validates them. Byte strings in the result are views of `bytes`.
 *  @param isKnown a quicker judge: what it says true to is valid, the rest is the schema's to judge
 *  @throws {ParleyError} `ERR_WIRE` for anything that is not exactly one valid message */
export function unpack<T>(schema: z.ZodType<T>, bytes: Uint8Array, isKnown?: (value: unknown) => boolean): T {
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (cause) {
    throw new ParleyError("ERR_WIRE", "bytes are no message", { cause });
  }
  if (isKnown?.(value) === true) return value as T;
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new ParleyError("ERR_WIRE", "message has the wrong shape", { cause: parsed.error });
  return parsed.data;
}
