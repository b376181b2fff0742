import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { demanding } from '../policy/every-field/row.ts';
import { DIGEST, doc, IMAGE, keyed, OTHER, says } from '../policy/every-field/world.ts';
import { layout, link, person, signed, step } from '../verify/intoto/support.ts';
import type { Person } from '../verify/intoto/support.ts';
import { demandingLayout, linkFile, verdictWith } from './scenes.ts';

/** The same artifact by another algorithm, by which whoever writes a pod may ask for it. */
const LONG = `sha512:${'12'.repeat(64)}` as Digest;
const BOTH = { sha256: DIGEST.slice(7), sha512: LONG.slice(7) };
const [GOOD, REVOKED] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED'];
const { tag: _, ...untagged } = IMAGE;
const artifact = { ...untagged, raw: `ghcr.io/acme/app@${LONG}`, digest: LONG };
const asked = (evidence: readonly UnverifiedEvidence[]) => ({ artifact, evidence: [], others: { [LONG]: evidence } });

describe('A1: an artifact that is revoked by one digest is not let in by another', () => {
  const CHECKED = 'https://example.com/checked/v1';
  const requirement = { attestation: { type: CHECKED, by: ['alice'] } };
  const about = (...subjects: readonly object[]) => says(CHECKED, {}, { about: subjects as readonly { readonly digest: Record<string, string> }[] });

  test('A1: a statement that names it by both', async () => {
    const scene = demanding(requirement, asked([about({ name: 'app', digest: BOTH })]));
    expect(await verdictWith(scene)).toBe(GOOD);
    expect(await verdictWith(scene, { digest: DIGEST })).toBe(REVOKED);
    expect(await verdictWith(scene, { digest: LONG })).toBe(REVOKED);
    expect(await verdictWith(scene, { digest: OTHER })).toBe(GOOD);
  });

  test('A1: the good twin names another artifact beside it', async () => {
    const scene = demanding(requirement, asked([about({ name: 'app', digest: { sha512: BOTH.sha512 } }, { name: 'other', digest: { sha256: BOTH.sha256 } })]));
    expect(await verdictWith(scene, { digest: DIGEST })).toBe(GOOD);
  });

  test('A1: what says nothing else of it stands, beside what does', async () => {
    const scene = demanding(requirement, asked([about({ name: 'app', digest: BOTH }), about({ name: 'app', digest: { sha512: BOTH.sha512 } })]));
    expect(await verdictWith(scene, { digest: DIGEST })).toBe(GOOD);
  });

  test('A1: links of a signed layout, in a sublayout too', async () => {
    const [owner, lead, worker] = [person('p256'), person('p256'), person('p256')];
    const EXPIRES = { expires: '2090-01-01T00:00:00Z' };
    const signers = [doc('Signer', 'owner', { identities: [keyed(owner.key, {})] })];
    const written = (by: Person): object => signed(layout([step('build', [by])], [by], EXPIRES), [owner]);
    const built = (digest: object): object => ({ ...link('build', {}, {}), products: { image: digest } });
    const flat = (digest: object) => demandingLayout(written(worker), { owners: ['owner'] }, { signers, ...asked(linkFile('build', worker, signed(built(digest), [worker]))) });
    const inner = signed(layout([step('build', [worker])], [worker], EXPIRES), [lead]);
    const nested = (digest: object) => demandingLayout(written(lead), { owners: ['owner'] }, {
      signers, ...asked([...linkFile('build', lead, inner), ...linkFile(`build.${lead.keyid.slice(0, 8)}/build`, worker, signed(built(digest), [worker]))]),
    });
    for (const scene of [flat, nested]) {
      expect(await verdictWith(scene(BOTH))).toBe(GOOD);
      expect(await verdictWith(scene(BOTH), { digest: DIGEST })).toBe(REVOKED);
      expect(await verdictWith(scene({ ...BOTH, sha256: BOTH.sha256.toUpperCase() }), { digest: DIGEST })).toBe(REVOKED);
      expect(await verdictWith(scene({ sha512: BOTH.sha512 }), { digest: DIGEST })).toBe(GOOD);
    }
  });
});
