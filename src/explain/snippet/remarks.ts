/** What a comment says of a piece of evidence: what was found, and fields by which more of it could be asked. */
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { InspectedBuild } from '../../domain/decision/inspection.ts';
import { describeType, familyOf } from '../../domain/policy/predicate-types.ts';
import { isRegistryWord } from '../../domain/policy/registry-requirement.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { momentText, roundAge } from './age.ts';
import { isPlain, quote } from './quote.ts';

/** Texts of others in it are not escaped yet. */
export interface Remark {
  readonly found: string;
  /** Fields as they are written, each with what it asks. */
  readonly more: readonly string[];
}

/** Names that are listed at most; more are counted. */
const MOST_NAMES = 3;

/** About one proof; `now` in epoch milliseconds. */
export function remarkOf(proof: VerifiedEvidence, build: InspectedBuild | undefined, now: number): Remark {
  const { statement } = proof;
  if (isRegistryWord(proof)) return { found: 'the registry of the ecosystem has signed which bytes this version has', more: [] };
  if (proof.kind === 'signature' || statement === undefined) return signature(proof, now);
  const { found, more } = saidBy(statement.predicateType, statement.predicate, build, now);
  return { found: `${describeType(statement.predicateType)}${found === '' ? '' : `: ${found}`}`, more };
}

function signature({ times, dockerReference, signedAnnotations = {}, gitObject, form = 'a tag' }: VerifiedEvidence, now: number): Remark {
  const [first] = times.map(({ at }) => at).toSorted((a, b) => a - b);
  const where = gitObject === undefined ? '' : gitObject === 'tag' ? ` in ${form}` : ' in the commit itself';
  const [annotation] = Object.entries(signedAnnotations).filter(([name, value]) => isPlain(name) && isPlain(value));
  return {
    found: `a signature${where}, ${first === undefined ? 'at a time that is not proven' : `proven to be made by ${momentText(first, now)}`}`,
    more: [
      ...(dockerReference === undefined ? [] : ['bindRepository: true (signed for this repository, and for no copy elsewhere)']),
      ...(annotation === undefined ? [] : [`annotations: {${quote(annotation[0])}: ${quote(annotation[1])}} (signed with it)`]),
    ],
  };
}

function saidBy(type: string, predicate: unknown, build: InspectedBuild | undefined, now: number): Remark {
  switch (familyOf(type)) {
    case 'slsa-provenance':
      return provenance(predicate, build);
    case 'spdx':
    case 'cyclonedx':
      return { found: contents(predicate), more: ['deny: {packages: ["NAME@VERSION"], licenses: ["AGPL-*"]} (what must not be inside)'] };
    case 'cosign-vuln':
    case 'vulns':
      return scan(predicate, now);
    case 'test-result':
      return tests(predicate);
    case 'human-review':
      return review(predicate);
    case 'vsa':
      return summary(predicate, now);
    case 'runtime-trace':
      return {
        found: `seen by ${ownText(own(predicate, 'monitor'), 'type') ?? 'a monitor without a type'}`,
        more: ['processes: ["/usr/bin/*"] (programs that may run)'],
      };
    default:
      return { found: '', more: ['where: [{cel: …, message: …}] (its content is not looked at)'] };
  }
}

function provenance(predicate: unknown, build: InspectedBuild | undefined): Remark {
  const type = ownText(own(predicate, 'buildDefinition'), 'buildType') ?? ownText(predicate, 'buildType') ?? '';
  const more = isPlain(type) ? [`buildType: ${quote(type)} (built in the same way)`] : [];
  if (build === undefined) return { found: 'it cannot be read as provenance', more: [] };
  if (build.builder === '') return { found: `built by nobody: ${build.because}`, more: [] };
  const from = build.sources.map(({ uri, repository, ref }) => `${repository ?? uri}${ref === undefined ? '' : ` at ${ref}`}`);
  return { found: `built by ${build.builder}${from.length === 0 ? '' : ` from ${listed(from)}`}, level ${build.level}: ${build.because}`, more };
}

function contents(predicate: unknown): string {
  const packages = ownList(predicate, 'packages') ?? ownList(predicate, 'components');
  return packages === undefined ? '' : counted(packages.length, 'package');
}

/** How old a scan may become only its readers know; the age that it has now is where they begin. */
function scan(predicate: unknown, now: number): Remark {
  const ended = endOfScan(predicate);
  if (ended === undefined) return { found: 'a scan that does not say when it ended, so no maxAge can be asked', more: [] };
  return {
    found: `the scan ended at ${momentText(ended, now)}`,
    more: [`maxAge: ${roundAge(now - ended)} (a scan is then due at least that often; with newest: true the newest one decides)`],
  };
}

/** The moment at which a scan says that it ended, epoch milliseconds. */
export function endOfScan(predicate: unknown): number | undefined {
  const at = Date.parse(ownText(own(predicate, 'metadata'), 'scanFinishedOn') ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function tests(predicate: unknown): Remark {
  const names = textsIn(predicate, 'passedTests');
  const plain = names.filter(isPlain).slice(0, MOST_NAMES);
  return {
    found: `${ownText(predicate, 'result') ?? 'no result'}, ${counted(names.length, 'test')} passed`,
    more: plain.length === 0 ? [] : [`tests: [${plain.map(quote).join(', ')}] (must be among those that passed)`],
  };
}

function review(predicate: unknown): Remark {
  const reviewers = (ownList(predicate, 'reviewers') ?? []).map((one) => ownText(one, 'name') ?? ownText(one, 'uri') ?? '');
  const plain = reviewers.filter(isPlain).slice(0, MOST_NAMES);
  if (reviewers.length === 0) {
    const found = ownText(predicate, 'result') ?? 'no result';
    return { found, more: ['codeReview with authors: [SIGNER] in the place of it (nobody approves his own)'] };
  }
  const more = plain.length === 0 ? [] : [`reviewers: [${plain.map(quote).join(', ')}] (approvals of others do not count)`];
  return { found: `approved by ${listed(reviewers)}`, more };
}

function summary(predicate: unknown, now: number): Remark {
  const policy = ownText(own(predicate, 'policy'), 'uri') ?? '';
  const result = ownText(predicate, 'verificationResult') ?? ownText(predicate, 'verification_result') ?? 'no result';
  const at = Date.parse(ownText(predicate, 'timeVerified') ?? ownText(predicate, 'time_verified') ?? '');
  return {
    found: `${result}${Number.isNaN(at) ? '' : `, verified at ${momentText(at, now)}`}`,
    more: [
      ...(isPlain(policy) ? [`policy: {uri: ${quote(policy)}} (by the policy that was applied)`] : []),
      ...(Number.isNaN(at) ? [] : [`maxAge: ${roundAge(now - at)} (verified anew at least that often)`]),
    ],
  };
}

function textsIn(value: unknown, name: string): readonly string[] {
  return (ownList(value, name) ?? []).filter((one) => typeof one === 'string');
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
