/** A uWebSockets.js server that sends back what it gets, and does nothing else. Says its port over IPC. */
import { createApp, listen } from "../src/gateway/uws.ts";

const app = createApp();
app.ws("/*", { message: (ws, message, isBinary) => void ws.send(message, isBinary) });
const { port } = await listen(app, "127.0.0.1", 0);
process.send?.({ port });
process.once("disconnect", () => process.exit(0));
