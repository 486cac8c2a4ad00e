import WebSocket from "ws";
import type { IncomingMessage } from "node:http";
import { ParleyError } from "../lib/errors.ts";

/** From the first packet to the upgraded socket. */
const connectMsMax = 10_000;
/** From a close frame of ours to the server's; after it the socket is cut. */
const closeMsMax = 2_000;
/** Largest frame that is read: the protocol's largest chunk of audio, 15 MiB, as base64 in JSON, and more. */
const frameBytesMax = 32 * 1024 * 1024;
/** What a socket reports that ended without a close frame (RFC 6455 §7.1.5). */
const noCloseFrame = 1006;
/** What is read of a refusal's body. */
const refusalBytesMax = 16_384;

/** Asked for when the address names no model: servers of this protocol expect one. */
const defaultModel = "gpt-realtime";

const untrusted: ReadonlySet<unknown> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

export interface LinkOptions {
  /** ws, wss, http or https */
  readonly url: string;
  readonly apiKey: string;
  /** Take any certificate. */
  readonly insecure: boolean;
  readonly onFrame: (frame: string) => void;
}

/** A connection to a Realtime server. */
export interface Link {
  /** Queues one event; does nothing once the connection has ended. */
  send(event: object): void;
  readonly bufferedBytes: number;
  /** Fires when the connection ended without `close`; its reason is a `ParleyError` that says why. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/** @throws {ParleyError} with a sentence that says what to do: `ERR_BAD_INPUT` for the address, `ERR_PROVIDER_REJECTED`
 *  when the server refuses, `ERR_PROVIDER` when there is none, `ERR_PROVIDER_TIMEOUT` */
export async function openLink(options: LinkOptions): Promise<Link> {
  const socket = new WebSocket(addressOf(options.url), {
    headers: { Authorization: `Bearer ${options.apiKey}` },
    handshakeTimeout: connectMsMax,
    maxPayload: frameBytesMax,
    perMessageDeflate: false, // audio in base64 is not worth the time
    rejectUnauthorized: !options.insecure,
  });
  // Before it is open: a server may speak in the same packet that upgrades.
  socket.on("message", (data: Buffer) => options.onFrame(data.toString("utf8")));
  await opened(socket, options.url);
  const lost = new AbortController();
  let closing = false;
  const lose = (message: string, cause?: unknown) => {
    if (!closing) lost.abort(new ParleyError("ERR_CLOSED", message, { cause }));
  };
  socket.on("error", (error) => lose("The connection to the server broke.", error));
  const closed = new Promise<void>((resolve) => {
    socket.on("close", (code, reason) => {
      const why = reason.length > 0 ? `${code}, ${reason.toString("utf8")}` : String(code);
      if (code === noCloseFrame) lose("The connection to the server broke off.");
      else lose(`The server closed the connection (${why}).`);
      resolve();
    });
  });
  return {
    send: (event) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    lost: lost.signal,
    close: async () => {
      closing = true;
      socket.close(1000);
      const cut = setTimeout(() => socket.terminate(), closeMsMax);
      await closed;
      clearTimeout(cut);
    },
  };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["ws:", "wss:", "http:", "https:"].includes(url.protocol)) {
    throw new ParleyError(
      "ERR_BAD_INPUT",
      `--url ${text} is no address of a server; expected something like ws://127.0.0.1:8080/v1/realtime.`,
    );
  }
  if (!["model", "intent", "call_id"].some((name) => url.searchParams.has(name))) {
    url.searchParams.set("model", defaultModel);
  }
  return url;
}

function opened(socket: WebSocket, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    // Not once: an error that comes after another one must not be without a listener.
    socket.on("error", (error) => reject(explainFailure(error, url)));
    socket.once("unexpected-response", (request, response) => {
      void explainRefusal(response, url).then((error) => {
        request.destroy();
        reject(error);
      });
    });
  });
}

function explainFailure(error: Error, url: string): ParleyError {
  const code = "code" in error ? error.code : undefined;
  if (untrusted.has(code)) {
    const text = `The certificate of ${url} is not one that this machine trusts; --insecure takes it all the same.`;
    return new ParleyError("ERR_PROVIDER_REJECTED", text, { cause: error });
  }
  if (error.message === "Opening handshake has timed out") {
    const text = `The server at ${url} did not answer within ${connectMsMax / 1_000} s.`;
    return new ParleyError("ERR_PROVIDER_TIMEOUT", text, { cause: error });
  }
  if (code === "EPROTO" || code === "ECONNRESET") {
    const text = `The server at ${url} hangs up (${code}). Does it speak wss and not ws, or the other way round?`;
    return new ParleyError("ERR_PROVIDER", text, { cause: error });
  }
  const detail = typeof code === "string" ? ` (${code})` : "";
  const text = `No Realtime server answers at ${url}${detail}. Start one with npm start, or name another with --url.`;
  return new ParleyError("ERR_PROVIDER", text, { cause: error });
}

async function explainRefusal(response: IncomingMessage, url: string): Promise<ParleyError> {
  const status = response.statusCode ?? 0;
  if (status === 401 || status === 403) {
    const text = `The server at ${url} refuses the API key (${status}). Set PARLEY_API_KEY to the key that this server was started with.`;
    return new ParleyError("ERR_PROVIDER_REJECTED", text);
  }
  const said = await messageOf(response);
  const text = `The server at ${url} refuses the connection (${status})${said === undefined ? "." : `: ${said}`}`;
  return new ParleyError("ERR_PROVIDER_REJECTED", text);
}

/** The message of an API error, if the body is one. */
async function messageOf(response: IncomingMessage): Promise<string | undefined> {
  let body = "";
  try {
    response.setEncoding("utf8");
    for await (const text of response) {
      body += text as string;
      if (body.length > refusalBytesMax) return undefined;
    }
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : undefined;
  } catch {
    return undefined;
  }
}
