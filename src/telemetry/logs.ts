import { destination, pino, type DestinationStream, type Level, type Logger } from "pino";

export type { Logger } from "pino";

export interface LogOptions {
  readonly level: Level | "silent";
  /** Whether fields under `pii` (what was said, whatever names a person) are kept. */
  readonly pii: boolean;
  /** Fields of every line, such as the node's id. */
  readonly base?: Readonly<Record<string, string>>;
  /** Where lines go; default standard error, which leaves standard output to what a command prints. */
  readonly to?: "stderr" | "stdout" | DestinationStream;
}

/** Makes the process's logger: one JSON object per line. Values that may identify a person or repeat what was said
 *  belong under the field `pii` of a line or of a child's bindings, and nowhere else, not in the message either. */
export function createLogger({ level, pii, base = {}, to = "stderr" }: LogOptions): Logger {
  const stream = typeof to === "string" ? destination({ dest: to === "stdout" ? 1 : 2, sync: true }) : to;
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(!pii && { redact: { paths: ["pii"], remove: true } }),
    },
    stream,
  );
}

/** A logger whose lines carry the session, and the turn (response or item) when one is meant. */
export function sessionLogger(logger: Logger, session: string, turn?: string): Logger {
  return logger.child({ session, ...(turn !== undefined && { turn }) });
}
