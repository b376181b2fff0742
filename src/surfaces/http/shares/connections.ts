/** Who may be connected, for how long, and who must leave when it is nearly full: no address takes the port from the others. */
import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { Held } from './held.ts';
import type { Connection } from './held.ts';
import { laneOf, peerOf } from './peer.ts';

/** How many connections there may be and how old they become; the clock and the chance of the jitter have defaults. */
export interface ConnectionRules {
  readonly most: number;
  /** Milliseconds after which the next answer ends a connection at the latest; at the earliest after half of it. */
  readonly ageMs: number;
  /** Milliseconds, of any clock that only goes forward. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Beyond this part of all connections it is nearly full. */
const NEARLY_FULL = 0.75;
/** What is nearly full gives nobody longer to ask something, milliseconds. */
const QUIET_MS = 2000;
/** Longer than any answer takes: what has asked nothing for so long waits for none. */
const IDLE_MS = 35_000;
const SWEEP_MS = 1000;
/** Beyond all that are let in, so many are heard of: somebody of a small address may take the place of one of a large one. */
const BESIDES = 64;

/**
 * The connections of one server.
 *
 * As long as there is room everybody is let in. Where it is nearly full an address has at most as many as are left, so
 * there is always room for another, and whoever says nothing for two seconds leaves. The API server's connections are few.
 *
 * A connection ends with an answer after a while, earlier or later by chance: a caller that keeps its connections chooses
 * among the replicas only when it connects (kubernetes/kubernetes#127335), so whoever was there first would have all of it.
 */
export class Connections {
  readonly #rules: Required<ConnectionRules>;
  readonly #held = new Held();
  /** By the address and port of the other side until TLS stands, then by what requests name. */
  readonly #byPeer = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  #refused = 0;

  constructor(rules: ConnectionRules) {
    this.#rules = { now: () => performance.now(), random: Math.random, ...rules };
  }

  /** Connections that are open. */
  get open(): number {
    return this.#held.size;
  }

  /** Connections that were not let in, or had to leave, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** True when nobody else is let in: all are taken, and no address has more than one that could leave. */
  get full(): boolean {
    return this.#left() <= 0 && this.#held.excess(0) === undefined;
  }

  /** Stands before a server that has not begun to listen: its TLS sees only those who were let in. */
  guard(server: Server): void {
    const secure = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (!this.#letIn(socket)) return;
      for (const listener of secure) listener.call(server, socket);
    });
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#byPeer.get(peerOf(socket));
      if (connection !== undefined) this.#bySocket.set(socket, connection);
    });
    const sweeping = setInterval(() => this.sweep(), SWEEP_MS).unref();
    server.on('close', () => clearInterval(sweeping));
    // Beyond that the system's own count turns them away before anything is made for them.
    server.maxConnections = this.#rules.most + BESIDES;
    server.on('drop', () => { this.#refused += 1; });
  }

  /** Notes a request, and by `isProven` whether it is a proven caller's; true when its answer must be the last of its connection. */
  asks(request: IncomingMessage, isProven: (request: IncomingMessage) => boolean): boolean {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) return false;
    connection.asked = this.#rules.now();
    if (!connection.proven && isProven(request)) this.#held.prove(connection);
    return connection.asked >= connection.until;
  }

  /** Where it is nearly full: closes what says nothing, and what is idle of those who hold more than is left. */
  sweep(): void {
    if (!this.#isNearlyFull()) return;
    const now = this.#rules.now();
    for (const connection of this.#held.unproven()) {
      const { asked, since, address } = connection;
      const leaves = asked === undefined ? now - since > QUIET_MS : now - asked > IDLE_MS && this.#held.of(address) > this.#left();
      if (leaves) this.#refuse(connection.socket);
    }
  }

  /** Closes what has asked nothing yet although it had two seconds, for whoever leaves. */
  closeSilent(): void {
    const now = this.#rules.now();
    for (const { asked, since, socket } of this.#held.unproven()) if (asked === undefined && now - since > QUIET_MS) socket.destroy();
  }

  #letIn(socket: Socket): boolean {
    const address = laneOf(socket.remoteAddress ?? '');
    const own = this.#held.of(address);
    const room = !this.#isNearlyFull() || own < this.#left();
    const excess = room ? undefined : this.#held.excess(own);
    if (!room && excess === undefined) {
      this.#refuse(socket);
      return false;
    }
    if (excess !== undefined) {
      // Gone at once: whoever comes next in this turn of the event loop must not count it.
      this.#held.remove(excess);
      this.#refuse(excess.socket);
    }
    const { now, random, ageMs } = this.#rules;
    const since = now();
    const connection: Connection = { address, socket, since, until: since + ageMs * (0.5 + random() / 2), asked: undefined, proven: false };
    const peer = peerOf(socket);
    this.#held.add(connection);
    this.#byPeer.set(peer, connection);
    socket.once('close', () => this.#gone(connection, peer));
    return true;
  }

  #gone(connection: Connection, peer: string): void {
    if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    this.#held.remove(connection);
  }

  #refuse(socket: Socket): void {
    this.#refused += 1;
    // Nobody else listens to a socket that TLS has not been handed.
    socket.on('error', () => undefined).destroy();
  }

  #left(): number {
    return this.#rules.most - this.#held.size;
  }

  #isNearlyFull(): boolean {
    return this.#held.size >= NEARLY_FULL * this.#rules.most;
  }
}
