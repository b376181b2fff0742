/** AdmissionExceptions of a set: each names a policy that is there, so that a renamed policy is never excepted by accident. */
import type { AdmissionException, ExceptedDemand, PendingException } from '../../domain/decision/exception.ts';
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { Entry } from '../read/catalogue.ts';
import { compareText } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { didYouMean } from '../read/suggest.ts';
import { lintException } from '../lint/exception.ts';
import type { ExceptionDocument } from '../schema/exception.ts';

/** What exceptions are compiled with. */
export interface ExceptionContext {
  /** Policies that compiled. */
  readonly policies: readonly Pick<CompiledPolicy, 'namespace' | 'name' | 'requirements' | 'mode' | 'patterns'>[];
  /** Names of all of them as exceptions write them, broken ones too, about which nothing more is said. */
  readonly declared: ReadonlySet<string>;
  /** Names of policies about pipelines, from which nothing is excepted. */
  readonly pipelines: ReadonlySet<string>;
}

/** Exceptions in the order of their names: those that act, and those that wait for somebody else to approve them. */
export interface CompiledExceptions {
  readonly exceptions: readonly AdmissionException[];
  readonly pending: readonly PendingException[];
}

/** All exceptions; what they name and is not there is reported. */
export function compileExceptions(entries: readonly Entry<ExceptionDocument>[], context: ExceptionContext): CompiledExceptions {
  const compiled = compileAll(entries, context);
  const waiting = new Set(entries.filter(isPending).map(({ name }) => name));
  return {
    exceptions: compiled.filter(({ name }) => !waiting.has(name)),
    pending: entries
      .filter(({ name }) => waiting.has(name))
      .toSorted((a, b) => compareText(a.name, b.name))
      .map(({ name, value: { spec } }) => ({
        name, reason: spec.reason, requestedBy: spec.requestedBy ?? '', policies: spec.policies.map((one) => one.name),
      })),
  };
}

const WAITS = 'acts on nothing until somebody else sets approvedBy to their own name: it is requested by';

/** In a file whoever wrote it says who approved it; of a resource the API server knows two persons, or it acts on nothing. */
function isPending({ name, value: { spec }, report }: Entry<ExceptionDocument>): boolean {
  if (spec.approvedBy === undefined) return true;
  return report.file === `AdmissionException ${name}` && spec.requestedBy === undefined;
}

function compileAll(entries: readonly Entry<ExceptionDocument>[], context: ExceptionContext): readonly AdmissionException[] {
  const named = new Map(context.policies.map((policy) => [nameOf(policy), policy]));
  return entries
    .map((entry): AdmissionException => {
      const { name, value: { spec }, report } = entry;
      for (const [index, demand] of spec.policies.entries()) checkDemand(demand, index, { named, report, ...context });
      const exception: AdmissionException = {
        name, reason: spec.reason, approvedBy: spec.approvedBy ?? '', notBefore: spec.notBefore, expiresAt: spec.expiresAt,
        artifacts: spec.artifacts ?? [], digests: spec.digests ?? [], namespaces: spec.namespaces,
        demands: spec.policies.map(({ name: policy, requirement }): ExceptedDemand => ({
          policy, ...(requirement === undefined ? {} : { requirement }),
        })),
        ...(spec.usedAs === undefined ? {} : { usedAs: new Set(spec.usedAs) }),
      };
      const excepted = spec.policies.map((demand) => named.get(demand.name));
      if (isPending(entry))
        report.advise('exception-waits', ['spec', 'approvedBy'], `${WAITS} ${JSON.stringify(spec.requestedBy ?? 'nobody')}`);
      lintException({ exception, named: excepted, patterns: spec.artifacts ?? [], report });
      return exception;
    })
    .toSorted((a, b) => compareText(a.name, b.name));
}

interface DemandContext extends Pick<ExceptionContext, 'declared' | 'pipelines'> {
  readonly named: ReadonlyMap<string, ExceptionContext['policies'][number]>;
  readonly report: Reporter;
}

function checkDemand(
  demand: ExceptionDocument['spec']['policies'][number], index: number, { named, declared, pipelines, report }: DemandContext,
): void {
  const { name, requirement } = demand;
  const path = ['spec', 'policies', index];
  const policy = named.get(name);
  if (policy === undefined) {
    if (pipelines.has(name) && !declared.has(name))
      report.error([...path, 'name'], `${name} is a PipelinePolicy: exceptions are from policies about artifacts alone`);
    else if (!declared.has(name))
      report.unresolved([...path, 'name'], `no policy is named ${JSON.stringify(name)}; ${known([...declared])}${didYouMean(name, [...declared])}`);
    return;
  }
  const names = policy.requirements.map((one) => one.name);
  if (requirement !== undefined && !names.includes(requirement))
    report.error([...path, 'requirement'], `policy ${name} has no requirement ${JSON.stringify(requirement)}; ${known(names)}${didYouMean(requirement, names)}`);
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `known are ${names.toSorted(compareText).join(', ')}`;
}

function nameOf({ namespace, name }: ExceptionContext['policies'][number]): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
