import { Agent } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Receipt } from '../../../src/domain/gate/receipt.ts';
import { reason } from '../../../src/domain/decision/reasons.ts';
import { digestOfList } from '../../../src/surfaces/gate/orders.ts';
import { digestOfSet } from '../../../src/text/sha256.ts';
import { createKeptAnswers, shortened } from '../../../src/surfaces/gate/kept-answers.ts';
import { createBudgets } from '../../../src/surfaces/gate/door/budgets.ts';
import { until } from '../../support/patience.ts';
import { satisfied, serveGate } from './gate-support.ts';
import type { GateAnswered, ServedGate } from './gate-support.ts';

const D = (digit: string) => `sha256:${digit.repeat(64)}`;
const blobs = (count: number) => ({ artifacts: Array.from({ length: count }, (_, index) => ({ kind: 'blob', name: `b${index}`, digest: D('a') })) });
const denied = (code: string, status: number, answer: GateAnswered) => expect([answer.status, answer.body['code']]).toEqual([status, code]);

let gate: ServedGate;
beforeEach(async () => { gate = await serveGate(); });
afterEach(() => gate.close());
const admit = (name = 'fetcher', body: unknown = blobs(1)) => gate.ask(name, 'POST', '/v1/admit', body);

describe('budgets: each caller has its own', () => {
  test('questions under way: the third of one caller is told to come again, another caller is answered, and room is made by an answer', async () => {
    const open: (() => void)[] = [];
    gate.state.decide = (review) => new Promise((done) => open.push(() => done(satisfied(review))));
    const waiting = [admit(), admit()];
    await until(() => open.length === 2);
    const third = await admit();
    denied('ENGINE_BUDGET', 429, third);
    expect(third.headers['retry-after']).toBe('1');
    const other = admit('builder');
    await until(() => open.length === 3);
    for (const answer of open) answer();
    expect((await Promise.all([...waiting, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
    gate.state.decide = (review) => satisfied(review);
    await until(async () => (await admit()).status === 200);
  });

  test('artifacts a minute: what is too many is told when to ask again, and by then is answered', async () => {
    expect((await admit('fetcher', blobs(500))).status).toBe(200);
    const over = await admit('fetcher', blobs(200));
    denied('ENGINE_BUDGET', 429, over);
    expect(over.headers['retry-after']).toBe('10');
    expect((await admit('fetcher', blobs(100))).status).toBe(200);
    expect((await admit('builder', blobs(200))).status).toBe(200);
    gate.state.now += 20_000;
    expect((await admit('fetcher', blobs(200))).status).toBe(200);
  });

  test('a question that is larger than a whole minute is answered once, and paid for', async () => {
    expect((await admit('fetcher', blobs(1200))).status).toBe(200);
    denied('ENGINE_BUDGET', 429, await admit());
    gate.state.now += 59_000;
    denied('ENGINE_BUDGET', 429, await admit());
    gate.state.now += 2_000;
    expect((await admit()).status).toBe(200);
  });

  test.each<[string, string, string, number]>([
    ['two branches of one repository of GitHub', 'github/7/main', 'github/7/other', 429],
    ['two repositories', 'github/7/main', 'github/8/main', 200],
    ['two branches of one project of GitLab', 'gitlab/7/main', 'gitlab/7/other', 429],
    ['projects of one number of two systems', 'gitlab/7/main', 'github/7/main', 200],
    ['two subjects of a system that we do not know', 'other/7/main', 'other/7/next', 200],
  ])('budget of CI systems: %s', async (_what, first, second, status) => {
    expect((await admit(first, blobs(600))).status).toBe(200);
    expect((await admit(second)).status).toBe(status);
  });

  test('the bytes of a question are paid for before they are parsed, also where it cannot be read, and count for its artifacts', async () => {
    const large = (name: string) => admit(name, { artifacts: [], more: 'x'.repeat(900_000) });
    for (let count = 0; count < 2; count += 1) denied('INPUT_QUESTION_INVALID', 400, await large('fetcher'));
    denied('ENGINE_BUDGET', 429, await large('fetcher'));
    denied('INPUT_QUESTION_INVALID', 400, await large('builder'));
    // 300 artifacts of three times 4 KiB in all: as many as they are.
    expect((await admit('reader', blobs(300))).status).toBe(200);
    expect((await admit('reader', blobs(300))).status).toBe(200);
    denied('ENGINE_BUDGET', 429, await admit('reader'));
  });

  test('what cannot be read costs a place and no artifacts; nobody costs nothing', async () => {
    for (let count = 0; count < 20; count += 1) denied('INPUT_QUESTION_INVALID', 400, await admit('fetcher', { artifacts: [] }));
    denied('INPUT_TOKEN_INVALID', 401, await admit('nobody', blobs(500)));
    expect((await admit('fetcher', blobs(600))).status).toBe(200);
  });

  test('of many callers those are forgotten who have everything again, and never who is under way', () => {
    let now = 0;
    const budgets = createBudgets({ callerInFlight: 1, callerPerMinute: 60 }, { now: () => now });
    expect(budgets.enter('busy').ok).toBe(true);
    for (let caller = 0; caller < 30_000; caller += 1) budgets.spend(`c${caller}`, 60);
    expect(budgets.size).toBeLessThanOrEqual(10_000);
    expect(budgets.enter('busy')).toEqual({ ok: false, retryAfter: 1 });
    now = 61_000;
    budgets.spend('late', 1);
    expect(budgets.size).toBe(2);
    // A clock that is set back gives nothing, and takes nothing.
    now = 0;
    expect(budgets.spend('late', 59)).toBe(undefined);
    expect(budgets.spend('late', 1)).toBe(1);
  });
});

test('of many questions that come at once one is begun in each turn of the event loop, so that the main port has its turns between them', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });
  const all = (): Promise<GateAnswered[]> =>
    Promise.all(Array.from({ length: 64 }, (_, index) => gate.ask(`caller-${index}`, 'POST', '/v1/admit', blobs(1), agent)));
  await all();
  let [turn, counting] = [0, true];
  const count = (): void => {
    turn += 1;
    if (counting) setImmediate(count);
  };
  const begun = new Map<number, number>();
  gate.state.asked = () => void begun.set(turn, (begun.get(turn) ?? 0) + 1);
  const answers = all();
  await new Promise((done) => setImmediate(done));
  // Until all of them have arrived.
  const end = performance.now() + 50;
  while (performance.now() < end);
  count();
  expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
  counting = false;
  agent.destroy();
  expect([...begun.values()].reduce((sum, many) => sum + many, 0)).toBe(64);
  expect(Math.max(...begun.values())).toBeLessThanOrEqual(2);
});

describe('what is kept of a question while it waits', () => {
  test.each<[string, boolean]>([['announces its length', false], ['announces none', true]])('counts in full where its body %s: a namespace has half of all', async (_what, chunked) => {
    const ends: (() => void)[] = [];
    let refused = 0;
    gate.state.decide = (review, { keeping }) => {
      const end = keeping?.count('ci');
      if (end === undefined) refused += 1;
      else ends.push(end);
      return satisfied(review);
    };
    const large = { artifacts: Array.from({ length: 450 }, (_, index) => ({ ...blobs(1).artifacts[0], name: `${index}-`.padEnd(1000, 'x') })), receipts: 'none' };
    for (let asked = 0; asked < 18; asked += 1) {
      const { status } = await (chunked ? gate.askChunked(`caller-${asked}`, '/v1/admit', large) : gate.ask(`caller-${asked}`, 'POST', '/v1/admit', large));
      expect(status).toBe(200);
    }
    for (const end of ends) end();
    expect(ends.length).toBeGreaterThan(4);
    expect(refused).toBeGreaterThan(4);
  });
});

describe('GET /v1/decisions/:id', () => {
  const get = (name: string, id: unknown) => gate.ask(name, 'GET', `/v1/decisions/${String(id)}`);

  test('is the same document for the caller that asked, and for who may by the cluster; to others there is none', async () => {
    const { body } = await admit();
    expect((await get('fetcher', body['id'])).body).toEqual(body);
    denied('INPUT_QUESTION_INVALID', 404, await get('builder', body['id']));
    const unknown = await get('builder', 'unknown');
    expect((await get('builder', body['id'])).body).toEqual(unknown.body);
    gate.state.may = new Error('API server is away');
    expect((await get('builder', body['id'])).body).toEqual(unknown.body);
    gate.state.may = true;
    expect((await get('builder', body['id'])).body).toEqual(body);
    denied('INPUT_TOKEN_MISSING', 401, await get('', body['id']));
  });

  test('a dry run leaves nothing: no receipt, and no decision', async () => {
    gate.state.issued = { state: 'signed', text: 'receipt', expiresAt: 0 };
    const { body } = await admit('fetcher', { ...blobs(1), dryRun: true });
    expect(body['receipt']).toBe(undefined);
    denied('INPUT_QUESTION_INVALID', 404, await get('fetcher', body['id']));
    expect((await admit()).body['receipt']).toBe('receipt');
  });

  test('a receipt that was pending is there when it has come, or why it has not', async () => {
    gate.state.issued = { state: 'pending' };
    const { body } = await admit();
    expect([body['receiptPending'], body['receipt']]).toEqual([true, undefined]);
    expect((await get('fetcher', body['id'])).body['receiptPending']).toBe(true);
    gate.state.later = { state: 'none', why: 'no certificate' };
    expect((await get('fetcher', body['id'])).body).toMatchObject({ receiptMissing: 'no certificate' });
    gate.state.later = { state: 'signed', text: 'late', expiresAt: 0 };
    const { receiptPending: _, ...rest } = body;
    expect((await get('fetcher', body['id'])).body).toEqual({ ...rest, receipt: 'late' });
  });

  test('with receipts for each it is the artifact that has it, or that says why not', async () => {
    gate.state.issued = { state: 'pending' };
    const { body } = await admit('fetcher', { ...blobs(2), receipts: 'each' });
    expect([body['receiptPending'], body['artifacts']]).toEqual([undefined, [expect.objectContaining({ receiptPending: true }), expect.objectContaining({ receiptPending: true })]]);
    gate.state.later = { state: 'signed', text: 'late', expiresAt: 0 };
    expect((await get('fetcher', body['id'])).body['artifacts']).toEqual([expect.objectContaining({ receipt: 'late' }), expect.objectContaining({ receipt: 'late' })]);
    gate.state.issued = { state: 'none', why: 'too large' };
    expect((await admit('fetcher', { ...blobs(2), receipts: 'each' })).body['artifacts']).toEqual(Array(2).fill(expect.objectContaining({ receiptMissing: 'too large' })));
  });

  test('answers of one namespace push out their own, and not those of another, by number and by size', () => {
    const kept = createKeptAnswers(100);
    const keep = (id: string, namespace: string, caller = 'c', size = 10): void => kept.keep({ caller, namespace }, { id, artifacts: [] } as never, JSON.stringify({ id, message: 'x'.repeat(size) }));
    const found = (prefix: string, count: number): number => Array.from({ length: count }, (_, index) => kept.find(`${prefix}${index}`)).filter(Boolean).length;
    for (let index = 0; index < 5; index += 1) keep(`b${index}`, 'build');
    for (let index = 0; index < 1000; index += 1) keep(`f${index}`, 'flood', `c${index}`);
    expect([found('b', 5), found('f', 1000), kept.find('f999')?.namespace]).toEqual([5, 25, 'flood']);
    for (let index = 0; index < 20; index += 1) keep(`l${index}`, '', 'https://ci.example job', 1024 * 1024);
    expect([found('b', 5), found('f', 1000)]).toEqual([5, 25]);
    expect(found('l', 20)).toBeLessThanOrEqual(8);
    expect(kept.find('l19')).toBeDefined();
  });

  test('of thousands of artifacts those are kept that did not hold, and the number of all', async () => {
    gate.state.decide = (review) => {
      const decision = satisfied(review);
      return { ...decision, outcome: 'deny', verdict: 'violated', findings: decision.findings.map((finding, index) => (index === 400 ? { ...finding, verdict: 'violated', code: 'FETCH_NONE_FOUND' } : finding)) };
    };
    const asked = await admit('fetcher', blobs(500));
    expect((asked.body['artifacts'] as unknown[]).length).toBe(500);
    const { body } = await get('fetcher', asked.body['id']);
    expect(body['shortened']).toEqual({ artifacts: 500, failed: 1 });
    const kept = body['artifacts'] as { uri: string; decision: string }[];
    expect(kept.length).toBe(100);
    expect(kept.filter(({ decision }) => decision === 'deny').map(({ uri }) => uri)).toEqual(['b400']);
    expect(shortened(body as never)).toEqual(body);
  });
});

describe('POST /v1/verify-receipt', () => {
  const receipt: Receipt = {
    purpose: 'gate', id: 'i', at: 0, subjects: [{ name: 'b0', digest: D('a') }], resource: 'b0', usage: 'dependency', caller: 'c', run: 'run-1', policies: 'p',
    levels: [], keyId: 'k', expiresAt: 1000,
  };
  const lists = (over: object = {}): { ok: true; receipt: Receipt } => ({ ok: true, receipt: { ...receipt, resource: 'gatehouse:list', subjects: [{ name: 'gatehouse:list', digest: digestOfList(mixed.map(({ usedAs: usage, ...one }) => ({ ...one, usage }) as never) as never) ?? '' }], ...over } });
  const mixed = [{ kind: 'blob', name: 'b0', digest: D('a'), usedAs: 'dependency' }, { kind: 'blob', name: 'b1', digest: D('b'), usedAs: 'source' }];
  const [artifact] = blobs(1).artifacts;
  const verify = async (body: object, name = 'fetcher') => (await gate.ask(name, 'POST', '/v1/verify-receipt', { receipt: 'text', ...body })).body;
  beforeEach(() => {
    gate.state.read = { ok: true, receipt };
    gate.state.runs = {
      fetcher: { found: 'run', run: { kind: 'PipelineRun', namespace: 'ci', name: 'r', uid: 'run-1' } },
      other: { found: 'run', run: { kind: 'PipelineRun', namespace: 'ci', name: 'r', uid: 'run-2' } },
      thief: { found: 'wrong', cause: 'another pod' }, late: { found: 'unknown', cause: 'silent' },
    };
  });

  test('counts for its digest, use and run, the run of the caller by default', async () => {
    expect(await verify({ artifact, usedAs: 'dependency' })).toMatchObject({ valid: true, verdict: 'satisfied', receipt: { run: 'run-1', usedAs: 'dependency' } });
    expect(await verify({ artifact, run: 'run-1' }, 'other')).toMatchObject({ valid: true });
    expect(await verify({})).toMatchObject({ valid: true });
  });

  test.each<[string, object, string, string]>([
    ['another digest', { artifact: { ...artifact, digest: D('b') } }, 'fetcher', 'POLICY_RECEIPT_DIGEST'],
    ['no digest', { artifact: { kind: 'blob', name: 'b0' } }, 'fetcher', 'INPUT_DIGEST_MISSING'],
    ['a list that begins with it', { artifacts: blobs(2).artifacts }, 'fetcher', 'POLICY_RECEIPT_DIGEST'],
    ['another use', { artifact, usedAs: 'baseImage' }, 'fetcher', 'POLICY_RECEIPT_USAGE'],
    ['another use beside the digest', { artifact: { ...artifact, usedAs: 'baseImage' } }, 'fetcher', 'POLICY_RECEIPT_USAGE'],
    ['a caller of another run', { artifact }, 'other', 'POLICY_RECEIPT_RUN'],
    ['another run', { artifact, run: 'run-2' }, 'fetcher', 'POLICY_RECEIPT_RUN'],
    ['a caller of no run', { artifact }, 'loose', 'POLICY_RECEIPT_RUN'],
    ['a caller whose run is not its own', { artifact }, 'thief', 'POLICY_CALLER_RUN'],
    ['a caller whose run nobody knows', { artifact }, 'late', 'POLICY_FACT_UNKNOWN'],
  ])('does not count for %s', async (_, body, name, code) => {
    expect(await verify(body, name)).toMatchObject({ valid: false, code, receipt: { id: 'i' } });
  });

  test('a list counts in any order, each for its own use, and for one use of all only where all have it', async () => {
    gate.state.read = lists();
    expect(await verify({ artifacts: mixed })).toMatchObject({ valid: true });
    expect(await verify({ artifacts: mixed.toReversed() })).toMatchObject({ valid: true });
    expect(await verify({ artifacts: mixed, usedAs: 'dependency' })).toMatchObject({ valid: false, code: 'POLICY_RECEIPT_USAGE' });
    expect(await verify({ artifacts: mixed.map((one) => ({ ...one, usedAs: 'dependency' })) })).toMatchObject({ valid: false, code: 'POLICY_RECEIPT_DIGEST' });
  });

  test.each<[string, string, object, boolean]>([
    ['a file as a list', 'b0', { artifacts: mixed }, false],
    ['a list as a list', 'gatehouse:list', { artifacts: mixed }, true],
    ['a list as a file', 'gatehouse:list', { artifact }, false],
    ['a file as an image of the same bytes', 'b0', { artifact: { kind: 'image', uri: `registry.example/app@${D('a')}`, usedAs: 'dependency' } }, false],
    ['an image as the image', 'oci://registry.example/app', { artifact: { kind: 'image', uri: `registry.example/app@${D('a')}`, usedAs: 'dependency' } }, true],
    ['an image as a file', 'oci://registry.example/app', { artifact }, false],
    ['a package as another of the same bytes', 'pkg:npm/evil@1.0.0', { artifact: { kind: 'package', uri: 'pkg:npm/good@1.0.0', digest: D('a') } }, false],
    ['a package as itself', 'pkg:npm/good@1.0.0', { artifact: { kind: 'package', uri: 'pkg:npm/good@1.0.0', digest: D('a') } }, true],
  ])('a receipt for %s', async (_what, resource, body, valid) => {
    const of = lists().receipt.subjects[0]?.digest ?? '';
    // Each has a subject of the right digest: what differs is what it is.
    gate.state.read = { ok: true, receipt: { ...receipt, resource, subjects: [D('a'), of].map((digest) => ({ name: resource, digest })) } };
    expect(await verify(body)).toMatchObject(valid ? { valid } : { valid, code: 'POLICY_RECEIPT_DIGEST' });
  });

  test.each<[string, string, string, boolean]>([
    ['the policies of then', 'p', 'FETCH_NONE_FOUND', true],
    ['others, which hold', 'q', 'POLICY_SATISFIED', true],
    ['others, which refuse', 'q', 'FETCH_NONE_FOUND', false],
    ['others, of which it is not known', 'q', 'FETCH_UNREACHABLE', false],
    ['the policies of then and perhaps more', 'p', 'SELECT_LABELS_UNKNOWN', false],
  ])('under %s: judged anew where they have changed, as the caller of then, for no receipt', async (_what, content, code, valid) => {
    gate.state.read = { ok: true, receipt: { ...receipt, caller: 'system:serviceaccount:ci:then', policies: digestOfSet(['p']) } };
    const asked: unknown[] = [];
    const { verdict } = reason(code as never);
    gate.state.decide = (review) => {
      asked.push({ namespace: review.namespace, user: review.user.username, dryRun: review.dryRun });
      const { artifacts, findings } = satisfied(review);
      return satisfied(review, {
        artifacts: artifacts.map((one) => ({ ...one, vouched: { policies: [content], inputs: [], levels: [] } })),
        findings: findings.map((finding) => ({ ...finding, verdict, code: code as never })),
      });
    };
    expect(await verify({ artifact })).toMatchObject(valid ? { valid } : { valid, code, verdict, cause: expect.stringContaining('policies have changed') as string });
    expect(asked).toEqual([{ namespace: 'ci', user: 'system:serviceaccount:ci:then', dryRun: true }]);
    expect(await verify({})).toMatchObject({ valid: true });
  });

  test('what its reader refuses is told by that code, and none of its claims', async () => {
    gate.state.read = { ok: false, code: 'VERIFY_RECEIPT_INVALID' };
    const answer = await verify({ artifact });
    expect(answer).toMatchObject({ valid: false, verdict: 'violated', code: 'VERIFY_RECEIPT_INVALID' });
    expect(answer['receipt']).toBe(undefined);
    denied('INPUT_QUESTION_INVALID', 400, await gate.ask('fetcher', 'POST', '/v1/verify-receipt', { receipt: 't', artifact, artifacts: [artifact] }));
  });
});

describe('refusals name the place, what was expected, and what was found', () => {
  test.each<[string, string, object, string]>([
    ['no receipt', '/v1/verify-receipt', {}, 'receipt: expected the receipt as the gate gave it'],
    ['a receipt that is a number', '/v1/verify-receipt', { receipt: 7 }, 'receipt: expected the receipt as the gate gave it'],
    ['one artifact with a digest that is none', '/v1/verify-receipt', { receipt: 'x', artifact: { kind: 'blob', name: 'a', digest: 'b' } }, 'artifact.digest: expected sha256:'],
    ['one of several', '/v1/verify-receipt', { receipt: 'x', artifacts: [...blobs(1).artifacts, { kind: 'blob', name: 'a', digest: 'b' }] }, 'artifacts[1].digest: expected sha256:'],
    ['what is published', '/v1/publish', { artifact: { kind: 'blob', name: 'a', digest: 'b' } }, 'artifact.digest: expected sha256:'],
    ['several problems, in one line', '/v1/admit', { artifacts: [], more: 1 }, '; body: '],
  ])('%s', async (_what, path, body, message) => {
    const answer = await gate.ask('fetcher', 'POST', path, body);
    expect([answer.status, answer.body['message']]).toEqual([400, expect.stringContaining(message)]);
    expect(answer.body['message']).not.toContain('\\u000a');
  });
});

describe('answers', () => {
  test('undetermined says when to ask again; a denial does not', async () => {
    gate.state.decide = (review) => satisfied(review, { outcome: 'deny', verdict: 'undetermined', findings: [{ verdict: 'undetermined', code: 'FETCH_UNREACHABLE', path: 'artifacts[0]', artifact: 'b0', mode: 'enforce' }] });
    expect((await admit()).body).toMatchObject({ decision: 'undetermined', retryAfterSeconds: 5, artifacts: [{ decision: 'undetermined' }] });
    gate.state.decide = (review) => satisfied(review, { outcome: 'deny', verdict: 'violated', findings: [{ verdict: 'violated', code: 'FETCH_NONE_FOUND', path: 'artifacts[0]', artifact: 'b0', mode: 'enforce' }] });
    expect((await admit()).body['retryAfterSeconds']).toBe(undefined);
  });

  test('what is said of the question as a whole holds for each artifact, and what was not judged is not admitted', async () => {
    const said = async (over: object): Promise<unknown[]> => {
      gate.state.decide = (review) => satisfied(review, over);
      const { body } = await admit('fetcher', blobs(2));
      return [body['decision'], (body['artifacts'] as { decision: string }[]).map(({ decision }) => decision), (body['findings'] as { code: string }[]).map(({ code }) => code)];
    };
    const ok = (path: string) => ({ verdict: 'satisfied', code: 'POLICY_SATISFIED', path, artifact: 'b', mode: 'enforce' });
    const refused = { verdict: 'violated', code: 'POLICY_CALLER', path: '', artifact: '', mode: 'enforce', ofRequest: true };
    const fault = { verdict: 'undetermined', code: 'ENGINE_FAULT', path: '', artifact: '', mode: 'enforce' };
    const both = [ok('artifacts[0]'), ok('artifacts[1]')];
    expect(await said({ findings: both })).toEqual(['admit', ['admit', 'admit'], []]);
    expect(await said({ findings: [refused, ...both] })).toEqual(['deny', ['deny', 'deny'], ['POLICY_CALLER']]);
    expect(await said({ findings: [fault, ...both] })).toEqual(['undetermined', ['undetermined', 'undetermined'], ['ENGINE_FAULT']]);
    expect(await said({ findings: [ok('artifacts[0]')] })).toEqual(['undetermined', ['admit', 'undetermined'], []]);
  });

  test('while it drains every answer, also a refusal, is the last of its connection', async () => {
    for (const answer of [await admit(), await admit('nobody')]) expect(answer.headers['connection']).toBe('keep-alive');
    gate.state.draining = true;
    for (const answer of [await admit(), await admit('nobody'), await gate.ask('', 'GET', '/nowhere')]) expect(answer.headers['connection']).toBe('close');
  });

  test('what throws is a 500 that tells nothing, and is told to the log', async () => {
    gate.state.decide = () => { throw new Error('secret'); };
    const answer = await admit();
    denied('ENGINE_FAULT', 500, answer);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(gate.faults.length).toBe(1);
    gate.state.decide = (review) => satisfied(review);
    expect((await admit()).status).toBe(200);
  });
});
