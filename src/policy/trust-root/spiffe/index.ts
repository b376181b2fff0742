/** Trust roots of kind spiffe: the authorities of one trust domain. */
import { z } from 'zod';
import type { SpiffeRoot } from '../../../domain/policy/trust-root.ts';
import { bad, good } from '../../../text/result.ts';
import { isTrustDomain } from '../../../text/names/spiffe-id.ts';
import { parsed, strict } from '../../schema/fields.ts';
import { compileDatingFields, datingFields } from '../dating.ts';
import type { CompileTools, TrustRootPart } from '../part.ts';
import { listed } from '../sigstore/numbers.ts';

const spiffeField = strict({
  trustDomain: parsed((text) => (isTrustDomain(text) ? good(text) : bad(`expected a trust domain such as prod.acme.example, found ${JSON.stringify(text)}`))),
  certificates: z.string().max(1_048_576, 'is longer than 1048576 characters'),
  ...datingFields,
});

/** A trust domain as a document writes it. */
export type SpiffeRootField = z.output<typeof spiffeField>;

/** The authorities of one trust domain. */
export const spiffePart: TrustRootPart<'spiffe', SpiffeRootField> = {
  schema: spiffeField,
  compile: compileSpiffeRoot,
  windows: ({ name, anchors }, trust) => ({ name, require: NOTHING, windows: trust.anchorWindows(anchors) }),
  listsLogs: ({ dating }) => dating !== undefined && listed(dating).transparencyLog > 0,
};

const NOTHING = { transparencyLog: 0, sct: 0, timestamps: 0 };

function compileSpiffeRoot(name: string, written: SpiffeRootField, tools: CompileTools): SpiffeRoot | undefined {
  const { trustDomain } = written;
  const { anchors, problems } = tools.trust.anchors(written.certificates);
  for (const problem of problems) tools.report.error(['spec', 'spiffe', 'certificates'], problem);
  const dating = compileDatingFields(written, 'spiffe', tools);
  if (problems.length > 0 || dating === undefined) return undefined;
  const id = tools.trust.hash({ kind: 'spiffe', name, trustDomain, anchors, ...dating });
  return { kind: 'spiffe', name, id, trustDomain, anchors, ...dating };
}
