import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { ParleyError } from "../../lib/errors.ts";

const inflate = promisify(inflateRaw);

const endRecordSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endRecordBytes = 22;
const centralHeaderBytes = 46;
const localHeaderBytes = 30;
/** A zip comment is at most 65 535 bytes, so the end record lies in this tail. */
const endRecordSearchBytesMax = endRecordBytes + 0xffff;

interface ZipEntry {
  readonly method: number;
  readonly flags: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly localOffset: number;
}

function damaged(what: string): ParleyError {
  return new ParleyError(
    "ERR_MODELS",
    `The downloaded package is damaged (${what}). Fetch the models again.`,
  );
}

/** Offset of the end-of-central-directory record (APPNOTE.TXT 4.3.16), searched from the back. */
function findEndRecord(zip: Buffer): number {
  const lowest = Math.max(0, zip.length - endRecordSearchBytesMax);
  for (let at = zip.length - endRecordBytes; at >= lowest; at -= 1) {
    const commentBytes = zip.readUInt16LE(at + 20);
    if (zip.readUInt32LE(at) === endRecordSignature && at + endRecordBytes + commentBytes === zip.length)
      return at;
  }
  throw damaged("no end record");
}

/** Reads the central directory of a zip held in memory; folders are left out. No zip64, no encryption.
 *  @throws {ParleyError} `ERR_MODELS` when any structure points outside the buffer */
export function readZipDirectory(zip: Buffer): Map<string, ZipEntry> {
  const end = findEndRecord(zip);
  const count = zip.readUInt16LE(end + 10);
  const entries = new Map<string, ZipEntry>();
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < count; i += 1) {
    if (at + centralHeaderBytes > end || zip.readUInt32LE(at) !== centralSignature)
      throw damaged("directory");
    const nameBytes = zip.readUInt16LE(at + 28);
    const next = at + centralHeaderBytes + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (next > end) throw damaged("directory");
    const name = zip.toString("utf8", at + centralHeaderBytes, at + centralHeaderBytes + nameBytes);
    if (!name.endsWith("/")) {
      entries.set(name, {
        flags: zip.readUInt16LE(at + 8),
        method: zip.readUInt16LE(at + 10),
        packedBytes: zip.readUInt32LE(at + 20),
        unpackedBytes: zip.readUInt32LE(at + 24),
        localOffset: zip.readUInt32LE(at + 42),
      });
    }
    at = next;
  }
  return entries;
}

/** Unpacks one entry.
 *  @param bytesMax refuses anything larger, so that a crafted package cannot fill the memory
 *  @throws {ParleyError} `ERR_MODELS` when the entry is missing, damaged or larger than `bytesMax` */
export async function unzipEntry(
  zip: Buffer,
  directory: Map<string, ZipEntry>,
  name: string,
  bytesMax: number,
): Promise<Buffer> {
  const entry = directory.get(name);
  if (entry === undefined) throw damaged(`no ${name}`);
  const { localOffset, packedBytes, unpackedBytes, method, flags } = entry;
  if (unpackedBytes > bytesMax) throw damaged(`${name} is larger than it may be`);
  if ((flags & 1) !== 0) throw damaged(`${name} is encrypted`);
  if (localOffset + localHeaderBytes > zip.length || zip.readUInt32LE(localOffset) !== localSignature) {
    throw damaged(name);
  }
  // The local header repeats the name and has an extra field of its own length.
  const start =
    localOffset + localHeaderBytes + zip.readUInt16LE(localOffset + 26) + zip.readUInt16LE(localOffset + 28);
  if (start + packedBytes > zip.length) throw damaged(name);
  const packed = zip.subarray(start, start + packedBytes);
  const unpacked = await unpack(packed, method, unpackedBytes, name);
  if (unpacked.length !== unpackedBytes) throw damaged(name);
  return unpacked;
}

async function unpack(packed: Buffer, method: number, bytes: number, name: string): Promise<Buffer> {
  if (method === 0) return packed;
  if (method !== 8) throw damaged(`${name} uses an unknown method`);
  try {
    return await inflate(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch {
    throw damaged(name);
  }
}
