import type { Condition, ContentCheck } from '../../domain/policy/content-check.ts';
import type { EncryptionRequirement, ExaminedRequirement, Recipient } from '../../domain/policy/examined-requirement.ts';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { Requirement, Signer } from '../../domain/policy/requirement.ts';
import { lintExpression } from '../../examine/cel/lint.ts';
import type { VouchedBase } from './build.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import type { EncryptionField, ExaminedFields, WhereField } from '../schema/examined.ts';
import { didYouMean } from '../read/suggest.ts';

/** Reviews that the code host signs for all; those that persons sign need a policy that knows who wrote what. */
const HOST_REVIEWS = PREDICATE_FAMILIES['human-review'].filter((type) => type.includes('/vcs/'));

/** What requirements with examined content are compiled with. */
export interface ExaminedContext {
  readonly report: Reporter;
  /** Where the requirement stands: `spec.require[0].sbom`. */
  readonly path: Path;
  /** Requirements of this policy that stand above, by name. */
  readonly earlier: ReadonlyMap<string, Requirement>;
  readonly hash: (value: unknown) => string;
  /** Signers by their names; reports those that do not exist. */
  signers(names: readonly string[], path: Path): readonly Signer[] | undefined;
}

/** What a type of requirement asks for, before its conditions are added. */
interface Content {
  readonly written: string;
  readonly wanted: string;
  readonly types: readonly string[];
  readonly check?: ContentCheck;
  readonly more?: Partial<Pick<ExaminedRequirement, 'vex' | 'scanMaxAge' | 'authors'>>;
}

/** What every field of {@link ExaminedFields} has; `by` is here so that nothing else (a name, say) passes for one. */
interface Conditioned {
  readonly by: readonly string[];
  readonly where?: WhereField | undefined;
}

/** Compiles `sbom`, `vulnerability`, `testResult`, `codeReview` and `runtimeTrace`; gives `undefined` for what was reported. */
export function compileExamined(base: VouchedBase, field: ExaminedFields, context: ExaminedContext): ExaminedRequirement | undefined {
  const { maxAge: _, ...undated } = base;
  if (field.sbom !== undefined) return compileField(base, field.sbom, sbomContent, context);
  if (field.vulnerability !== undefined) return compileField(undated, field.vulnerability, vulnerabilityContent, context);
  if (field.testResult !== undefined) return compileField(base, field.testResult, testContent, context);
  if (field.codeReview !== undefined) return compileField(base, field.codeReview, reviewContent, context);
  return field.runtimeTrace === undefined ? undefined : compileField(base, field.runtimeTrace, traceContent, context);
}

/** Content and conditions come out of one and the same value, so that no type can lose its `where`. */
function compileField<F extends Conditioned>(
  base: VouchedBase, field: F, read: (field: F, context: ExaminedContext) => Content | undefined, context: ExaminedContext,
): ExaminedRequirement | undefined {
  return finish(base, read(field, context), field.where, context);
}

/** Compiles an `attestation` with `where`. */
export function compileConditional(
  base: VouchedBase,
  types: { readonly type: string; readonly types?: readonly string[] },
  where: WhereField,
  context: ExaminedContext,
): ExaminedRequirement | undefined {
  return finish(base, { written: 'attestation', wanted: types.type, types: types.types ?? [types.type] }, where, context);
}

function finish(
  base: VouchedBase,
  content: Content | undefined,
  where: WhereField | undefined,
  context: ExaminedContext,
): ExaminedRequirement | undefined {
  const conditions = compileConditions(where ?? [], context);
  if (content === undefined || conditions === undefined) return undefined;
  const { written, wanted, types, check, more } = content;
  const looked = new Set(conditions.flatMap(({ uses }) => uses.attestations));
  return {
    kind: 'examined',
    ...base,
    written,
    wanted,
    types: new Set(types),
    id: context.hash({ check: check ?? null, where: conditions.map(({ expression }) => expression) }),
    ...(check === undefined ? {} : { check }),
    where: conditions,
    others: [...looked].map((name) => context.earlier.get(name)).filter((other) => other !== undefined),
    ...more,
  };
}

/** Lints every expression; problems are reported at the character in the file, and `undefined` is given then. */
export function compileConditions(
  where: WhereField,
  context: Pick<ExaminedContext, 'report' | 'path' | 'earlier'>,
): readonly Condition[] | undefined {
  const compiled = where.map(({ cel, message }, index): Condition | undefined => {
    const path = [...context.path, 'where', index, 'cel'];
    const linted = lintExpression(cel);
    if (!linted.ok) {
      for (const { offset, message: problem } of linted.problems) context.report.errorIn(path, offset, problem);
      return undefined;
    }
    const unknown = linted.uses.attestations.filter((name) => !context.earlier.has(name));
    for (const name of unknown)
      context.report.errorIn(
        path,
        Math.max(0, cel.indexOf(name)),
        `no requirement above this one is named ${JSON.stringify(name)}${didYouMean(name, [...context.earlier.keys()])}`,
      );
    if (unknown.length > 0) return undefined;
    return {
      expression: cel,
      ...(message === undefined ? {} : { message }),
      uses: linted.uses,
      at: (offset) => context.report.placeIn(path, offset),
    };
  });
  const complete = compiled.filter((condition) => condition !== undefined);
  return complete.length < compiled.length ? undefined : complete;
}

function sbomContent({ formats = ['spdx', 'cyclonedx'], complete, deny }: NonNullable<ExaminedFields['sbom']>): Content {
  return {
    written: 'sbom', wanted: `an SBOM (${formats.join(' or ')})`, types: formats.flatMap((format) => PREDICATE_FAMILIES[format]),
    check: { kind: 'sbom', complete: complete ?? false, denyPackages: deny?.packages ?? [], denyLicenses: deny?.licenses ?? [] },
  };
}

function vulnerabilityContent(
  { deny, ignore, fixableOnly, vex, maxAge }: NonNullable<ExaminedFields['vulnerability']>,
  context: ExaminedContext,
): Content | undefined {
  const clearing = vex === undefined ? undefined : context.signers(vex.by, [...context.path, 'vex']);
  if (vex !== undefined && clearing === undefined) return undefined;
  return {
    written: 'vulnerability',
    wanted: 'a vulnerability scan (cosign-vuln or vulns)',
    types: [...PREDICATE_FAMILIES['cosign-vuln'], ...PREDICATE_FAMILIES.vulns],
    check: { kind: 'vulnerability', deny, ignore: ignore ?? [], fixableOnly: fixableOnly ?? false },
    more: {
      ...(clearing === undefined ? {} : { vex: { by: clearing, ...(vex?.maxAge === undefined ? {} : { maxAge: vex.maxAge }) } }),
      ...(maxAge === undefined ? {} : { scanMaxAge: maxAge }),
    },
  };
}

function testContent({ accept, tests }: NonNullable<ExaminedFields['testResult']>): Content {
  return {
    written: 'testResult',
    wanted: 'test-result',
    types: PREDICATE_FAMILIES['test-result'],
    check: { kind: 'testResult', accept: accept ?? ['PASSED'], tests: tests ?? [] },
  };
}

/** Without `authors` only the code host can say that author and approver differ. */
function reviewContent(
  { approvals, reviewers, authors }: NonNullable<ExaminedFields['codeReview']>,
  context: ExaminedContext,
): Content | undefined {
  const writing = authors === undefined ? undefined : context.signers(authors, [...context.path, 'authors']);
  if (authors !== undefined && writing === undefined) return undefined;
  return {
    written: 'codeReview',
    wanted: 'a review (human-review)',
    types: writing === undefined ? HOST_REVIEWS : PREDICATE_FAMILIES['human-review'],
    check: { kind: 'codeReview', approvals: approvals ?? 1, reviewers: reviewers ?? [] },
    ...(writing === undefined ? {} : { more: { authors: writing } }),
  };
}

function traceContent({ monitors, network, processes, singleUse }: NonNullable<ExaminedFields['runtimeTrace']>): Content {
  return {
    written: 'runtimeTrace',
    wanted: 'runtime-trace',
    types: PREDICATE_FAMILIES['runtime-trace'],
    check: {
      kind: 'runtimeTrace',
      monitors: monitors ?? [],
      ...(network === undefined ? {} : { network }),
      ...(processes === undefined ? {} : { processes }),
      singleUse: singleUse ?? false,
    },
  };
}

/** Compiles `encryption`. */
export function compileEncryption(name: string, { recipients, plainLayers, allowUnidentified }: EncryptionField): EncryptionRequirement {
  return {
    kind: 'encryption',
    name,
    recipients: recipients.map(toRecipient),
    plainLayers: new Set(plainLayers ?? []),
    allowUnidentified: allowUnidentified ?? false,
  };
}

function toRecipient(entry: EncryptionField['recipients'][number]): Recipient {
  if ('pkcs7' in entry && entry.pkcs7 !== undefined)
    return { scheme: 'pkcs7', issuer: entry.pkcs7.issuer, serial: entry.pkcs7.serial.replace(/^0+(?=.)/, '') };
  if ('pgp' in entry && entry.pgp !== undefined) return { scheme: 'pgp', keyId: entry.pgp };
  if ('provider' in entry && entry.provider !== undefined)
    return { scheme: 'provider', provider: entry.provider.name, field: entry.provider.field, value: entry.provider.value };
  return { scheme: 'jwe', kid: entry.jwe ?? '' };
}
