import { dispatch, spawn, start, stop } from "nact";

// nact declares references as an empty class, which accepts anything; they do not leave this file.
type NactRef = ReturnType<typeof start>;

// nact keeps its systems in one table by name, and draws a random one unless it is given.
let systems = 0;

export interface NactHandler {
  /** One turn; turns do not overlap. Must not fail. */
  onWake(): void | Promise<void>;
  /** It failed all the same. */
  onFault(error: unknown): void;
}

/** Where nact actors are spawned: the system, or below a node. */
export interface NactParent {
  /** Spawns an idle nact actor that gives `handler` one turn for each `wake`.
   *  @param id unique among its siblings; letters, digits, `-`, `_`, `.` */
  spawn(id: string, handler: NactHandler): NactNode;
}

export class NactSystem implements NactParent {
  // The declaration asks for a string, which the code ignores; it reads `name` of an object.
  private readonly ref = start({ name: `parley-${systems++}` } as unknown as string);

  spawn(id: string, handler: NactHandler): NactNode {
    return new NactNode(this.ref, id, handler);
  }

  stop(): void {
    stop(this.ref);
  }
}

export class NactNode implements NactParent {
  private readonly ref: NactRef;
  private nursery: NactRef | undefined;

  constructor(parent: NactRef, id: string, handler: NactHandler) {
    this.ref = spawn(parent, () => handler.onWake(), id, {
      onCrash: (_message, error, context) => {
        handler.onFault(error);
        return context.resume;
      },
    }) as NactRef;
  }

  wake(): void {
    dispatch(this.ref, undefined as never);
  }

  /** nact copies the table of an actor's children for every message the actor handles (10,000 children: 1 ms). So
   *  children live under an actor of their own, which never gets a message. The system gets none either. */
  spawn(id: string, handler: NactHandler): NactNode {
    this.nursery ??= spawn(this.ref, () => {}, "children") as NactRef;
    return new NactNode(this.nursery, id, handler);
  }

  /** The nodes spawned under this one must be stopped already: nact would leave them running. The actor that held them
   *  is garbage then. */
  stop(): void {
    stop(this.ref);
  }
}
