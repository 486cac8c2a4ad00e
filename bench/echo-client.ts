/** Sends a small frame every `frameMs` to the echo server at the port named by its argument, and over IPC, at each
 *  message, tells and forgets how long the answers took. */
import { Pacer } from "./pacer.ts";
import { Samples } from "./percentiles.ts";
import type { ProbeFigures } from "./probe.ts";
import { openWebSocket } from "./websocket-client.ts";
import { textFrame } from "./websocket-frames.ts";

let roundTrips = new Samples();
const sentAt = new Map<number, number>();
let sent = 0;

const socket = await openWebSocket(
  `ws://127.0.0.1:${process.argv[2]}/`,
  {},
  {
    message(text) {
      const number = Number(text.toString());
      roundTrips.add(performance.now() - (sentAt.get(number) ?? Number.NaN));
      sentAt.delete(number);
    },
    closed: () => process.exit(0),
  },
);
const pacer = new Pacer();
pacer.add(0, () => {
  sent += 1;
  sentAt.set(sent, performance.now());
  socket.send(textFrame(`${sent}`));
});
pacer.start();
process.on("message", () => {
  const figures: ProbeFigures = {
    count: roundTrips.count,
    p50: roundTrips.percentile(50),
    p99: roundTrips.percentile(99),
    max: roundTrips.max,
  };
  roundTrips = new Samples();
  process.send?.(figures);
});
process.once("disconnect", () => process.exit(0));
process.send?.({ ready: true });
