import { describe, expect, test } from 'vitest';
import type { DependencyAnswer, DependencyQuestion } from '../../../../src/domain/artifact/dependency.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { RevisionEvidence } from '../../../../src/domain/artifact/revision.ts';
import { parseRevision } from '../../../../src/domain/artifact/revision.ts';
import { createLeadBook, untilSettled } from '../../../../src/engine/leads/book.ts';
import type { LeadBook } from '../../../../src/engine/leads/book.ts';
import { LEADS } from '../../../../src/engine/leads/index.ts';
import { ROOT } from '../../../../src/engine/leads/lead.ts';
import type { RevisionSearch, Trail } from '../../../../src/engine/leads/lead.ts';

const SCOPE = { namespace: 'default', serviceAccount: 'default', pullSecrets: [] };
const NOTHING: RevisionEvidence = { proofs: [], problems: [] };

const image = (name: string): DependencyQuestion => ({ image: { name, raw: name, digest: `sha256:${'0'.repeat(64)}` as Digest }, mode: 'enforce', namespaced: false });

function commit(letter: string, more: Partial<RevisionSearch> = {}): RevisionSearch {
  const revision = parseRevision(letter.repeat(40));
  if (revision === undefined) throw new Error('no commit');
  return { repository: 'github.com/acme/app', revision, evidence: [], trust: { id: 't', keys: [], roots: [] }, ...more };
}

type Judge = (name: string, trail: Trail<string>, book: LeadBook<string>) => Promise<DependencyAnswer>;

/** A book whose images are judged by `judge`; `judged` are the leads that were judged, in order. */
function bookOf(judge: Judge = async () => ({ kind: 'admitted' })) {
  const judged: string[] = [];
  const book: LeadBook<string> = createLeadBook<string>({
    image: {
      usages: [], keyOf: ({ image: { name } }) => name, late: () => ({ kind: 'limit', cause: 'late' }),
      judge: async (question, trail) => {
        judged.push(question.image.name);
        return judge(question.image.name, trail, book);
      },
      onward: { stopped: (_, stop) => ({ kind: 'limit', cause: stop.why }), admits: ({ kind }) => kind === 'admitted' },
    },
    revision: {
      usages: [], keyOf: LEADS.revision.keyOf, late: () => NOTHING,
      judge: async ({ revision }) => {
        judged.push(revision);
        return NOTHING;
      },
    },
  });
  return { book, judged };
}

const FROM_ROOT: Trail<string> = { node: ROOT, scope: SCOPE, context: 'request' };

describe('the book of leads', () => {
  test('judges each lead once, whoever asks, and tells the judge where the lead stands', async () => {
    const nodes: unknown[] = [];
    const { book, judged } = bookOf(async (_, { node }) => {
      nodes.push(node);
      return { kind: 'admitted' };
    });
    await Promise.all([book.follow('image', image('a'), FROM_ROOT), book.follow('image', image('a'), { ...FROM_ROOT, node: { key: 'image x', depth: 3 } })]);
    expect([judged, nodes]).toEqual([['a'], [{ key: 'image a', depth: 1 }]]);
  });

  test('and two leads that differ are two', async () => {
    const { book, judged } = bookOf();
    await Promise.all([book.follow('image', image('a'), FROM_ROOT), book.follow('image', image('b'), FROM_ROOT)]);
    expect(judged).toEqual(['a', 'b']);
  });

  test.each([[7, 'admitted'], [8, 'limit']] as const)('from depth %d an image is %s', async (depth, kind) => {
    expect(await bookOf().book.follow('image', image('a'), { ...FROM_ROOT, node: { key: 'image x', depth } })).toMatchObject({ kind });
  });

  test('a hundred images are followed, and no further one', async () => {
    const { book } = bookOf();
    const answers = await Promise.all(Array.from({ length: 101 }, (_, index) => book.follow('image', image(`i${index}`), FROM_ROOT)));
    expect(answers.map(({ kind }) => kind)).toEqual([...Array<string>(100).fill('admitted'), 'limit']);
    expect(await book.follow('image', image('i7'), FROM_ROOT)).toEqual({ kind: 'admitted' });
  });

  test('whoever would wait for himself is told so; whoever waits for another is not', async () => {
    const leadsTo: Readonly<Record<string, string>> = { a: 'b', b: 'a', c: 'd' };
    const { book } = bookOf(async (name, trail, it) => {
      const next = leadsTo[name];
      return next === undefined ? { kind: 'admitted' } : it.follow('image', image(next), trail);
    });
    expect(await book.follow('image', image('c'), FROM_ROOT)).toEqual({ kind: 'admitted' });
    expect(book.circular).toBe(false);
    expect(await book.follow('image', image('a'), FROM_ROOT)).toEqual({ kind: 'limit', cause: 'circle' });
    expect(book.circular).toBe(true);
  });

  test('refusals are forgotten, admissions are not', async () => {
    const { book, judged } = bookOf(async (name) => (name === 'good' ? { kind: 'admitted' } : { kind: 'unmatched', nearest: [] }));
    const both = async (): Promise<unknown> => Promise.all([book.follow('image', image('good'), FROM_ROOT), book.follow('image', image('bad'), FROM_ROOT)]);
    await both();
    await both();
    expect(judged).toEqual(['good', 'bad']);
    book.forgetRefusals();
    await both();
    expect([judged, book.admitted]).toEqual([['good', 'bad', 'bad'], 1]);
  });
});

describe('leads that are an end', () => {
  test('are judged once, at any depth, and count among no bounds', async () => {
    const { book, judged } = bookOf();
    const deep = { ...FROM_ROOT, node: { key: 'image x', depth: 100 } };
    for (const letter of 'abcdef') expect(await book.follow('revision', commit(letter), deep)).toBe(NOTHING);
    await book.follow('revision', commit('a'), FROM_ROOT);
    expect(judged).toHaveLength(6);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => book.follow('image', image(`i${index}`), FROM_ROOT)));
    expect(answers.every(({ kind }) => kind === 'admitted')).toBe(true);
  });

  test.each<[string, Partial<RevisionSearch>, number]>([
    ['the same trust and evidence', {}, 1],
    ['other trust', { trust: { id: 'u', keys: [], roots: [] } }, 2],
    ['other evidence', { evidence: [{ format: 'dsse', source: 's', bytes: new Uint8Array(), digest: 'd' }] }, 2],
  ])('a commit asked about again with %s', async (_, more, times) => {
    const { book, judged } = bookOf();
    await book.follow('revision', commit('a'), FROM_ROOT);
    await book.follow('revision', commit('a', more), FROM_ROOT);
    expect(judged).toHaveLength(times);
  });
});

describe('work is repeated', () => {
  const counted = (results: readonly boolean[], book: { circular: boolean; admitted: number }) => {
    let done = 0;
    let forgotten = 0;
    const work = async (): Promise<boolean> => {
      done += 1;
      book.admitted += 1;
      return results[done - 1] ?? false;
    };
    const run = async (): Promise<[boolean, number, number]> => [
      await untilSettled({ get circular() { return book.circular; }, get admitted() { return book.admitted; }, forgetRefusals: () => { forgotten += 1; } }, work, (result) => result), done, forgotten,
    ];
    return run();
  };

  test.each<[string, boolean, readonly boolean[], [boolean, number, number]]>([
    ['never without a circle', false, [false, true], [false, 1, 0]],
    ['in a circle, until it holds', true, [false, true], [true, 2, 1]],
    ['not when it holds at once', true, [true], [true, 1, 0]],
  ])('%s', async (_, circular, results, expected) => {
    expect(await counted(results, { circular, admitted: 0 })).toEqual(expected);
  });

  test('and ends when nothing more is let in', async () => {
    let done = 0;
    expect(await untilSettled({ circular: true, admitted: 0, forgetRefusals: () => undefined }, async () => (done += 1), () => false)).toBe(2);
  });
});

describe('the rules of each kind', () => {
  test('no answer for lateness, and none for a lead that is not followed, lets anything in', () => {
    const context = { review: { name: 'pod' } } as never;
    const late = LEADS.image.late(context);
    expect(late).toMatchObject({ kind: 'refused', finding: { verdict: 'undetermined', code: 'ENGINE_DEADLINE' } });
    expect(LEADS.image.onward?.admits(late)).toBe(false);
    for (const stop of [{ why: 'circle' }, { why: 'depth', most: 8 }, { why: 'number', most: 100 }] as const) {
      expect(LEADS.image.onward?.stopped(image('a'), stop)).toMatchObject({ kind: 'limit' });
    }
    expect(LEADS.revision.late(context)).toMatchObject({ proofs: [], problems: [{ code: 'ENGINE_DEADLINE' }] });
  });
});
