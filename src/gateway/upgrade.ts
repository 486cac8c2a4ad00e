import type { OpenRequest, SessionHost } from "../actors/session/connection.ts";
import { keyOfHeaders, readSubprotocols, type Authenticate, type Caller, type Header } from "./auth.ts";
import { invalidRequest, serverError, type ApiError } from "./http-errors.ts";
import { isOriginAllowed } from "./origins.ts";

/** What the verdict on an upgrade depends on. */
export interface UpgradeRules {
  readonly authenticate: Authenticate;
  readonly origins?: readonly string[];
  /** Reasons why the server is not ready; empty when it is. */
  readonly readiness: () => readonly string[];
  /** Sockets open now, and how many may be. */
  readonly connections: () => number;
  readonly maxSessions: number;
  readonly sessions: Pick<SessionHost, "admit">;
}

export type Verdict =
  | { readonly status: 101; readonly protocol: string; readonly open: OpenRequest }
  | { readonly status: 401 | 403 | 503; readonly body: ApiError };

/** Decides on one upgrade request. The key comes before the capacity: only who has one learns how full the server is.
 *  @param query without `?`; unknown parameters are ignored, since clients send their own
 *  @param betaPath the address itself asks for the older dialect */
export function judgeUpgrade(header: Header, query: string, rules: UpgradeRules, betaPath: boolean): Verdict {
  if (!isOriginAllowed(header("origin"), header("host"), rules.origins)) {
    return { status: 403, body: invalidRequest("origin_not_allowed", "This origin may not connect.") };
  }
  const protocols = readSubprotocols(header("sec-websocket-protocol"));
  const caller = rules.authenticate(keyOfHeaders(header) ?? protocols.key);
  if (caller === undefined) {
    return { status: 401, body: invalidRequest("invalid_api_key", "No API key, or not a valid one.") };
  }
  if (rules.readiness().length > 0) {
    return { status: 503, body: serverError("not_ready", "The server is not ready. Try again later.") };
  }
  if (rules.connections() >= rules.maxSessions || rules.sessions.admit() === "full") {
    return { status: 503, body: serverError("server_full", "The server is full. Try again later.") };
  }
  const beta = betaPath || protocols.beta || /\brealtime=v1\b/.test(header("openai-beta"));
  const open = openRequest(caller, new URLSearchParams(query), beta ? "beta" : "ga", header("traceparent"));
  return { status: 101, protocol: protocols.selected, open };
}

/** What the address asks for and what the client secret grants, as one. The kind of session is the secret's, since
 *  its configuration is of that kind. */
function openRequest(
  { tenant, grant = {} }: Caller,
  query: URLSearchParams,
  dialect: OpenRequest["dialect"],
  traceparent: string,
): OpenRequest {
  const asked = query.get("intent") === "transcription" ? "transcription" : "realtime";
  return {
    tenant,
    model: query.get("model") || query.get("deployment") || grant.model || "", // named but empty is not said
    kind: grant.kind ?? asked,
    dialect,
    ...(grant.session !== undefined && { session: grant.session }),
    ...(traceparent !== "" && { traceparent }),
  };
}
