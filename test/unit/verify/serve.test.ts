import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { TrustMaterial, UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { answerQuestions } from '../../../src/flow/threads/asked.ts';
import type { Answered, Asked } from '../../../src/flow/threads/asked.ts';
import { FORMATS } from '../../../src/verify/formats/index.ts';
import type { VerifyFormat } from '../../../src/verify/formats/index.ts';
import { faultOutcome } from '../../../src/verify/proof.ts';
import { createJobRunner } from '../../../src/verify/job.ts';
import type { RunJob } from '../../../src/verify/job.ts';
import { createTrustLedger } from '../../../src/verify/messages.ts';
import type { TrustLedger, ToWorker } from '../../../src/verify/messages.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';
import { disproved } from '../../../src/verify/proof.ts';
import { createProofCore } from '../../../src/verify/run.ts';
import { createAnswering } from '../../../src/verify/serve.ts';
import { DIGEST, evidence, job, NOW, trust } from './support.ts';

const piece = (words: string): UnverifiedEvidence => evidence('dsse', Buffer.from(words));
const wordsOf = ({ bytes }: UnverifiedEvidence): string => Buffer.from(bytes).toString();
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A format that notes when it begins and ends; `slow` waits, `reject` rejects, `throw` throws, `take` spends attempts. */
function noting(notes: string[]): VerifyFormat {
  return async (found, _, tools) => {
    const words = wordsOf(found);
    notes.push(`begins ${words}`);
    if (words.startsWith('take') && !tools.takeAttempt(6_000)) return { ...disproved({ code: 'VERIFY_LIMIT' }), partial: true };
    if (words.startsWith('slow')) for (let turn = 0; turn < 5; turn += 1) await tick();
    if (words.startsWith('reject')) throw new TypeError('no luck');
    notes.push(`ends ${words}`);
    return disproved({ code: 'VERIFY_MALFORMED', cause: words });
  };
}
const runner = (format: VerifyFormat): RunJob => createJobRunner(createProofCore(), { ...FORMATS, dsse: format });
const codes = (outcomes: Awaited<ReturnType<RunJob>>): readonly string[] => outcomes.flatMap(({ problems }) => problems.map(({ code }) => code));

describe('a format that waits', () => {
  test('keeps the order of a job: a piece begins when the one before it is finished', async () => {
    const notes: string[] = [];
    const outcomes = await runner(noting(notes))(job(['slow 1', 'quick', 'slow 2'].map(piece), trust()));
    expect(notes).toEqual(['begins slow 1', 'ends slow 1', 'begins quick', 'ends quick', 'begins slow 2', 'ends slow 2']);
    expect(outcomes.map(({ problems }) => problems[0]?.cause)).toEqual(['slow 1', 'quick', 'slow 2']);
  });

  test('and rejects is a fault of its piece alone, like one that throws, and is not remembered', async () => {
    const throws: VerifyFormat = (found) => {
      if (wordsOf(found) === 'reject') throw new TypeError('no luck');
      return disproved({ code: 'VERIFY_MALFORMED' });
    };
    for (const format of [noting([]), throws]) {
      const outcomes = await runner(format)(job(['quick', 'reject', 'quick'].map(piece), trust()));
      expect(codes(outcomes)).toEqual(['VERIFY_MALFORMED', 'ENGINE_FAULT', 'VERIFY_MALFORMED']);
      expect(outcomes.map(({ cacheable }) => cacheable)).toEqual([true, false, true]);
    }
  });

  test('spends from the one budget of its job, in order, and not from that of another job', async () => {
    const run = runner(noting([]));
    const [one, other] = await Promise.all([run(job(['take slow', 'take 2'].map(piece), trust())), run(job([piece('take 3')], trust()))]);
    expect([codes(one), codes(other)]).toEqual([['VERIFY_MALFORMED', 'VERIFY_LIMIT'], ['VERIFY_MALFORMED']]);
  });

  test('is judged by the clock of its job like any other', async () => {
    const late: VerifyFormat = async (found) => {
      await tick();
      const times = [{ source: 'log', at: NOW + 600_000, by: 'log' }] as const;
      return { proofs: [{ kind: 'signature', format: 'dsse', source: found.source, evidenceDigest: found.digest, artifactDigest: DIGEST, signer: { kind: 'key', keyId: 'k' }, times, logEntries: [] }], problems: [], partial: false };
    };
    expect(codes(await runner(late)(job([piece('x')], trust())))).toEqual(['VERIFY_TIMESTAMP']);
    expect(codes(await runner(late)({ ...job([piece('x')], trust()), now: NOW + 600_000 }))).toEqual([]);
  });
});

const serve = (line: FakeLine, run: RunJob): void => answerQuestions(createAnswering(run), line);

class FakeLine extends EventEmitter<{ message: [Asked<ToWorker>] }> {
  readonly answers: Answered<readonly RawOutcome[]>[] = [];
  postMessage(answer: Answered<readonly RawOutcome[]>): void {
    this.answers.push(answer);
  }
  ask(id: number, words: readonly string[], material: TrustMaterial, ledger: TrustLedger): void {
    const { artifact, evidence: pieces, now } = job(words.map(piece), material);
    this.emit('message', { id, question: { job: { artifact, evidence: pieces, now }, ...ledger.send(material) } });
  }
  async until(count: number): Promise<void> {
    while (this.answers.length < count) await tick();
  }
}

describe('a thread', () => {
  test('begins no job before the last one is answered, however long that waits', async () => {
    const [line, notes, ledger] = [new FakeLine(), [] as string[], createTrustLedger()];
    serve(line, runner(noting(notes)));
    [['slow 1'], ['reject', 'slow 2'], ['quick']].forEach((words, id) => line.ask(id, words, trust(), ledger));
    await line.until(3);
    expect(line.answers.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(notes).toEqual(['begins slow 1', 'ends slow 1', 'begins reject', 'begins slow 2', 'ends slow 2', 'begins quick', 'ends quick']);
  });

  test('judges every job with the trust material its question named, also when the ledger has it forgotten meanwhile', async () => {
    const [line, ledger] = [new FakeLine(), createTrustLedger()];
    const seen: string[] = [];
    serve(line, async ({ trust: { id }, evidence: pieces }) => {
      await tick();
      seen.push(id);
      return pieces.map((one) => faultOutcome(one, 'x'));
    });
    // More than a thread keeps at a time, all on their way before the first is answered.
    const ids = Array.from({ length: 300 }, (_, index) => `t${index}`);
    ids.forEach((id, index) => line.ask(index, ['x'], { id, keys: [], roots: [] }, ledger));
    await line.until(ids.length);
    expect(seen).toEqual(ids);
  });

  test('answers a question about trust material it was never told with a fault, and goes on', async () => {
    const line = new FakeLine();
    serve(line, runner(noting([])));
    const told = createTrustLedger();
    told.send(trust());
    line.ask(0, ['quick'], trust(), told);
    line.ask(1, ['quick'], trust(), createTrustLedger());
    await line.until(2);
    expect(line.answers.map(({ answer }) => codes(answer))).toEqual([['ENGINE_FAULT'], ['VERIFY_MALFORMED']]);
  });
});
