/** The jail of user code, and what publishing must leave behind. */
import { z } from 'zod';
import { readV6 } from '../../domain/ip-address.ts';
import type { JailRequirement, PublishRequirement, TaskClasses } from '../../domain/policy/request-policy.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { compact } from '../compile/compact.ts';
import { compileVouchers } from '../compile/vouched.ts';
import type { Site } from '../kinds/kind.ts';
import { uriPattern } from '../match/pattern-text.ts';
import { vouching } from '../schema/common.ts';
import { list, parsed, strict, word } from '../schema/fields.ts';
import type { SignedBy } from './definitions.ts';

const QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** An address with the length of its prefix; one that is the whole internet is no address of an API server. */
function readCidr(text: string): Result<string> {
  const [, address = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = QUAD.test(address) ? 32 : readV6(address) === undefined ? undefined : 128;
  const length = Number(digits);
  if (bits === undefined || digits === '' || length > bits)
    return bad(`expected the address of the API server with the length of its prefix, such as 10.0.0.1/32, found ${JSON.stringify(text)}`);
  return length === 0
    ? bad(`${JSON.stringify(text)} is every address there is, which would be no jail; name the API server alone`)
    : good(text);
}

const demanded = word('required', 'off').optional();

/** `jail` as written: what is left out is required. */
export const jailField = strict({
  networkPolicy: demanded,
  hermetic: demanded,
  otherPolicies: word('judge', 'accept').optional(),
  apiServer: list(parsed(readCidr), 'address', 16).optional(),
});

/** User code runs only where it can reach nobody. */
export function compileJail(written: z.output<typeof jailField>, signedBy: SignedBy, classes: TaskClasses): JailRequirement {
  const { networkPolicy = 'required', hermetic = 'required', otherPolicies = 'judge', apiServer = [] } = written;
  return {
    kind: 'jail', name: 'jail', networkPolicy, hermetic, otherPolicies, apiServer, classes,
    ...(signedBy === undefined ? {} : { signedBy }),
  };
}

const summary = strict({
  ...vouching,
  builder: parsed(uriPattern).optional(),
  level: z.union([z.literal(1), z.literal(2)], { error: 'expected a SLSA build level that Tekton Chains can reach: 1 or 2' }).optional(),
});

/** `publish` as written: what is left out is required, but for summaries, which nobody gets unless it says whose provenance counts. */
export const publishField = strict({ results: demanded, provenance: demanded, summary: summary.optional() });

/** What publishes must leave evidence, and whose provenance a summary of it rests on; `undefined` when something was reported. */
export function compilePublish(
  written: z.output<typeof publishField>, signedBy: SignedBy, classes: TaskClasses, site: Pick<Site, 'tools' | 'collected'>,
): PublishRequirement | undefined {
  const { results = 'required', provenance = 'required', summary: summarised } = written;
  const vouchers = summarised === undefined ? undefined : compileVouchers(summarised, ['spec', 'publish', 'summary'], site);
  if (summarised !== undefined && vouchers === undefined) return undefined;
  return {
    kind: 'publish', name: 'publish', results, provenance, classes, ...(signedBy === undefined ? {} : { signedBy }),
    ...(vouchers === undefined ? {} : { summary: { ...vouchers, ...compact({ builder: summarised?.builder, level: summarised?.level }) } }),
  };
}
