import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProvenChain } from '../../../../src/domain/policy/layout.ts';
import { LAYOUT_LIMITS, proveLayout } from '../../../../src/verify/intoto/index.ts';
import { json } from '../../../support/layout.ts';
import type { Person } from './support.ts';
import { file, layout, link, person, prove, signatureBy, signed, step } from './support.ts';

const [owner, alice, bob, mallory] = [person(), person(), person('p256'), person()];
const root = signed(layout([step('build', [alice, bob])], [alice, bob]), [owner]);
const built = link('build', {}, { app: '1' });

function chainOf(result: ReturnType<typeof prove>): ProvenChain {
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}
const stepOf = (result: ReturnType<typeof prove>, name = 'build') => chainOf(result).steps.get(name) ?? { links: [], notes: [] };

describe('layout signatures', () => {
  test.each<[string, Person]>([['Ed25519', person('ed25519')], ['ECDSA P-256', person('p256')], ['ECDSA P-384', person('p384')], ['RSA', person('rsa-2048')]])('%s holds, also for a key of a policy', (_, signer) => {
    const file1 = signed(layout([step('build', [alice])], [alice]), [signer]);
    expect(prove(file1, [signer], []).ok).toBe(true);
    expect(proveLayout({ source: 'x', layout: json(file1), keys: [{ keyId: signer.key.keyId, pem: signer.key.publicKeyPem }], files: [] }).ok).toBe(true);
    expect(prove(file1, [mallory], [])).toMatchObject({ ok: false, problem: { code: 'VERIFY_SIGNATURE_INVALID' } });
  });

  test('every owner must have signed', () => {
    const both = signed(root.signed, [owner, bob]);
    expect(prove(both, [owner, bob], []).ok).toBe(true);
    expect(prove(root, [owner, bob], [])).toMatchObject({ ok: false, problem: { code: 'VERIFY_SIGNATURE_INVALID', expected: expect.stringContaining(bob.keyid) } });
  });

  test('A18 no owner key proves nothing', () => expect(prove(root, [], [])).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } }));

  test('a member that was added after signing breaks the signature', () => {
    expect(prove({ ...root, signed: { ...(root.signed as object), x: 1 } }, [owner], []).ok).toBe(false);
  });

  test('a key whose type, scheme and value do not fit is refused as owner', () => {
    const odd = { ...owner, inToto: { ...owner.inToto, scheme: 'rsassa-pss-sha256' } };
    expect(prove(root, [odd], [])).toMatchObject({ ok: false, problem: { code: 'VERIFY_ALGORITHM' } });
  });

  test('a link is not a layout', () => expect(prove(signed(built, [owner]), [owner], []).ok).toBe(false));
});

describe('links', () => {
  test('by functionaries are proven, each with his own name', () => {
    const proven = stepOf(prove(root, [owner], [file(signed(built, [alice])), file(signed(built, [bob]))]));
    expect(proven.links.map(({ functionary }) => functionary.person.key)).toEqual([alice.key.keyId, bob.key.keyId]);
  });

  test('by a key of the layout that the step does not list do not count', () => {
    const only = signed(layout([step('build', [alice]), step('review', [bob])], [alice, bob]), [owner]);
    expect(stepOf(prove(only, [owner], [file(signed(built, [bob]))]))).toMatchObject({ links: [], notes: [{ text: expect.stringContaining('is not a functionary') }] });
    expect(stepOf(prove(only, [owner], [file(signed(built, [alice]))])).links).toHaveLength(1);
  });

  test('with two signatures count for both', () => expect(stepOf(prove(root, [owner], [file(signed(built, [alice, bob]))])).links).toHaveLength(2));

  test.each<[string, unknown, string]>([
    ['by somebody else', signed(built, [mallory]), 'is not a functionary'],
    ['whose signature does not hold', { ...signed(built, [alice]), signed: link('build', {}, { app: '2' }) }, 'does not hold'],
    ['under the id of another', { signed: built, signatures: [{ ...signatureBy(mallory, built), keyid: alice.keyid }] }, 'does not hold'],
    ['without signature', signed(built, []), 'not signed'],
    ['with a path twice', signed({ ...built, products: { a: { sha256: 'aa'.repeat(32) }, './a': { sha256: 'bb'.repeat(32) } } }, [alice]), 'two paths'],
  ])('%s are noted and do not count', (_, content, note) => {
    const proven = stepOf(prove(root, [owner], [file(content)]));
    expect(proven.links).toEqual([]);
    expect(proven.notes.map(({ text }) => text).join()).toContain(note);
  });

  test('for another step do not count, whatever their file is called', () => {
    const two = signed(layout([step('build', [alice]), step('review', [alice])], [alice]), [owner]);
    const result = prove(two, [owner], [file(signed(built, [alice]), { name: `review.${alice.keyid.slice(0, 8)}.link` })]);
    expect(stepOf(result, 'review').links).toEqual([]);
    expect(stepOf(result, 'review').notes[0]?.text).toContain('link for step "build"');
    expect(stepOf(result).links).toHaveLength(1);
  });

  test('A20 a junk signature beside a good one does no harm; the same key twice is one link', () => {
    const body = { signed: built, signatures: [signatureBy(mallory, built), signatureBy(alice, built), signatureBy(alice, built)] };
    expect(stepOf(prove(root, [owner], [file(body)])).links).toHaveLength(1);
  });
});

describe('signatures without key id', () => {
  const anonymous = (one: object): object => ({ ...one, keyid: '' });
  const strangers = (count: number): object[] => Array.from({ length: count }, () => anonymous(signatureBy(mallory, built)));
  const linksOf = (signatures: readonly object[]) => stepOf(prove(root, [owner], [file({ signed: built, signatures })]));

  test('B4: four of a file are tried, a fifth is not, and a note says so', () => {
    expect(linksOf([...strangers(3), anonymous(signatureBy(alice, built))]).links).toHaveLength(1);
    const { links, notes } = linksOf([...strangers(4), anonymous(signatureBy(alice, built))]);
    expect(links).toEqual([]);
    expect(notes.map(({ text }) => text).join()).toContain('only 4 signatures');
  });

  test('B4: behind any number of them a signature under the id of a functionary counts', () => {
    expect(linksOf([...strangers(31), signatureBy(alice, built)]).links).toHaveLength(1);
  });
});

describe('sublayouts', () => {
  const inner = layout([step('compile', [bob])], [bob]);
  const outer = signed(layout([step('build', [alice]), step('review', [alice])], [alice]), [owner]);
  const compiled = file(signed(link('compile', {}, { app: '1' }), [bob]), { place: `build.${alice.keyid.slice(0, 8)}` });
  const name = `build.${alice.keyid.slice(0, 8)}.link`;

  test('stand for the step that their file names, with the links of their folder', () => {
    const result = prove(outer, [owner], [file(signed(inner, [alice]), { name, place: '' }), compiled]);
    const [proven] = stepOf(result).links;
    expect(proven?.content.kind === 'sublayout' && proven.content.chain.steps.get('compile')?.links).toHaveLength(1);
    expect(stepOf(result, 'review').links).toEqual([]);
  });

  test('without a name stand for nothing when their signer does several steps', () => {
    expect(stepOf(prove(outer, [owner], [file(signed(inner, [alice])), compiled])).links).toEqual([]);
    const one = signed(layout([step('build', [alice])], [alice]), [owner]);
    expect(stepOf(prove(one, [owner], [file(signed(inner, [alice])), compiled])).links).toHaveLength(1);
  });

  test('do not take links from another folder, nor lend theirs to the layout around them', () => {
    const elsewhere = { ...compiled, place: 'review.00000000' };
    const [proven] = stepOf(prove(outer, [owner], [file(signed(inner, [alice]), { name, place: '' }), elsewhere])).links;
    expect(proven?.content.kind === 'sublayout' && proven.content.chain.steps.get('compile')?.links).toEqual([]);
    const lent = file(signed(built, [alice]), { place: 'build.00000000' });
    expect(stepOf(prove(outer, [owner], [lent])).links).toEqual([]);
  });

  test('by somebody else do not count', () => expect(stepOf(prove(outer, [owner], [file(signed(inner, [mallory]), { name }), compiled])).links).toEqual([]));

  test('that contain themselves end at a limit', () => {
    const self = layout([step('build', [alice])], [alice]);
    const result = prove(signed(self, [owner]), [owner], [file(signed(self, [alice]))]);
    expect(result.ok).toBe(true);
  });

  test('that multiply end at the budget', () => {
    const many = layout(Array.from({ length: 20 }, (_, index) => step(`s${index}`, [alice])), [alice]);
    const files = Array.from({ length: 20 }, (_, index) => file(signed(many, [alice]), { name: `s${index}.${alice.keyid.slice(0, 8)}.link` }));
    expect(prove(signed(many, [owner]), [owner], files)).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } });
  });
});

describe('hostile input', () => {
  test('too many files are refused unread', () => {
    expect(prove(root, [owner], Array.from({ length: LAYOUT_LIMITS.files + 1 }, () => file({})))).toMatchObject({ ok: false, problem: { code: 'VERIFY_LIMIT' } });
  });

  test('never throws, whatever lies beside the layout', () => {
    const shapes = fc.oneof(
      fc.jsonValue(),
      fc.record({ signed: fc.oneof(fc.jsonValue(), fc.constant(built)), signatures: fc.oneof(fc.jsonValue(), fc.array(fc.record({ keyid: fc.oneof(fc.constant(alice.keyid), fc.string()), sig: fc.oneof(fc.string(), fc.constant('00')), cert: fc.string(), other_headers: fc.constant('0400') }, { requiredKeys: ['keyid'] }))) }),
      fc.record({ payload: fc.string(), payloadType: fc.constant('application/vnd.in-toto+json'), signatures: fc.jsonValue() }),
    );
    fc.assert(fc.property(fc.array(shapes, { maxLength: 4 }), (contents) => {
      expect(stepOf(prove(root, [owner], contents.map((content) => file(content)))).links).toEqual([]);
    }), { numRuns: 300 });
  });

  test('never throws, whatever the owner signed', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('steps', 'keys', 'inspect', 'expires', 'rootcas', 'intermediatecas'), fc.jsonValue()), (members) => {
      const body = { ...layout([step('build', [alice])], [alice]), ...members };
      let content: unknown;
      try {
        content = signed(body, [owner]);
      } catch {
        return;
      }
      expect(typeof prove(content, [owner], [file(signed(built, [alice]))]).ok).toBe('boolean');
    }), { numRuns: 300 });
  });
});
