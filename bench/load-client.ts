// Sends reviews from a process of its own, so that the load does not run on the server's event loop.
// Driven over IPC: one `LoadOrder` in, one `LoadResult` out, repeatedly.
import { Pool } from 'undici';

/**
 * What to send: bodies in turn, `inFlight` at a time, until `requests` are answered or `seconds` have passed. Without
 * bodies those of the order before are sent again: a hundred megabytes that come over IPC would be cleared away while
 * it is measured.
 */
export interface LoadOrder {
  readonly origin: string;
  readonly path: string;
  readonly bodies?: readonly string[];
  /** Number of the body to begin with, counted round and round; 0 by default. */
  readonly from?: number;
  readonly inFlight: number;
  readonly requests?: number;
  readonly seconds?: number;
  /** Headers beside the content type, in turn for each of those in flight. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
}

/** What came of it; latencies in milliseconds. */
export interface LoadResult {
  readonly answered: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers that are not HTTP 200, and failed requests. */
  readonly failed: number;
  /** Answers of AdmissionReviews by `allowed`. */
  readonly allowed: number;
  readonly denied: number;
  readonly sample: string;
}

let bodies: readonly string[] = [];

async function run(order: LoadOrder): Promise<LoadResult> {
  bodies = order.bodies ?? bodies;
  // HTTP/1.1 to every server, whatever else it offers: the client's HTTP/2 costs the cores more.
  const pool = new Pool(order.origin, { connections: order.inFlight, pipelining: 1, allowH2: false, connect: { rejectUnauthorized: false } });
  const latencies: number[] = [];
  const tally = { failed: 0, allowed: 0, denied: 0, sample: '' };
  const end = performance.now() + (order.seconds ?? 3600) * 1000;
  const from = order.from ?? 0;
  let next = 0;
  const started = performance.now();
  const lane = async (_: unknown, place: number): Promise<void> => {
    const headers = { 'content-type': 'application/json', ...order.headers?.[place % order.headers.length] };
    while (performance.now() < end && (order.requests === undefined || next < order.requests)) {
      const body = bodies[(from + next) % bodies.length] ?? '';
      next += 1;
      const sent = performance.now();
      try {
        const answer = await pool.request({ method: 'POST', path: order.path, headers, body });
        const text = await answer.body.text();
        latencies.push(performance.now() - sent);
        if (answer.statusCode !== 200) tally.failed += 1;
        else if (text.includes('"allowed":true')) tally.allowed += 1;
        else tally.denied += 1;
        if (tally.sample === '' || answer.statusCode !== 200) tally.sample = text.slice(0, 20_000);
      } catch (error) {
        tally.failed += 1;
        tally.sample = String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: order.inFlight }, lane));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { answered: latencies.length, seconds, perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), ...tally };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
