/** The least that any server must do for an append frame: uWebSockets.js, `JSON.parse`, base64. Says its port over
 *  IPC. What it decodes is counted, so that nothing can be left out as unused. */
import { createApp, listen } from "../src/gateway/uws.ts";

let decodedBytes = 0;

const app = createApp();
app.ws("/*", {
  maxPayloadLength: 1_024 * 1_024,
  message: (_ws, message) => {
    const event = JSON.parse(Buffer.from(message).toString()) as { readonly audio?: string };
    if (event.audio !== undefined) decodedBytes += Buffer.from(event.audio, "base64").length;
  },
});
const { port } = await listen(app, "127.0.0.1", 0);
process.on("message", () => process.send?.({ decodedBytes }));
process.once("disconnect", () => process.exit(0));
process.send?.({ port });
