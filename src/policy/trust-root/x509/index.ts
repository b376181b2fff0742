/** Trust roots of kind x509: authorities of one's own, and what dates signatures under them. */
import { z } from 'zod';
import type { X509Root } from '../../../domain/policy/trust-root.ts';
import { strict } from '../../schema/fields.ts';
import { ANCHORED, compileDatingFields, datingFields } from '../dating.ts';
import type { CompileTools, TrustRootPart } from '../part.ts';
import { compileRevocationField, revocationField } from '../revocation.ts';

const x509Field = strict({
  certificates: z.string().max(1_048_576, 'is longer than 1048576 characters'),
  ...datingFields,
  revocation: revocationField,
});

/** A root of kind x509 as a document writes it. */
export type X509RootField = z.output<typeof x509Field>;

/** Authorities of one's own. */
export const x509Part: TrustRootPart<'x509', X509RootField> = {
  schema: x509Field,
  compile: compileX509Root,
  ...ANCHORED,
};

function compileX509Root(name: string, written: X509RootField, tools: CompileTools): X509Root | undefined {
  const { anchors, problems } = tools.trust.anchors(written.certificates);
  for (const problem of problems) tools.report.error(['spec', 'x509', 'certificates'], problem);
  const dating = compileDatingFields(written, 'x509', tools);
  if (problems.length > 0 || dating === undefined) return undefined;
  const content = { anchors, ...dating, ...compileRevocationField(written.revocation) };
  return { kind: 'x509', name, id: tools.trust.hash({ kind: 'x509', name, ...content }), ...content };
}
