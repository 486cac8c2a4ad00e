import type { ItemId, SessionId, TenantId } from "../../lib/ids.ts";
import { errorCode } from "../../lib/errors.ts";
import type { Store } from "../../persistence/store.ts";
import type { ItemAudio as AudioByPart } from "../../protocol/server-events.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** Audio of a session's items, in the store. A failure costs the recording, never the conversation. */
export class ItemAudio {
  private readonly store: Pick<Store, "putAudio" | "audio">;
  private readonly tenant: TenantId;
  private readonly session: SessionId;
  private readonly metrics: Metrics;

  constructor(
    store: Pick<Store, "putAudio" | "audio">,
    tenant: TenantId,
    session: SessionId,
    metrics: Metrics,
  ) {
    this.store = store;
    this.tenant = tenant;
    this.session = session;
    this.metrics = metrics;
  }

  /** @param pcm s16le, 24 kHz */
  keep(item: ItemId, block: number, pcm: Uint8Array): void {
    const { tenant, session } = this;
    this.store.putAudio({ tenant, session, item, block, pcm }).catch((error: unknown) => {
      this.metrics.errorsTotal.inc({ code: errorCode(error) });
    });
  }

  /** Audio by content part; empty when there is none or it cannot be read. Never rejects.
   *  @param part which one it is
   *  @param samplesMax what counts of it; the rest was cut off */
  async read(item: ItemId, part: number, samplesMax = Infinity): Promise<AudioByPart> {
    try {
      const blocks = await this.store.audio(this.tenant, this.session, item);
      if (blocks.length === 0) return new Map();
      return new Map([[part, Buffer.concat(blocks.map(({ pcm }) => pcm)).subarray(0, samplesMax * 2)]]);
    } catch (error) {
      this.metrics.errorsTotal.inc({ code: errorCode(error) });
      return new Map();
    }
  }
}
