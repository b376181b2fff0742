/** In what a requirement on artifacts is milder than the one before it. */
import type {
  DependencyExpectation, ImageExpectation, ReviewExpectation, RunExpectation, SourceExpectation, VsaRequirement,
} from '../../domain/policy/build-requirement.ts';
import type { Condition } from '../../domain/policy/content-check.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { RequiredStep, SignedLayoutRequirement, StepsRequirement } from '../../domain/policy/layout-requirement.ts';
import type {
  AnyOfRequirement, AttestationRequirement, Requirement, RequirementOf, Signer, TextMatcher,
} from '../../domain/policy/requirement.ts';
import { milderCheck } from './content.ts';
import {
  allows, allowsOrEverything, asText, atLeast, below, compareFields, demanded, granted, lasting,
  matched, meaningless, needs, same, sameIfAny, stricter,
} from './field.ts';
import type { Fields, Milder } from './field.ts';

type Kind = Exclude<Requirement['kind'], 'anyOf' | 'attestation' | 'layout'>;
type Named = Pick<Signer, 'name'>;

const nameOf = ({ name }: Named): string => name;
const source = (matcher: TextMatcher): string => matcher.source;
const signers: Milder<readonly Named[]> = allows('nothing', nameOf);
const conditions: Milder<readonly Condition[]> = needs(({ expression }: Condition) => expression);
/** A value by name, of which the one before must still be demanded. */
const valued: Milder<readonly { readonly name: string; readonly value?: TextMatcher }[] | undefined> = (before = [], now = []) =>
  before.flatMap(({ name, value }) => {
    const other = now.find((one) => one.name === name);
    if (other === undefined) return [`has no more ${name}`];
    const freed = value === undefined && other.value !== undefined ? [`${name} may be set`] : [];
    return [...matched(value, other.value).map((text) => `${name} ${text}`), ...freed];
  });

const vouching = { kind: meaningless, name: meaningless, by: signers, threshold: atLeast, maxAge: lasting };

const REVIEW: Fields<ReviewExpectation> = { by: signers, level: same, verifier: matched, ref: matched, maxAge: lasting };
const SOURCE: Fields<SourceExpectation> = {
  uri: matched, ref: matched, digest: sameIfAny, repositoryId: sameIfAny, ownerId: sameIfAny, reviewed: below(REVIEW),
};
const IMAGES: Fields<ImageExpectation> = { unmatched: stricter('allow', 'deny'), except: allows('nothing', source) };
const DEPENDENCIES: Fields<DependencyExpectation> = {
  pinned: demanded, allowed: allows('everything', source), except: allows('nothing', source), images: below(IMAGES),
};
/** Without names it is this gate itself, whom nobody but itself is less than. */
const RUN: Fields<RunExpectation> = {
  admittedBy: (before, now) => (before === undefined ? same(before, now) : allows('nothing', nameOf)(before, now ?? [GATE])),
};
const GATE: Named = { name: 'this gate itself' };
const SUMMARY_POLICY: Fields<NonNullable<VsaRequirement['policy']>> = { uri: matched, digest: sameIfAny };
const VEX: Fields<NonNullable<ExaminedRequirement['vex']>> = { by: signers, maxAge: lasting };

const FIELDS: { readonly [K in Kind]: Fields<RequirementOf<K>> } = {
  signature: { ...vouching, bindRepository: demanded, annotations: valued },
  provenance: {
    ...vouching, profile: sameIfAny, builder: matched, buildType: matched, source: below(SOURCE), entryPoint: matched, parameters: valued,
    otherParameters: stricter('allow', 'deny'), dependencies: below(DEPENDENCIES), invocation: matched, run: below(RUN), hermetic: demanded,
    isolated: demanded, complete: needs(), level: atLeast,
  },
  vsa: {
    ...vouching, verifier: matched, levels: needs(), policy: below(SUMMARY_POLICY),
    // Without one it is this artifact by name.
    resource: (before, now) => (before === undefined ? same(before, now) : matched(before, now)),
  },
  reproducible: { ...vouching, types: (before, now) => allows('nothing')(before ?? ['SLSA provenance'], now ?? ['SLSA provenance']) },
  registry: {
    kind: meaningless, name: meaningless, by: allowsOrEverything(nameOf), threshold: atLeast,
    checksum: (before, now) => granted(before === 'accepted', now === 'accepted'), noDowngrade: demanded,
    yanked: (before, now) => granted(before === 'allow', now === 'allow'),
  },
  source: {
    kind: meaningless, name: meaningless, by: signers,
    // Without approvers nobody has to approve; one more of them is milder.
    approvedBy: (before, now) => (before === undefined ? [] : now === undefined ? ['is not there any more'] : signers(before, now)),
    since: (before, now) =>
      (before === undefined ? [] : now === undefined ? ['is not there any more'] : allows<string>('nothing')(before, now)),
  },
  encryption: {
    kind: meaningless, name: meaningless, recipients: allows('nothing'), plainLayers: allows('nothing'), allowUnidentified: granted,
  },
  examined: {
    ...vouching, written: meaningless, wanted: meaningless, id: meaningless, types: allows('nothing'), where: conditions,
    // Each of them speaks for itself: see milderCheck.
    others: meaningless, check: meaningless,
    // None before: whoever is heard now takes something out.
    vex: (before, now) => (before === undefined ? signers([], now?.by ?? []) : below(VEX)(before, now ?? before)),
    scanMaxAge: lasting, newest: demanded, authors: same, authoredBy: same,
  },
};

const SIGNED: Fields<SignedLayoutRequirement> = {
  kind: meaningless, form: meaningless, name: meaningless, layoutId: same,
  owners: (before, now) => same(before.map(nameOf), now.map(nameOf)),
  // Told of signers and lists.
  revocations: meaningless, parameters: same, dataOnlyInspections: allows('nothing'), product: sameIfAny,
};
const STEPS: Fields<StepsRequirement> = {
  kind: meaningless, form: meaningless, name: meaningless, chained: demanded, sameRun: demanded,
  steps: (before, now) => stepsLost(before, now),
};
const STEP: Fields<RequiredStep> = {
  name: meaningless, expectedMaterials: same, expectedProducts: same, type: same, by: signers, threshold: atLeast, maxAge: lasting,
  where: conditions, id: meaningless,
};

function stepsLost(before: StepsRequirement['steps'], now: StepsRequirement['steps']): readonly string[] {
  return before.flatMap((step) => {
    const other = now.find(({ name }) => name === step.name);
    return other === undefined ? [`has no more ${step.name}`] : compareFields(STEP, step, other).map((text) => `: ${step.name}: ${text}`);
  });
}

/**
 * What the requirement of before demands and that of now does not, one text for each field that is milder. What cannot be told for
 * certain to be as strict is milder. Signers are told apart by name: what they are is compared by itself.
 */
export function milderRequirement(before: Requirement, now: Requirement): readonly string[] {
  if (before.kind === 'anyOf' || now.kind === 'anyOf') return milderAlternatives(before, now);
  if (before.kind === 'layout' || now.kind === 'layout') return milderLayout(before, now);
  if (asContent(before) !== undefined && asContent(now) !== undefined) return milderContent(before, now);
  return before.kind === now.kind && before.kind !== 'attestation' ? compared(before.kind, before, now) : [anotherKind(before, now)];
}

function compared<K extends Kind>(kind: K, before: Requirement, now: Requirement): readonly string[] {
  return compareFields<RequirementOf<K>>(FIELDS[kind], before as RequirementOf<K>, now as RequirementOf<K>);
}

/** Each alternative of now must demand as much as some alternative of before; else it is a way in that there was not. */
function milderAlternatives(before: Requirement, now: Requirement): readonly string[] {
  const of = (one: Requirement): AnyOfRequirement['of'] => (one.kind === 'anyOf' ? one.of : [one]);
  return of(now)
    .filter((way) => !of(before).some((other) => milderRequirement(other, way).length === 0))
    .map(({ name }) => `is fulfilled by ${JSON.stringify(name)}, which is milder than what was demanded`);
}

function milderLayout(before: Requirement, now: Requirement): readonly string[] {
  if (before.kind !== 'layout' || now.kind !== 'layout') return [anotherKind(before, now)];
  if (before.form === 'signed' && now.form === 'signed') return compareFields(SIGNED, before, now);
  return before.form === 'steps' && now.form === 'steps' ? compareFields(STEPS, before, now) : ['is another form of layout'];
}

function milderContent(before: Requirement, now: Requirement): readonly string[] {
  const [was, is] = [asContent(before), asContent(now)];
  return was === undefined || is === undefined ? [] : [...milderCheck(was.check, is.check), ...compareFields(FIELDS.examined, was, is)];
}

/** An attestation whose content nobody examines is one whose content may be anything. */
function asContent(one: Requirement): ExaminedRequirement | undefined {
  if (one.kind === 'examined') return one;
  if (one.kind !== 'attestation') return undefined;
  const { statedAt: _, type, types = [type], ...rest } = one satisfies AttestationRequirement;
  return { ...rest, kind: 'examined', written: 'attestation', types: new Set(types), wanted: type, id: '', where: [], others: [] };
}

function anotherKind(before: Requirement, now: Requirement): string {
  return `is ${asText(now.kind)}, was ${asText(before.kind)}`;
}
