/** An address that speaks WebSocket. */
export interface RealtimePath {
  readonly path: string;
  /** Clients of this address expect the older dialect, and do not say so. */
  readonly beta: boolean;
}

/** OpenAI's address, Azure's current one, and the one Azure's dated API versions have:
 *  `/openai/realtime?api-version=…&deployment=…`. */
export const realtimePaths: readonly RealtimePath[] = [
  { path: "/v1/realtime", beta: false },
  { path: "/openai/v1/realtime", beta: false },
  { path: "/openai/realtime", beta: true },
];

const bases = realtimePaths.map(({ path }) => path);

/** Where client secrets are made. */
export const secretPaths: readonly string[] = bases.map((base) => `${base}/client_secrets`);

/** Where they are made in the older dialect. Azure documents `realtimeapi`; its clients use the path of the socket. */
export const betaSecretPaths = {
  realtime: [...bases, "/openai/realtimeapi"].map((base) => `${base}/sessions`),
  transcription: [...bases, "/openai/realtimeapi"].map((base) => `${base}/transcription_sessions`),
} as const;
