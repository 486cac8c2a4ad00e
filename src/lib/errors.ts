/** What a failure means to whoever meets it. `closeCode` is the WebSocket close code when it ends a connection. */
interface ErrorSpec {
  readonly retryable: boolean;
  readonly closeCode: number;
}

/** Every operating error of the program, by stable code. A broken invariant is an `assert`, never one of these. */
export const ERRORS = {
  ERR_CONFIG: { retryable: false, closeCode: 1011 },
  ERR_CLOSED: { retryable: false, closeCode: 1001 },
  ERR_BUSY: { retryable: true, closeCode: 1013 },
  ERR_LOG_CONFLICT: { retryable: false, closeCode: 1011 },
  ERR_STORE: { retryable: true, closeCode: 1011 },
  ERR_NOT_FOUND: { retryable: false, closeCode: 1008 },
  ERR_BAD_INPUT: { retryable: false, closeCode: 1008 },
  ERR_TIMEOUT: { retryable: true, closeCode: 1013 },
  ERR_NO_RESPONDER: { retryable: true, closeCode: 1013 },
  ERR_WIRE: { retryable: false, closeCode: 1011 },
  ERR_ABORTED: { retryable: false, closeCode: 1000 },
  ERR_PROVIDER: { retryable: true, closeCode: 1011 },
  ERR_PROVIDER_TIMEOUT: { retryable: true, closeCode: 1013 },
  ERR_PROVIDER_REJECTED: { retryable: false, closeCode: 1011 },
  ERR_CIRCUIT_OPEN: { retryable: true, closeCode: 1013 },
  ERR_CANNOT_CONTINUE: { retryable: false, closeCode: 1011 },
  ERR_MODELS: { retryable: false, closeCode: 1011 },
  ERR_ACTOR_CRASHED: { retryable: false, closeCode: 1011 },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** An operating error: expected, named, handled. The cause is linked, never pasted into the message. */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** The code of an error as logs and counters name it; `ERR_UNEXPECTED` for what is not ours. */
export function errorCode(error: unknown): ErrorCode | "ERR_UNEXPECTED" {
  return error instanceof ParleyError ? error.code : "ERR_UNEXPECTED";
}
