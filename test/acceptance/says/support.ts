import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { Scene } from '../../unit/policy/every-field/judge.ts';
import { judge } from '../../unit/policy/every-field/judge.ts';
import { demanding } from '../../unit/policy/every-field/row.ts';
import { doc, keyed, ROOT } from '../../unit/policy/every-field/world.ts';
import type { Doc } from '../../unit/policy/every-field/world.ts';
import type { SigningKey } from '../../world/keys.ts';

export { DAY, DIGEST, doc, HOUR, iso, keyed, keys, NOW, OTHER, ROOT, says, signs, world } from '../../unit/policy/every-field/world.ts';

/** From YAML and signed bytes to the verdict: `admit POLICY_SATISFIED`, `deny POLICY_REVIEW`; who signs is alice, bob, carol or the stranger. */
export async function verdict(requirement: object, evidence: readonly UnverifiedEvidence[], more: Partial<Scene> = {}): Promise<string> {
  const answer = await judge(demanding(requirement, { evidence, ...more }));
  if (answer.verdict === 'refused') throw new Error(answer.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return answer.verdict;
}

/** What the compiler says about one requirement, errors and warnings alike: `spec.require[0].signature.by[0]: …`. */
export async function lint(requirement: object, more: Partial<Scene> = {}): Promise<readonly string[]> {
  const { problems } = await judge(demanding(requirement, more));
  return problems.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

/** A Signer with these keys; `more` are further fields of each identity. */
export function signerOf(name: string, keysOfIt: readonly SigningKey[], more?: object): Doc {
  return doc('Signer', name, { identities: keysOfIt.map((key) => keyed(key, more)) });
}

/** A keyless Signer under the root of the world. */
export function keylessSigner(name: string, identity: object): Doc {
  return doc('Signer', name, { identities: [{ keyless: { trustRoot: 'world', ...identity } }] });
}

/** The documents of a scene with other Signers. */
export function withSigners(requirement: object, signers: readonly Doc[]): Pick<Scene, 'documents'> {
  const [policy] = demanding(requirement).documents;
  if (policy === undefined) throw new Error('no policy');
  return { documents: [policy, ROOT, ...signers] };
}
