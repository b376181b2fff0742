import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a registry may do wrong, or slowly. Headers replace those of the true answer; `undefined` removes one. */
export type Behaviour =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  | { readonly kind: 'body'; readonly body: Uint8Array | string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | undefined>> }
  /** The true answer, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The true headers, then one byte per interval, for ever. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'reset' }
  /** A body that does not end. */
  | { readonly kind: 'endless' }
  | { readonly kind: 'custom'; readonly handle: (request: IncomingMessage, response: ServerResponse) => void };

/** A behaviour, and the requests it is for. */
export interface Fault {
  /** Tested against path and query: `/v2/acme/app/manifests/latest`. */
  readonly path: RegExp;
  readonly method?: string;
  /** How many requests are affected; all when absent. */
  readonly times?: number;
  readonly behaviour: Behaviour;
}

/** Faults that are switched on, in the order of switching; the first that matches acts. */
export interface Faults {
  add(fault: Fault): () => void;
  take(method: string, path: string): Behaviour | undefined;
  clear(): void;
}

/** No faults yet. */
export function createFaults(): Faults {
  const active = new Map<Fault, number>();
  return {
    add(fault) {
      active.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
      return () => void active.delete(fault);
    },
    take(method, path) {
      for (const [fault, left] of active) {
        if (left < 1 || !fault.path.test(path) || (fault.method !== undefined && fault.method !== method)) continue;
        active.set(fault, left - 1);
        return fault.behaviour;
      }
      return undefined;
    },
    clear: () => active.clear(),
  };
}

/** Acts a behaviour out; true when it has answered (or will never), false when the true answer still has to be given. */
export async function act(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  switch (behaviour.kind) {
    case 'status':
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
      return true;
    case 'redirect':
      response.writeHead(behaviour.status ?? 307, { location: behaviour.location }).end();
      return true;
    case 'body':
      response.writeHead(200, behaviour.headers).end(behaviour.body);
      return true;
    case 'headers':
      overrideHeaders(response, behaviour.headers);
      return false;
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, behaviour.ms));
      return response.destroyed;
    case 'trickle':
      drip(response, behaviour.everyMs, new Uint8Array([0x20]));
      return true;
    case 'endless':
      drip(response, 0, new Uint8Array(64 * 1024).fill(0x20));
      return true;
    case 'hang':
      return true;
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'custom':
      behaviour.handle(request, response);
      return true;
  }
}

function overrideHeaders(response: ServerResponse, headers: Readonly<Record<string, string | undefined>>): void {
  const original = response.writeHead.bind(response) as (status: number, headers?: Record<string, unknown>) => ServerResponse;
  const changed = (status: number, given: Record<string, unknown> = {}): ServerResponse => {
    const merged = { ...given, ...headers };
    return original(status, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)));
  };
  response.writeHead = changed as typeof response.writeHead;
}

function drip(response: ServerResponse, everyMs: number, piece: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
  const timer = setInterval(() => void response.write(piece), everyMs);
  response.on('close', () => clearInterval(timer));
}
