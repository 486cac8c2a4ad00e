import { once } from "node:events";
import WebSocket from "ws";
import type { DialectName } from "../../src/protocol/dialect.ts";
import type { SessionKind } from "../../src/protocol/session-config.ts";
import { testApiKey } from "../support/server.ts";
import { EventLog } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";

export interface Client {
  readonly log: EventLog;
  readonly socket: WebSocket;
  readonly sessionId: string;
  readonly send: (event: object) => void;
}

/** A client without a library, which can also send what no library would.
 *  @param url base of the WebSocket address */
export async function connect(
  url: string,
  kind: SessionKind = "realtime",
  dialect: DialectName = "ga",
): Promise<Client> {
  const beta = dialect === "beta" && { "openai-beta": "realtime=v1" };
  const headers = { authorization: `Bearer ${testApiKey}`, ...beta };
  const query = kind === "realtime" ? "model=parley" : "intent=transcription";
  const socket = new WebSocket(`${url}?${query}`, { headers });
  const log = new EventLog(dialect);
  socket.on("message", (data: Buffer) => log.accept(JSON.parse(data.toString()) as ServerEvent));
  socket.on("error", (error) => log.fail(error));
  socket.on("close", (code) => log.fail(new Error(`the server closed the connection with ${code}`)));
  const prefix = kind === "transcription" && dialect === "beta" ? "transcription_" : "";
  const created = await log.next(`${prefix}session.created`);
  const { id } = created["session"] as { readonly id: string };
  return { log, socket, sessionId: id, send: (event) => socket.send(JSON.stringify(event)) };
}

/** Closes from the client's side, which is no fault. */
export async function disconnect({ socket }: Client): Promise<void> {
  socket.removeAllListeners("close");
  const closed = once(socket, "close");
  socket.close();
  await closed;
}

export const say = (text: string): object => ({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
});

export const configure = (session: object): object => ({
  type: "session.update",
  session: { type: "realtime", ...session },
});
