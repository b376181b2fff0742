// Every mistake of the table is made and read: its message has six of seven points or more, and the page shows it as it is printed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ATTESTATIONS } from '../support/messages/attestations.ts';
import { COMMITS } from '../support/messages/commits.ts';
import { COMMAND_LINE } from '../support/messages/command-line.ts';
import { GATE } from '../support/messages/gate.ts';
import { IMAGES } from '../support/messages/images.ts';
import { NOTATION } from '../support/messages/notation.ts';
import { messagesPage } from '../support/messages/page.ts';
import type { ToldRow } from '../support/messages/page.ts';
import { OWN_PKI } from '../support/messages/own-pki.ts';
import { PIPELINES } from '../support/messages/pipelines.ts';
import { POLICIES } from '../support/messages/policies.ts';
import { printed } from '../support/messages/printed.ts';
import { REGISTRIES } from '../support/messages/registries.ts';
import { fixOf, isGiven, POINTS, score, without } from '../support/messages/score.ts';
import { SPIFFE } from '../support/messages/spiffe.ts';
import { STORES } from '../support/messages/stores.ts';
import type { Mistake } from '../support/messages/mistake.ts';
import { startFixWorld } from './fixes/fetch-world.ts';
import type { FixWorld } from './fixes/fetch-world.ts';

const GROUPS = [IMAGES, REGISTRIES, STORES, POLICIES, ATTESTATIONS, COMMITS, COMMAND_LINE, PIPELINES, GATE, OWN_PKI, SPIFFE, NOTATION];
const LEAST = 6;

let world = undefined as unknown as FixWorld;
const told = new Map<string, ToldRow>();
beforeAll(async () => {
  world = await startFixWorld();
});
afterAll(async () => {
  for (const { close } of GROUPS) await close?.();
  await world.close();
});

const mistakes = GROUPS.flatMap(({ rows }) => rows).filter((row): row is Mistake => 'says' in row);

/** The text without what gives it a point has not got that point. */
function poorer(text: string, row: Mistake): void {
  const { lacks } = score(text, row);
  for (const point of POINTS.filter((one) => !isGiven(one, row) && !lacks.includes(one)))
    expect(score(without(point, text, row), row).lacks, `${point} taken out`).toContain(point);
}

describe.each(GROUPS)('messages: $title', ({ rows }) => {
  test.each(rows.map((row) => [row.row, row.mistake, row] as const))('%s %s', { timeout: 60_000 }, async (_, __, row) => {
    if (!('says' in row)) {
      const { allowed, text } = await row.admitted(world);
      told.set(row.row, { row, text: printed(text) });
      return expect(allowed, text).toBe(true);
    }
    const text = await row.says(world);
    const counted = score(text, row);
    told.set(row.row, { row, text: printed(text), score: counted });
    expect(counted.points, `without ${counted.lacks.join(', ')}:\n${text}`).toBeGreaterThanOrEqual(LEAST);
    // What does not help is worse than anything that is left out.
    expect(counted.lacks, text).not.toContain('fix');
    poorer(text, row);
  });
});

describe('messages', () => {
  test('every number of the table of mistakes has its row, and none has two', () => {
    const rows = GROUPS.flatMap((group) => group.rows.map(({ row }) => row));
    expect(rows.filter((row, index) => rows.indexOf(row) !== index)).toEqual([]);
    const numbers = [...Array.from({ length: 58 }, (_, index) => String(index + 1)), '9b', '16b', '16c', '30b', '35b', '40b', '43b', '44b', '48b'];
    expect(numbers.filter((number) => !rows.includes(number))).toEqual([]);
    expect(PIPELINES.rows.length).toBeGreaterThanOrEqual(12);
    expect(GATE.rows.length).toBeGreaterThanOrEqual(10);
  });

  test('a fix that is known not to help has no point, whatever else it says', () => {
    const wary = mistakes.filter(({ fixMustNot }) => fixMustNot !== undefined);
    expect(wary.length).toBeGreaterThan(10);
    const row = { artifact: 'a', path: 'b', policy: 'c', fixMust: /sign it/, fixMustNot: /add the signer/ } as const;
    const text = 'a b policy c\n  expected x\n  found    y\n  fix: sign it  [FETCH_NONE_FOUND]';
    expect(score(text, row)).toEqual({ points: 7, lacks: [] });
    expect(score(text.replace('sign it', 'sign it, or add the signer'), row)).toEqual({ points: 6, lacks: ['fix'] });
    expect(fixOf('{"message": "x", "fix": "send \\"it\\"", "y": 1}')).toBe('"send \\"it\\""');
  });

  test.each([
    ['a line of 201 characters', 'x'.repeat(201)],
    ['more than twelve lines for one finding', 'x\n'.repeat(13)],
    ['a word of a library', 'found DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['a value that is none', 'found undefined'],
  ])('what is not plain: %s', (_, text) => {
    const row = { artifact: '', path: '', policy: '', expected: /(?:)/, found: /(?:)/, fixMust: /(?:)/ };
    expect([score(text, row).lacks, score('short', row).lacks]).toEqual([['plain'], []]);
  });

  test('the page shows all of them as they are printed', async () => {
    const groups = GROUPS.map((group) => ({ group, rows: group.rows.flatMap(({ row }) => told.get(row) ?? []) }));
    expect(groups.flatMap(({ rows }) => rows)).toHaveLength(GROUPS.flatMap(({ rows }) => rows).length);
    await expect(messagesPage(groups)).toMatchFileSnapshot('../../docs/reference/messages.md');
  });
});
