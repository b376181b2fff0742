/** Who holds which connections: the share of each address, and whose turn it is to leave for somebody who has fewer. */
import type { Socket } from 'node:net';

/** One connection. */
export interface Connection {
  readonly address: string;
  readonly socket: Socket;
  readonly since: number;
  /** From then on the next answer is its last. */
  readonly until: number;
  /** When it last asked something; `undefined` before the first request. */
  asked: number | undefined;
  /** Whether something on it has shown that the other side is the API server; set by {@link Held.prove} alone. */
  proven: boolean;
}

/** The open connections; those of proven callers count for no address. */
export class Held {
  readonly #open = new Set<Connection>();
  /** Connections of each address that have not been proven. */
  readonly #unproven = new Map<string, number>();

  /** All of them. */
  get size(): number {
    return this.#open.size;
  }

  /** Those that may have to leave. */
  *unproven(): Iterable<Connection> {
    for (const connection of this.#open) if (!connection.proven) yield connection;
  }

  /** How many count for an address. */
  of(address: string): number {
    return this.#unproven.get(address) ?? 0;
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    this.#unproven.set(connection.address, this.of(connection.address) + 1);
  }

  /** It counts for no address any more. */
  prove(connection: Connection): void {
    if (connection.proven || !this.#open.has(connection)) return;
    this.#release(connection);
    connection.proven = true;
  }

  /** It is gone; the second time says nothing. */
  remove(connection: Connection): void {
    if (this.#open.delete(connection) && !connection.proven) this.#release(connection);
  }

  /** One of the address that has most, if that is more than one who has `own` would have; of those the one quiet for longest. */
  excess(own: number): Connection | undefined {
    let [largest, most] = ['', own + 1];
    for (const [address, held] of this.#unproven) if (held > most) [largest, most] = [address, held];
    let quietest: Connection | undefined;
    for (const connection of largest === '' ? [] : this.unproven()) {
      if (connection.address === largest && (quietest === undefined || lastHeard(connection) < lastHeard(quietest))) quietest = connection;
    }
    return quietest;
  }

  #release({ address }: Connection): void {
    const left = this.of(address) - 1;
    if (left > 0) this.#unproven.set(address, left);
    else this.#unproven.delete(address);
  }
}

/** Whoever has asked nothing yet was heard of before all others. */
function lastHeard({ asked, since }: Connection): number {
  return asked ?? since - Number.MAX_SAFE_INTEGER / 2;
}
