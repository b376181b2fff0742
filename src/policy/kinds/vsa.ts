/** Whose summary is taken, for which resource, at which levels, and by which policy it was made. */
import type { z } from 'zod';
import { compileVouched } from '../compile/vouched.ts';
import { compact } from '../compile/compact.ts';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { patternText, uriPattern } from '../match/pattern-text.ts';
import { vouching } from '../schema/common.ts';
import { list, parsed, strict } from '../schema/fields.ts';
import { bad, good } from '../../text/result.ts';
import type { RequirementPart } from './kind.ts';

const digest = parsed((text) =>
  parseDigest(text) === undefined ? bad(`expected a digest such as sha256:…, found ${JSON.stringify(text)}`) : good(text),
);
const levelName = parsed((text) =>
  /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/.test(text)
    ? good(text)
    : bad(`expected a level such as SLSA_BUILD_LEVEL_3, found ${JSON.stringify(text)}`),
);
const field = strict({
  ...vouching,
  verifier: parsed(uriPattern).optional(),
  resource: parsed(patternText).optional(),
  levels: list(levelName, 'level', 32),
  policy: strict({ uri: parsed(uriPattern).optional(), digest: digest.optional() }).optional(),
});

/** `vsa` as written. */
export type VsaField = z.output<typeof field>;

/** `vsa`: a verifier's summary is taken for the checks that it made. */
export const vsaPart: RequirementPart<'vsa', VsaField> = {
  schema: () => field,
  compile: (written, site) => {
    const { verifier, resource, levels, policy } = written;
    return compileVouched(written, site, (base) => ({
      kind: 'vsa',
      ...base,
      levels,
      ...compact({ verifier, resource }),
      ...(policy === undefined ? {} : { policy: compact({ uri: policy.uri, digest: policy.digest }) }),
    }));
  },
  demands: vouchedDemands,
  lint: lintVouched,
};
