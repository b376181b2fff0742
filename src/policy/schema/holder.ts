/** How holders of certificates of one's own authorities are written: X.509 names, and workloads by their SPIFFE IDs. */
import type { z } from 'zod';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { parseDuration } from '../../text/duration.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { USAGE_NAMES } from '../../text/names/usages.ts';
import { isTrustDomain, parseSpiffeId } from '../../text/names/spiffe-id.ts';
import { exactName, globName, includedName } from '../match/name-matcher.ts';
import { exactText, globText } from '../match/text-matcher.ts';
import { resourceName } from './common.ts';
import { list, parsed, strict } from './fields.ts';

/** Extended key usages by their names; `any`: whatever the certificate is for. */
const USAGES = new Map([...USAGE_NAMES, ['any', '']]);
const OID = /^[0-2](\.(0|[1-9][0-9]{0,15})){1,20}$/;

const usage = parsed((text): Result<string> => {
  const known = USAGES.get(text);
  if (known !== undefined) return good(known);
  return OID.test(text) ? good(text) : bad(`expected ${[...USAGES.keys()].join(', ')} or a dotted identifier, found ${JSON.stringify(text)}`);
});

/** What stands under `x509` of an identity. */
export const x509 = strict(
  {
    subject: parsed(exactName).optional(),
    subjectGlob: parsed(globName).optional(),
    subjectIncludes: parsed(includedName).optional(),
    san: parsed(exactText).optional(),
    sanGlob: parsed(globText).optional(),
    issuer: parsed(exactName).optional(),
    eku: list(usage, 'extended key usage', 16).optional(),
    trustRoot: resourceName,
    maxCertificateLifetime: parsed(parseDuration).optional(),
  },
  { exactlyOne: [['subject', 'subjectGlob', 'subjectIncludes', 'san', 'sanGlob']] },
);

/** What stands under `spiffe` of an identity. */
export const spiffe = strict(
  {
    id: parsed(exactId).optional(),
    idGlob: parsed(globId).optional(),
    trustRoot: resourceName,
    maxCertificateLifetime: parsed(parseDuration).optional(),
  },
  { exactlyOne: [['id', 'idGlob']] },
);

/** A SPIFFE ID matcher, and the trust domain in which alone it can match. */
export interface WrittenId {
  readonly trustDomain: string;
  readonly matcher: TextMatcher;
}

function exactId(text: string): Result<WrittenId> {
  const id = parseSpiffeId(text);
  if (id === undefined || id.path === '') return bad(`expected spiffe://TRUST-DOMAIN/PATH, found ${JSON.stringify(text)}`);
  const matcher = exactText(text);
  return matcher.ok ? good({ trustDomain: id.trustDomain, matcher: matcher.value }) : matcher;
}

/** The trust domain is written out, and `*` stands in the path alone: a pattern never crosses domains. */
function globId(text: string): Result<WrittenId> {
  const [, trustDomain = ''] = /^spiffe:\/\/([^/]*)\/[A-Za-z0-9._*/-]+$/.exec(text) ?? [];
  const matcher = globText(text);
  if (!isTrustDomain(trustDomain))
    return bad(`expected spiffe://TRUST-DOMAIN/PATH with the trust domain written out and * in the path alone, found ${JSON.stringify(text)}`);
  return matcher.ok ? good({ trustDomain, matcher: matcher.value }) : matcher;
}

/** A holder by X.509 names as a document writes it. */
export type X509Field = z.output<typeof x509>;
/** A workload as a document writes it. */
export type SpiffeField = z.output<typeof spiffe>;
