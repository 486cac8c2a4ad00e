import { defaultTenant } from "../../src/lib/ids.ts";
import type { ItemId, SessionId } from "../../src/lib/ids.ts";
import type { SttJob } from "../../src/protocol/wire.ts";

/** A recognition of one sample, as a session with its first epoch asks for it. */
export const sttJob = (session: SessionId, item: ItemId): SttJob => ({
  type: "stt",
  tenant: defaultTenant,
  session,
  epoch: 1,
  turn: item,
  at: 0,
  item,
  end: 1,
  audio: new Uint8Array(2),
});
