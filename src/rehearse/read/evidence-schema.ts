/** How a test says what is attached to an artifact: who signed what, when, and what is wrong with it. */
import { z } from 'zod';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { parseRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import { parseTime } from '../../text/duration.ts';
import { bad, good } from '../../text/result.ts';
import { resourceName } from '../../policy/schema/common.ts';
import { parsed, strict, word } from '../../policy/schema/fields.ts';
import { didYouMean } from '../../policy/read/suggest.ts';
import { CLAIM_OIDS } from '../world/ca.ts';

/** The ways to name an artifact. */
export const TARGETS: readonly string[] = ['image', 'package', 'blob', 'git'];

const text = z.string().min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');

const digestOrCommit = parsed<Digest | Revision>((value) => {
  const read = parseDigest(value) ?? parseRevision(value.replace(/^gitCommit:/, ''));
  return read === undefined
    ? bad(`expected sha256:…, sha512:… or gitCommit:… in lower-case hexadecimal, found ${JSON.stringify(value)}`)
    : good(read);
});

/** What names an artifact: exactly one of {@link TARGETS}, and its digest where the name does not say it. */
export const target = {
  image: text.optional(),
  package: text.optional(),
  blob: text.optional(),
  git: text.optional(),
  digest: digestOrCommit.optional(),
};

const claimName = z.string().superRefine((name, context) => {
  if (Object.hasOwn(CLAIM_OIDS, name)) return;
  const known = Object.keys(CLAIM_OIDS);
  context.addIssue({ code: 'custom', message: `is no claim of a certificate${didYouMean(name, known) || `; known are ${known.join(', ')}`}` });
});

const keyless = strict({
  issuer: text,
  subject: text,
  claims: z.record(claimName, z.string()).optional(),
  trustRoot: resourceName.optional(),
});

/** The fields of an identity of a Signer; what they come to is compared by the policy compiler's own reader when a certificate is made. */
const x509 = strict({
  subject: text.optional(),
  san: text.optional(),
  issuer: text.optional(),
  eku: z.array(text).max(16, 'has more than 16 usages').optional(),
  trustRoot: resourceName,
});

const spiffe = strict({ id: text, trustRoot: resourceName });

const who = strict(
  {
    signer: resourceName.optional(),
    identity: z.int('expected a whole number').min(0, 'counts from 0').max(99, 'must not be above 99').optional(),
    keyless: keyless.optional(),
    x509: x509.optional(),
    spiffe: spiffe.optional(),
    key: text.optional(),
  },
  { exactlyOne: [['signer', 'keyless', 'key', 'x509', 'spiffe']] },
);

/** A name is short for `{signer: name}`. No union, whose problems would say only that nothing fits. */
const by = z.preprocess((written) => (typeof written === 'string' ? { signer: written } : written), who);

const subject = strict({
  name: text.optional(),
  digest: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
});

const moment = parsed(parseTime);

/** What follows `annotations` is of signatures by Notation alone. */
const signature = strict({
  annotations: z.record(z.string(), z.string()).optional(),
  envelope: word('jws', 'cose').optional(),
  expiry: moment.optional(),
  timestamp: word('none').optional(),
});

const build = strict({
  builder: text.optional(),
  buildType: text.optional(),
  source: text.optional(),
  commit: text.optional(),
  entryPoint: text.optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});

const tagName = parsed((value) => (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(value) ? good(value) : bad('is no name of a tag: letters, digits, ".", "_", "/" and "-"')));

/** Kinds of evidence, of which one piece is exactly one. */
const KINDS = ['signature', 'attestation', 'provenance', 'sbom', 'scan', 'commit', 'tag'] as const;

/** One piece of evidence. */
export const evidence = strict(
  {
    by,
    at: moment.optional(),
    signature: signature.optional(),
    attestation: strict({ predicateType: text, predicate: z.unknown() }).optional(),
    provenance: build.optional(),
    sbom: strict({ packages: z.array(text).max(1000, 'has more than 1000 entries').optional() }).optional(),
    scan: strict({ findings: z.array(word('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')).max(1000, 'has more than 1000 entries').optional() }).optional(),
    commit: strict({ message: text.optional() }).optional(),
    tag: strict({ name: tagName.optional() }).optional(),
    subject: subject.optional(),
    log: word('v1', 'v2', 'none').optional(),
    certificate: word('revoked', 'unknown').optional(),
    broken: word('tampered', 'otherArtifact', 'unsigned').optional(),
  },
  { exactlyOne: [KINDS] },
);

/** One piece of evidence as a test writes it. */
export type WorldEvidence = z.output<typeof evidence>;
