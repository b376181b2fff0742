import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/patience.ts';
import { startReceiver } from '../../support/receiver.ts';
import type { ReceivedEvent, Receiver } from '../../support/receiver.ts';
import { startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { podReview } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';

/** Decisions of a real server, as they arrive where the configuration sends them. */

const key = createWorld({ now: Date.now() }).key();
const POLICY = [
  { kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } },
  {
    kind: 'ClusterArtifactPolicy', metadata: { name: 'closed' },
    spec: { artifacts: [{ image: 'closed.example/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] },
  },
].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');
const DIGEST = `sha256:${'c'.repeat(64)}`;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-leave-'));
let receiver: Receiver;
let server: TestServer | undefined;

beforeAll(async () => { receiver = await startReceiver(); });
afterEach(async () => {
  await server?.close();
  server = undefined;
  receiver.silent = false;
  receiver.strict = false;
  receiver.answer = undefined;
});
afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(events: Record<string, unknown>, config: Record<string, unknown> = {}): Promise<TestServer> {
  server = await startTestServer({ 'p.yaml': POLICY }, { decisions: { enabled: true, events }, ...config });
  return server;
}
const ask = (name: string): ReturnType<TestServer['validate']> =>
  (server as TestServer).validate(podReview({ images: [`other.example/${name}@${DIGEST}`], name, namespace: 'shop' }));
const named = (events: readonly ReceivedEvent[]): unknown[] => events.map(({ data }) => data['gatehouse.request.name']);
const metric = async (name: string): Promise<number> => {
  const { text } = await (server as TestServer).ops('/metrics');
  return Number(new RegExp(`^gatehouse_${name} (\\d+)`, 'm').exec(text)?.[1]);
};

describe('over HTTPS', () => {
  test('batches of CloudEvents arrive with the token, each with what was decided', async () => {
    writeFileSync(join(folder, 'token'), 'receiver-token\n');
    await start({ url: receiver.url, ca: receiver.ca, tokenFile: join(folder, 'token'), source: '/prod' });
    const answers = [await ask('one'), await ask('two')];
    await until(() => named(receiver.events).includes('two'));
    const [batch] = receiver.batches;
    expect(batch?.headers).toMatchObject({ 'content-type': 'application/cloudevents-batch+json', authorization: 'Bearer receiver-token' });
    expect(batch?.headers['content-encoding']).toBeUndefined();
    const [one] = receiver.events;
    expect(one).toMatchObject({ specversion: '1.0', type: 'dev.gatehouse.decision.v1', subject: DIGEST, id: answers[0]?.auditAnnotations['decision-id'] });
    expect(one?.data).toMatchObject({
      'gatehouse.decision': 'deny', 'gatehouse.reasons': ['SELECT_NO_POLICY'], 'gatehouse.mode': 'enforce', 'k8s.namespace.name': 'shop',
      'gatehouse.request.kind': 'Pod', 'gatehouse.artifacts': [{ name: 'other.example/one', digest: DIGEST }],
    });
    expect(String(one?.['source'])).toMatch(/^\/prod\/[a-z0-9.-]+\/[0-9a-f]{12}$/);
    expect(receiver.events.map(({ data }) => data['gatehouse.sequence'])).toEqual([1, 2]);
    expect(await metric('decision_events_sent_total')).toBe(2);
  });

  test('compressed where that is wanted, without what is masked', async () => {
    await start({ url: receiver.url, ca: receiver.ca, gzip: true, mask: ['user', 'artifacts'] });
    await ask('packed');
    await until(() => named(receiver.events).includes('packed'));
    expect(receiver.batches.at(-1)?.headers['content-encoding']).toBe('gzip');
    expect(Object.keys(receiver.events.at(-1)?.data ?? {}).filter((key) => key === 'user.name' || key === 'gatehouse.artifacts')).toEqual([]);
  });

  test('a receiver in trouble gets all of it later, in order; what it refuses for good is dropped and told', async () => {
    receiver.answers.push(503, 401, 429, 404);
    await start({ url: receiver.url, ca: receiver.ca });
    for (const name of ['a1', 'a2', 'a3']) await ask(name);
    await until(() => named(receiver.events).includes('a3'));
    expect(named(receiver.events).filter((name) => String(name).startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    receiver.answers.push(400);
    await ask('refused');
    await until(async () => await metric('decision_events_dropped_total\\{why="refused"\\}') === 1);
    await ask('after');
    await until(() => named(receiver.events).includes('after'));
    expect(named(receiver.events)).not.toContain('refused');
    expect(receiver.events.at(-1)?.data).toMatchObject({ 'gatehouse.dropped': 1, 'gatehouse.sequence': 5 });
    const told = server?.log.map(({ msg }) => msg) ?? [];
    for (const line of ['decision events are not taken at the moment, and wait', 'decision events are taken again', 'decision events were refused, and are dropped'])
      expect(told.filter((msg) => msg === line)).toHaveLength(1);
  });

  test.each<[string, NonNullable<Receiver['answer']>]>([
    ['more than anybody reads', (response) => response.writeHead(200).end(Buffer.alloc(3_000_000, 'x'))],
    ['a length beyond all bounds', (response) => { response.writeHead(200, { 'content-length': '99999999999' }).write('x'); }],
    ['something compressed', (response) => response.writeHead(200, { 'content-encoding': 'br' }).end('not that')],
    ['half of what it announced', (response) => { response.writeHead(200, { 'content-length': '10' }).write('abc', () => response.destroy()); }],
    ['nothing after its status', (response) => { response.writeHead(202).flushHeaders(); }],
    ['a byte now and then', (response) => {
      response.writeHead(200).write('x');
      const dripping = setInterval(() => response.write('x'), 100);
      response.on('close', () => clearInterval(dripping));
    }],
  ])('a receiver that took them and answers with %s gets none twice', async (_, answer) => {
    receiver.answer = answer;
    await start({ url: receiver.url, ca: receiver.ca });
    const before = receiver.batches.length;
    for (const name of ['body-1', 'body-2']) {
      await ask(name);
      await until(async () => await metric('decision_events_waiting') === 0);
    }
    expect(receiver.batches.slice(before).map(({ events }) => named(events))).toEqual([['body-1'], ['body-2']]);
    expect(await metric('decision_events_sent_total')).toBe(2);
  });

  test('a receiver that only says that it will go on has taken nothing yet', async () => {
    receiver.answer = (response) => {
      response.writeProcessing();
      response.writeHead(503).end();
      receiver.answer = undefined;
    };
    await start({ url: receiver.url, ca: receiver.ca });
    await ask('continued');
    await until(async () => await metric('decision_events_waiting') === 0);
    expect(server?.log.some(({ problem }) => String(problem).includes('HTTP 503'))).toBe(true);
    expect(named(receiver.events).filter((name) => name === 'continued')).toHaveLength(2);
  });

  test('one request that holds half a character does not cost the others their events', async () => {
    receiver.strict = true;
    await start({ url: receiver.url, ca: receiver.ca });
    await ask('beside');
    const half = podReview({ images: [`other.example/x@${DIGEST}`], name: 'half', namespace: 'shop' });
    await (server as TestServer).validate({ ...half, request: { ...half.request, userInfo: { username: 'mallory\ud800' } } });
    await until(() => named(receiver.events).includes('half'));
    expect(receiver.events.at(-1)?.data['user.name']).toBe('mallory\ufffd');
    expect(await metric('decision_events_dropped_total\\{why="refused"\\}')).toBe(0);
  });

  test('nobody who is answered waits for a receiver that says nothing, and at the end it is not waited for', async () => {
    receiver.silent = true;
    await start({ url: receiver.url, ca: receiver.ca });
    for (let index = 0; index < 20; index += 1) expect((await ask(`silent-${index}`)).allowed).toBe(false);
    await until(async () => await metric('decision_events_waiting') === 20);
    const { log } = server as TestServer;
    await server?.close();
    server = undefined;
    expect(log.find(({ msg }) => String(msg).startsWith('decision events were waiting when it ended'))).toMatchObject({ level: 'error', events: 20 });
  });

  test('a token that is missing is no reason to stop, and no line of the log has one', async () => {
    await start({ url: receiver.url, ca: receiver.ca, tokenFile: join(folder, 'later') });
    await ask('late');
    await until(() => server?.log.some(({ problem }) => String(problem).includes('later')) === true);
    writeFileSync(join(folder, 'later'), 'secret-token-of-later');
    await until(() => named(receiver.events).includes('late'));
    expect(JSON.stringify(server?.log)).not.toContain('secret-token-of-later');
  });

  test('a receiver whose certificate nobody vouches for gets nothing', async () => {
    const before = receiver.events.length;
    await start({ url: receiver.url });
    await ask('untrusted');
    await until(() => server?.log.some(({ problem }) => String(problem).includes('FETCH_TLS')) === true);
    expect(receiver.events).toHaveLength(before);
  });
});

describe('into a file', () => {
  const path = join(folder, 'events.jsonl');
  const lines = (from: string): ReceivedEvent[] => readFileSync(from, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as ReceivedEvent);

  test('one line a decision, also past a rename', async () => {
    await start({ file: path });
    await ask('first');
    await until(() => named(lines(path)).includes('first'));
    renameSync(path, `${path}.1`);
    await ask('second');
    await until(() => { try { return named(lines(path)).includes('second'); } catch { return false; } });
    expect([named(lines(`${path}.1`)), named(lines(path))]).toEqual([['first'], ['second']]);
  });

  test('what waits is written when the server ends', async () => {
    const last = join(folder, 'last.jsonl');
    await start({ file: last });
    await ask('last');
    await server?.close();
    expect(named(lines(last))).toEqual(['last']);
  });

  test('a file that cannot be made stops the start, with the key', async () => {
    await expect(start({ file: join(folder, 'no', 'such', 'file') })).rejects.toThrow(/decisions\.events\.file/);
  });
});

describe('to standard output', () => {
  test('beside the log, and apart by its type', async () => {
    await start({ stdout: true });
    await ask('told');
    const events = server?.log.filter(({ type }) => type === 'dev.gatehouse.decision.v1') as unknown as ReceivedEvent[];
    expect(named(events)).toEqual(['told']);
    expect(server?.log.filter(({ msg }) => msg === 'decision')).toHaveLength(1);
  });

  test('off, nothing is told', async () => {
    server = await startTestServer({ 'p.yaml': POLICY });
    await ask('silence');
    expect(server.log.filter(({ type }) => type !== undefined)).toEqual([]);
    expect(await metric('decision_events_sent_total')).toBe(0);
  });
});
