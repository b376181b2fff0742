/** Trust roots of kind spiffe: the authorities of one trust domain. */
import type { SpiffeRoot } from '../../../domain/policy/trust-root.ts';
import { ANCHORED, compileDatingFields } from '../dating.ts';
import type { CompileTools, TrustRootPart } from '../part.ts';
import { readAuthorities } from './authorities.ts';
import { spiffeField } from './schema.ts';
import type { SpiffeRootField } from './schema.ts';

export type { SpiffeRootField } from './schema.ts';

/** The authorities of one trust domain. */
export const spiffePart: TrustRootPart<'spiffe', SpiffeRootField> = {
  schema: spiffeField,
  compile: compileSpiffeRoot,
  ...ANCHORED,
};

function compileSpiffeRoot(name: string, written: SpiffeRootField, tools: CompileTools): SpiffeRoot | undefined {
  const { trustDomain } = written;
  const authorities = readAuthorities(name, written, tools);
  const dating = compileDatingFields(written, 'spiffe', tools);
  if (authorities === undefined || dating === undefined) return undefined;
  const { anchors, unusable } = authorities;
  // The id does not depend on the cause: whatever the reason, nothing is proven under it.
  const usable = unusable === undefined ? { anchors } : { unusable: true };
  const id = tools.trust.hash({ kind: 'spiffe', name, trustDomain, ...usable, ...dating });
  return { kind: 'spiffe', name, id, trustDomain, anchors, ...(unusable === undefined ? {} : { unusable }), ...dating };
}
