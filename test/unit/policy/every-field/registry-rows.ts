import type { IndexEntry } from '../../../../src/domain/artifact/package-index.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { makeEvidence } from '../../../../src/fetch/oci/content.ts';
import { signWith } from '../../../world/keys.ts';
import type { Scene } from './judge.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import { DIGEST, keys } from './world.ts';

/** Rows of `registry`: a package of npm that alice's registry has signed, in an index that lists it. */
const INTEGRITY = `sha256-${Buffer.from(DIGEST.slice(7), 'hex').toString('base64')}`;
const SIGNED: UnverifiedEvidence = makeEvidence('npm-signature', 'npm', Buffer.from(JSON.stringify({
  name: 'app', version: '1.0.0', integrity: INTEGRITY, keyid: 'SHA256:x',
  sig: signWith(keys.alice, Buffer.from(`app@1.0.0:${INTEGRITY}`)).toString('base64'),
})));
const listing = (more: Partial<IndexEntry> = {}): Pick<Scene, 'index'> =>
  ({ index: { ok: true, entry: { digests: [DIGEST], provenance: false, ...more } } });
const NAME = 'pkg:npm/app@1.0.0';

const make = rowsAt('ClusterArtifactPolicy', demanding(
  { registry: { by: ['alice', 'bob'] } },
  { ...listing(), evidence: [SIGNED], artifact: { kind: 'package', usage: 'dependency', path: 'artifacts[0]', raw: NAME, name: NAME, digest: DIGEST } },
  { artifacts: [{ package: 'pkg:npm/app' }] },
), 'spec.require.0.registry');

export const registryRows: readonly Row[] = [
  make('by', ['stranger'], 'VERIFY_SIGNER_UNTRUSTED'),
  make('threshold', 2, 'POLICY_THRESHOLD'),
  make('checksum', 'accepted', { lint: /takes the place of by/ }, { why: 'it takes the place of signers' }),
  make('noDowngrade', true, 'POLICY_DOWNGRADE', { scene: listing({ earlier: '0.9.0' }) }),
  make('yanked', 'allow', 'POLICY_SATISFIED', { base: { by: undefined, checksum: 'accepted' }, scene: listing({ yanked: 'broken' }), from: 'POLICY_YANKED' }),
];
