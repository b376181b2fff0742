import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { evidenceFromFile } from '../../../src/fetch/index.ts';
import { jsonBytes } from '../../world/encode.ts';
import { judge } from '../policy/every-field/judge.ts';
import type { Scene } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { doc } from '../policy/every-field/world.ts';
import type { Doc } from '../policy/every-field/world.ts';
import type { Person } from '../verify/intoto/support.ts';

/** What one entry of `revocations` revokes, as a document writes it. */
export type Thing = Readonly<Record<string, unknown>>;

/** A list that revokes these things. */
export const listOf = (...things: readonly Thing[]): Doc =>
  doc('RevocationList', 'incidents', { revocations: things.map((thing) => ({ reason: 'laptop lost', ...thing })) });

/** What the engine says of a scene once a list of these things is there as well; without any it says what it says of the scene. */
export async function verdictWith(scene: Scene, ...things: readonly Thing[]): Promise<string> {
  const documents = things.length === 0 ? scene.documents : [...scene.documents, listOf(...things)];
  const { verdict, problems } = await judge({ ...scene, documents });
  return verdict === 'refused' ? `refused ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}` : verdict;
}

/** A file beside the artifact, by the name that in-toto gives it. */
export function linkFile(step: string, by: Person, content: unknown): readonly UnverifiedEvidence[] {
  return evidenceFromFile(`${step}.${by.keyid.slice(0, 8)}.link`, jsonBytes(content)).evidence;
}

/** A scene that demands a signed layout. */
export function demandingLayout(document: unknown, layout: object, more: Partial<Scene> & { readonly signers?: readonly Doc[] } = {}): Scene {
  const { signers = [], ...rest } = more;
  const scene = demanding({ layout: { document: JSON.stringify(document), ...layout } }, rest, rest.parent === undefined ? {} : { indexCoversChildren: true });
  return { ...scene, documents: [...scene.documents, ...signers] };
}
