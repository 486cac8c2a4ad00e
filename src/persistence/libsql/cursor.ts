import { createHash } from "node:crypto";
import { z } from "zod";
import { ParleyError } from "../../lib/errors.ts";
import type { SessionId, TenantId } from "../../lib/ids.ts";

/** The list that a cursor walks. A cursor of one is none of another. */
export interface CursorScope {
  readonly list: "items" | "interactions";
  readonly tenant: TenantId;
  readonly session: SessionId;
}

/** A position as text that is safe in a URL. The check finds cursors of other lists and mistyped ones; it is no
 *  secret, and need not be: a position leads nowhere outside its list. */
export function encodeCursor(scope: CursorScope, position: readonly (number | string)[]): string {
  const body = Buffer.from(JSON.stringify(position)).toString("base64url");
  return `${body}.${checkOf(scope, body)}`;
}

/** @throws {ParleyError} `ERR_BAD_INPUT` for anything that `encodeCursor` did not make in this scope */
export function decodeCursor<T>(scope: CursorScope, cursor: string, position: z.ZodType<T>): T {
  const [body = "", check, ...rest] = cursor.split(".");
  if (rest.length > 0 || check !== checkOf(scope, body)) throw invalid();
  try {
    return position.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
  } catch {
    throw invalid();
  }
}

const invalid = (): ParleyError => new ParleyError("ERR_BAD_INPUT", "not a cursor of this list");

function checkOf({ list, tenant, session }: CursorScope, body: string): string {
  const scope = JSON.stringify([list, tenant, session, body]);
  return createHash("sha256").update(scope).digest("base64url").slice(0, 12);
}
