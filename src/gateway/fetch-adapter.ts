import { STATUS_CODES } from "node:http";
import { invalidRequest, serverError, type ApiError } from "./http-errors.ts";
import { isLoopback, type HttpRequest, type HttpResponse } from "./uws.ts";

/** What a handler may know of who asks. */
export interface Peer {
  /** On this machine. A proxy on this machine is too, whoever is behind it. */
  readonly loopback: boolean;
}

/** The request's signal fires when the client has gone. */
export type FetchHandler = (request: Request, peer: Peer) => Response | Promise<Response>;

export interface FetchAdapter {
  /** Answers one request; never throws. */
  readonly serve: (response: HttpResponse, request: HttpRequest) => void;
  /** Resolves when no request is being answered. */
  idle(): Promise<void>;
}

interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly contentLength: number;
}

/** Headers that the server itself writes. */
const ownHeaders = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);
const bodilessStatuses = new Set([204, 304]);

/** Puts a fetch handler on uWebSockets.js. Requests and answers are held in memory whole: requests up to a bound,
 *  answers as the handler made them.
 *  @param bodyBytesMax larger requests are answered 413 and their connection is closed
 *  @param onError told what a handler threw; the client gets a plain 500 */
export function createFetchAdapter(
  handler: FetchHandler,
  { bodyBytesMax, onError }: { readonly bodyBytesMax: number; readonly onError: (error: unknown) => void },
): FetchAdapter {
  const running = new Set<Promise<void>>();
  const answer = async (exchange: Exchange, body: Uint8Array | undefined) => {
    const request = toRequest(exchange, body);
    if (request === undefined) {
      return exchange.refuse(400, invalidRequest("invalid_request", "The request cannot be read."));
    }
    try {
      await exchange.send(await handler(request, exchange.peer));
    } catch (error) {
      onError(error);
      exchange.refuse(500, serverError("internal_error", "The server had an error."));
    }
  };
  const run = (exchange: Exchange, body?: Uint8Array) => {
    const work = answer(exchange, body)
      .catch(onError)
      .finally(() => running.delete(work));
    running.add(work);
  };
  return {
    serve: (response, request) => {
      const exchange = new Exchange(response, readHead(request));
      if (exchange.head.method === "GET" || exchange.head.method === "HEAD") run(exchange);
      else exchange.readBody(bodyBytesMax, (body) => run(exchange, body));
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Copied at once: the request is gone when its callback returns. */
function readHead(request: HttpRequest): Head {
  const headers: [string, string][] = [];
  request.forEach((name, value) => headers.push([name, value]));
  const query = request.getQuery();
  return {
    method: request.getMethod().toUpperCase(),
    target: request.getUrl() + (query ? `?${query}` : ""),
    headers,
    contentLength: Number(request.getHeader("content-length") || 0),
  };
}

/** Undefined for what fetch does not take, such as a method it forbids. The host is not the client's to choose. */
function toRequest({ head, signal }: Exchange, body: Uint8Array | undefined): Request | undefined {
  try {
    return new Request(`http://localhost${head.target}`, {
      method: head.method,
      headers: head.headers.map(([name, value]): [string, string] => [name, value]),
      signal,
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
  } catch {
    return undefined;
  }
}

/** One request and its answer. After the answer, or when the client has gone, the response must not be touched. */
class Exchange {
  readonly head: Head;
  readonly peer: Peer;
  readonly #response: HttpResponse;
  readonly #abort = new AbortController();
  #open = true;

  constructor(response: HttpResponse, head: Head) {
    this.#response = response;
    this.head = head;
    this.peer = { loopback: isLoopback(response) };
    response.onAborted(() => {
      this.#open = false;
      this.#abort.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Calls `done` with the whole body, or answers 413 and does not. */
  readBody(bytesMax: number, done: (body: Uint8Array) => void): void {
    const tooLarge = () => this.refuse(413, invalidRequest("request_too_large", "The request is too large."));
    if (this.head.contentLength > bytesMax) return tooLarge();
    const parts: Buffer[] = [];
    let bytes = 0;
    this.#response.onData((part, last) => {
      if (!this.#open) return;
      bytes += part.byteLength;
      if (bytes > bytesMax) return tooLarge();
      parts.push(Buffer.from(part.slice(0))); // the memory of `part` is gone after this call
      if (last) done(Buffer.concat(parts));
    });
  }

  async send(response: Response): Promise<void> {
    const bodiless = this.head.method === "HEAD" || bodilessStatuses.has(response.status);
    const body = bodiless ? undefined : await response.arrayBuffer();
    this.#end(response.status, response.headers, body);
  }

  /** Answers without the handler and closes the connection: what is left of the request is not read. */
  refuse(status: number, body: ApiError): void {
    const headers = new Headers({ "content-type": "application/json" });
    this.#end(status, headers, Buffer.from(JSON.stringify(body)), true);
  }

  #end(status: number, headers: Headers, body: ArrayBuffer | Uint8Array | undefined, close = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.#response.cork(() => {
      this.#response.writeStatus(`${status} ${STATUS_CODES[status] ?? ""}`);
      headers.forEach((value, name) => {
        if (!ownHeaders.has(name)) this.#response.writeHeader(name, value);
      });
      // Without arguments: an explicit undefined makes the library wait for ever.
      if (body === undefined) this.#response.endWithoutBody();
      else this.#response.end(body, close);
    });
  }
}
