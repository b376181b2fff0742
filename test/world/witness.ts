/** What `witness run --step NAME` signs, as go-witness makes it (attestation/collection.go, attestation/{git,product,material,commandrun}). */
import { hash, sha256Hex } from './encode.ts';
import type { InTotoStatement, Subject } from './statement.ts';

export const COLLECTION = 'https://witness.testifysec.com/attestation-collection/v0.1';
const AT = 'https://witness.dev/attestations';
export const [GIT, COMMAND, MATERIAL, PRODUCT] = [`${AT}/git/v0.1`, `${AT}/command-run/v0.1`, `${AT}/material/v0.1`, `${AT}/product/v0.1`] as const;

/** One step; files are texts by path. */
export interface WitnessStep {
  readonly name: string;
  readonly materials?: Readonly<Record<string, string>>;
  readonly products?: Readonly<Record<string, string>>;
  /** Manifest of an image that came out (attestor `oci`). */
  readonly image?: string;
  readonly commit?: string;
  readonly parent?: string;
  readonly exitcode?: number;
  /** Attestors besides, in place of or beside those that are made. */
  readonly attestors?: readonly { readonly type: string; readonly attestation: unknown }[];
  readonly subjects?: readonly Subject[];
}

const digests = (text: string): Record<string, string> => ({
  sha256: sha256Hex(text), 'gitoid:sha256': `gitoid:blob:sha256:${sha256Hex(`blob ${text.length}\0${text}`)}`,
  'gitoid:sha1': `gitoid:blob:sha1:${hash(text).toString('hex').slice(0, 40)}`,
});

/** The statement of the step, v0.1 as Witness writes it. */
export function witnessStatement(step: WitnessStep): InTotoStatement {
  const { name, materials = {}, products = {}, image, commit = '1'.repeat(40), parent = '2'.repeat(40), exitcode = 0, attestors = [], subjects = [] } = step;
  const times = { starttime: '2026-03-01T00:00:00Z', endtime: '2026-03-01T00:00:01Z' };
  const made = [
    { type: GIT, attestation: { commithash: commit, author: 'a', authoremail: 'a@acme.example', parenthashes: [parent], status: {} } },
    { type: MATERIAL, attestation: Object.fromEntries(Object.entries(materials).map(([path, text]) => [path, digests(text)])) },
    { type: COMMAND, attestation: { cmd: ['make', name], exitcode, stdout: '', processes: [{ pid: 9007199254740992 }] } },
    { type: PRODUCT, attestation: Object.fromEntries(Object.entries(products).map(([path, text]) => [path, { mime_type: 'application/octet-stream', digest: digests(text) }])) },
    ...attestors,
  ];
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [
      { name: `${GIT}/commithash:${commit}`, digest: { sha1: commit } },
      { name: `${GIT}/parenthash:${parent}`, digest: { sha1: parent } },
      { name: `${GIT}/authoremail:a@acme.example`, digest: { sha256: sha256Hex('a@acme.example') } },
      ...Object.entries(products).map(([path, text]) => ({ name: `${PRODUCT}/file:${path}`, digest: digests(text) })),
      ...(image === undefined ? [] : [{ name: `${AT}/oci/v0.1/manifestdigest:${image}`, digest: { sha256: image.replace('sha256:', '') } }]),
      ...subjects,
    ],
    predicateType: COLLECTION,
    predicate: { name, attestations: made.map((one) => ({ ...one, ...times })) },
  } as unknown as InTotoStatement;
}
