import type { Clock } from "../../lib/clock.ts";
import type { ParleyError } from "../../lib/errors.ts";
import type { NodeId, ResponseId } from "../../lib/ids.ts";
import type { AudioRetention, VoiceInteraction } from "../../persistence/store.ts";
import type { TurnEndEngine } from "../../providers/turn-end.ts";
import type { VadEngine } from "../../providers/vad.ts";
import type { ParsedFrame } from "../../protocol/client-events.ts";
import type { Logger } from "../../telemetry/logs.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Transport } from "../../transport/transport.ts";
import type { ModelLimits } from "./context.ts";
import type { ItemAudioDeps } from "./item-audio.ts";
import type { SessionMessage } from "./messages.ts";

/** Everything a session works with. */
export interface SessionDeps {
  readonly node: NodeId;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly store: ItemAudioDeps["store"];
  readonly audioRetention: AudioRetention;
  readonly vad: VadEngine;
  readonly turnEnd: TurnEndEngine;
  /** What the language model of this server can take. */
  readonly model: ModelLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly record: (interaction: VoiceInteraction) => void;
}

export type SessionInput =
  | SessionMessage
  | { readonly type: "frame"; readonly frame: string }
  /** A frame whose event was read without parsing. */
  | { readonly type: "audio"; readonly parsed: ParsedFrame }
  | { readonly type: "drained" }
  /** The socket is gone, or is not waited for any longer. */
  | { readonly type: "gone" }
  | { readonly type: "lost"; readonly error: ParleyError }
  | { readonly type: "leave" }
  /** The server leaves: the session ends when its turn in progress has. */
  | { readonly type: "drain" }
  | { readonly type: "logged"; readonly notify: { readonly response: ResponseId; readonly segment: number } };

/** Messages that may wait in a session's mailbox. Audio frames are about 2 kB each. */
export const sessionMailbox = { normalMax: 4_096, urgentMax: 8_192 } as const;
