// Bad input to the gate, over its real HTTPS: a clear 4xx each, nothing lost, and the process lives.
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';

let gate: GateServer;
let pod: AskingPod;
beforeAll(async () => {
  gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' } }, config: { gate: { bodyBytes: '2MiB', callerInFlight: 100 } } });
  pod = gate.pod();
});
afterAll(() => gate.close());

/** Sends bytes as they are, and gives all that comes back until the other side ends, or an answer is there. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: gate.server.running.gatePort, rejectUnauthorized: false }, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (/\r\n\r\n.*\}$/s.test(text)) socket.destroy();
    });
    socket.on('error', (cause) => (text === '' ? reject(cause) : undefined));
    socket.on('close', () => resolve(text));
  });
}

const head = (first: string, lines: readonly string[], body = ''): string =>
  `${[first, 'host: gate', `content-length: ${Buffer.byteLength(body)}`, ...lines].join('\r\n')}\r\n\r\n${body}`;

async function refused(status: number, code: string, answer: Promise<{ readonly status: number; readonly text: string }>): Promise<string> {
  const { status: found, text } = await answer;
  const problem = JSON.parse(text) as { code: string; message: string };
  expect({ status: found, code: problem.code }).toEqual({ status, code });
  return problem.message;
}

const image = () => ({ kind: 'image', uri: gate.good });
const post = (body: unknown) => gate.call(pod, 'POST', '/v1/admit', body);
const D = (digit: string) => `sha256:${digit.repeat(64)}`;

describe('bad input: questions', () => {
  test('5,000 artifacts are answered, each, and 5,001 are refused by the number that there may be', async () => {
    const many = (count: number) => ({ artifacts: Array.from({ length: count }, () => image()) });
    const answer = await gate.admit(pod, many(5000));
    expect(answer.decision).toBe('admit');
    expect(answer.artifacts.length).toBe(5000);
    expect(await refused(400, 'INPUT_QUESTION_INVALID', post(many(5001)))).toContain('5000');
  });

  test('20 MB, announced or not, are too large', async () => {
    const large = JSON.stringify({ artifacts: [image()], dryRun: 'x'.repeat(20_000_000) });
    await refused(413, 'INPUT_TOO_LARGE', post(large));
    await refused(413, 'INPUT_TOO_LARGE', gate.server.gate('POST', '/v1/admit', large, { 'authorization': `Bearer ${pod.token}`, 'transfer-encoding': 'chunked' }));
  });

  test.each([
    ['a digest beside another', () => ({ kind: 'image', uri: gate.good, digest: D('0') })],
    ['a digest of another algorithm', () => ({ kind: 'image', uri: gate.good.replace(/@.*/, ''), digest: `md5:${'0'.repeat(32)}` })],
    ['a digest in upper case', () => ({ kind: 'image', uri: gate.good.replace(/@.*/, ''), digest: D('A') })],
    ['a digest that is too short', () => ({ kind: 'blob', name: 'a', digest: 'sha256:00' })],
    ['half a commit', () => ({ kind: 'git', uri: 'git+https://git.example/a', digest: 'gitCommit:abcdef0' })],
    ['a name and a uri', () => ({ kind: 'blob', name: 'a', uri: 'b', digest: D('0') })],
    ['neither name nor uri', () => ({ kind: 'blob', digest: D('0') })],
    ['a package that is no purl', () => ({ kind: 'package', uri: 'npm:left-pad', digest: D('0') })],
    ['a user in a source', () => ({ kind: 'git', uri: 'git+https://me:secret@git.example/a' })],
    ['an image that is none', () => ({ kind: 'image', uri: 'UPPER/case@@' })],
    ['control characters in a name', () => ({ kind: 'blob', name: 'a\u0000b', digest: D('0') })],
  ])('artifact with %s: its place is named, and the one beside it is not judged', async (_, artifact) => {
    const message = await refused(400, 'INPUT_ARTIFACT_INVALID', post({ artifacts: [image(), artifact()] }));
    expect(message).toMatch(/^artifacts\[1\]/);
    expect(message).not.toContain('secret');
  });

  test.each([
    ['nothing', {}], ['no artifact', { artifacts: [] }], ['a kind that there is not', { artifacts: [{ kind: 'vm', uri: 'a' }] }],
    ['a field that there is not', { artifacts: [{ kind: 'blob', name: 'a' }], policy: 'none' }], ['a list', []], ['a number', 7],
    ['a use that there is not', { artifacts: [{ kind: 'blob', name: 'a', usedAs: 'anything' }] }],
  ])('a question of %s', async (_, body) => { await refused(400, 'INPUT_QUESTION_INVALID', post(JSON.stringify(body))); });

  test.each<[string, string, string | Buffer]>([
    ['no JSON', 'INPUT_JSON_INVALID', '{"artifacts": ['], ['an empty body', 'INPUT_JSON_INVALID', ''], ['bytes that are no UTF-8', 'INPUT_JSON_INVALID', Buffer.from([0x22, 0xff, 0x22])],
    ['a key twice', 'INPUT_KEY_DUPLICATE', '{"artifacts": [], "artifacts": [1]}'], ['__proto__', 'INPUT_KEY_FORBIDDEN', '{"__proto__": {}}'],
    ['a thousand levels', 'INPUT_TOO_DEEP', `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ])('a body of %s', async (_, code, body) => { await refused(400, code, post(body)); });

  test('compressed, or not JSON', async () => {
    const authorization = `Bearer ${pod.token}`;
    const asked = { artifacts: [image()] };
    for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-type': 'text/plain' }, { 'content-type': 'application/json; charset=utf-16' }])
      await refused(415, 'INPUT_CONTENT_TYPE', gate.server.gate('POST', '/v1/admit', asked, { authorization, ...headers }));
    expect((await gate.server.gate('POST', '/v1/admit', asked, { authorization, 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
  });
});

describe('bad input: who asks, and where', () => {
  test('two Authorization headers are nobody, whichever of them counts', async () => {
    const [good, evil] = [`authorization: Bearer ${pod.token}`, 'authorization: Bearer nobody'];
    const body = JSON.stringify({ artifacts: [image()] });
    const ask = (lines: readonly string[]) => raw(head('POST /v1/admit HTTP/1.1', ['content-type: application/json', ...lines], body));
    for (const lines of [[good, evil], [evil, good], [good, good]]) {
      const text = await ask(lines);
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(text).toContain('INPUT_TOKEN_INVALID');
      expect(text).not.toContain(pod.token);
    }
    expect(await ask([good])).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a token of 1 MB, and one that counts for nobody', async () => {
    const text = await raw(head('GET /v1/decisions/x HTTP/1.1', [`authorization: Bearer ${'a'.repeat(1_000_000)}`]));
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toContain('INPUT_QUESTION_INVALID');
    expect((await gate.call({ ...pod, token: 'a.b.c' }, 'POST', '/v1/admit', { artifacts: [image()] })).status).toBe(401);
  });

  test.each(['/%761/admit', '/v1/admit/', '//v1/admit', '/v1//admit', '/V1/admit', '/v1/admit%3f', '/v1/./admit', '/v1/%61dmit', '/v1/x/../admit', '/'])(
    'no path like %s', async (path) => { expect(await raw(head(`POST ${path} HTTP/1.1`, [`authorization: Bearer ${pod.token}`]))).toMatch(/^HTTP\/1\.1 404 /); },
  );

  test.each([['GET', '/v1/admit', 'POST'], ['HEAD', '/v1/keys', 'GET'], ['OPTIONS', '/v1/admit', 'POST'], ['DELETE', '/v1/decisions/x', 'GET'], ['PUT', '/v1/verify-receipt', 'POST'], ['PROPFIND', '/v1/keys', 'GET']])(
    '%s %s: 405, with what is allowed', async (method, path, allow) => {
      const { status, headers } = await gate.call(pod, method, path);
      expect(status).toBe(405);
      expect(headers['allow']).toBe(allow);
    },
  );

  test('bytes that are no HTTP', async () => {
    expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*INPUT_QUESTION_INVALID/s);
  });

  test('callers that leave in the midst of a body leave nothing behind', async () => {
    for (let count = 0; count < 20; count += 1) {
      await new Promise<void>((done) => {
        const socket = connect({ host: '127.0.0.1', port: gate.server.running.gatePort, rejectUnauthorized: false }, () => {
          socket.write(`POST /v1/admit HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\nauthorization: Bearer ${pod.token}\r\ncontent-length: 1000000\r\n\r\n{`, () => {
            setImmediate(() => socket.destroy());
          });
        });
        socket.on('close', () => done());
      });
    }
    await until(async () => (await gate.call(pod, 'POST', '/v1/admit', { artifacts: [image()] })).status === 200);
  });

  test('large bodies that are announced and not sent: no more of one address than its share, and small questions are answered', async () => {
    const sockets = await Promise.all(Array.from({ length: 64 }, () => new Promise<TLSSocket>((done) => {
      const socket = connect({ host: '127.0.0.1', port: gate.server.running.gatePort, rejectUnauthorized: false }, () => done(socket));
      socket.on('error', () => undefined);
    })));
    let refusals = 0;
    for (const socket of sockets) {
      socket.on('data', (chunk: Buffer) => { if (chunk.toString().startsWith('HTTP/1.1 503')) refusals += 1; });
      socket.write(`POST /v1/admit HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\nauthorization: Bearer ${pod.token}\r\ncontent-length: 2000000\r\n\r\n{`);
    }
    // Of eight of the largest six, and two more by the rounding of what is left.
    await until(() => refusals >= 56);
    expect((await gate.admit(pod, { artifacts: [image()] })).decision).toBe('admit');
    for (const socket of sockets) socket.destroy();
    const padded = JSON.stringify({ artifacts: [image()] }).padEnd(1_900_000, ' ');
    await until(async () => (await post(padded)).status === 200);
  });
});

test('after all of it the gate answers, and nothing was taken for a fault of ours', async () => {
  expect((await gate.admit(pod, { artifacts: [image()] })).decision).toBe('admit');
  expect(gate.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  expect(JSON.stringify(gate.server.log)).not.toContain(pod.token);
});
