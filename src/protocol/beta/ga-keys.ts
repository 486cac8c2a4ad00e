import { realtimeError } from "../realtime-error.ts";
import type { RealtimeError } from "../realtime-error.ts";

/** Settings that only GA has. Ignored like other unknown keys they would leave a client that mixes the dialects with
 *  defaults for all that it had set. */
const gaKeys = ["audio", "output_modalities"] as const;

/** @returns the refusal when there is one among the keys */
export function refuseGaKeys(
  given: Readonly<Record<string, unknown>>,
  root: "session" | "response",
  eventId: string | null,
): { readonly ok: false; readonly error: RealtimeError } | undefined {
  const key = gaKeys.find((name) => given[name] !== undefined);
  if (key === undefined) return undefined;
  return { ok: false, error: realtimeError.notInBeta(`${root}.${key}`, eventId) };
}
