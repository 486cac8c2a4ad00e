// A first conversation in text. With the server running:
//   PARLEY_API_KEY=… node examples/first-conversation.mjs "What is 12 times 7?"
// A second argument is the server's address, when it is not the usual one.
import WebSocket from "ws";

const [question = "What is 12 times 7?", url = "ws://127.0.0.1:8080/v1/realtime"] = process.argv.slice(2);
const headers = { authorization: `Bearer ${process.env.PARLEY_API_KEY}` };
const socket = new WebSocket(`${url}?model=parley`, { headers });
const send = (event) => socket.send(JSON.stringify(event));

socket.addEventListener("open", () => {
  send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
  const content = [{ type: "input_text", text: question }];
  send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  send({ type: "response.create" });
});

socket.addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  if (event.type === "response.output_text.delta") process.stdout.write(event.delta);
  if (event.type === "response.done") {
    process.stdout.write("\n");
    socket.close();
  }
  if (event.type === "error") throw new Error(event.error.message);
});
