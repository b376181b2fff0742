/** Advice about a policy on pipelines: what compiles, but leaves a gate open, or closes one for good. */
import { TASK_CLASSES } from '../../domain/policy/request-policy.ts';
import { callersIn } from '../schema/callers.ts';
import { lintVouchers } from '../lint/vouched.ts';
import type { Reporter } from '../read/reporter.ts';
import type { DraftRequestPolicy } from './compile.ts';

type Spec = DraftRequestPolicy['spec'];

/** Advice about one policy. */
export function lintPipeline({ policy, spec, report }: DraftRequestPolicy): void {
  lintWhole(spec, report);
  lintDefinitions(spec, report);
  lintParameters(spec, report);
  lintClasses(spec, report);
  lintJail(spec, report);
  lintSummary(policy, spec, report);
  lintCallers(spec, report);
  const signed = policy.requirements.find((requirement) => requirement.kind === 'definitions')?.signedBy;
  if (signed === undefined) return;
  const path = ['spec', 'definitions', 'signedBy'];
  lintVouchers(signed, { path, report, patterns: [] });
  for (const [index, { name, mayCertify }] of signed.by.entries())
    if (mayCertify !== undefined && mayCertify.every(({ kind }) => kind !== 'definition'))
      report.advise('signer-may-not-certify', [...path, index], `${name} may certify no definition: its mayCertify names none, so its signatures do not count here`);
}

function lintWhole(spec: Spec, report: Reporter): void {
  const { requesters, definitions, parameters, hygiene, serviceAccounts, jail, publish, callers, receipts } = spec;
  const others = [parameters, hygiene, serviceAccounts, jail, publish, callers, receipts].some((section) => section !== undefined);
  if (requesters === undefined && definitions === undefined)
    report.advise(
      'pipeline-open',
      ['spec'],
      others
        ? 'names neither requesters nor definitions, so anybody may run any definition; write one of them'
        : 'demands nothing of builds but pinned images and that reserved names are left alone; write requesters, definitions or jail',
      'key',
    );
  const { serviceAccounts: accounts = [], groups = [], users = [] } = requesters ?? {};
  if (requesters !== undefined && accounts.length + groups.length + users.length === 0)
    report.advise('requesters-nobody', ['spec', 'requesters'], 'names nobody, so nobody may start a build', 'key');
}

function lintDefinitions({ definitions, jail }: Spec, report: Reporter): void {
  const at = ['spec', 'definitions'];
  if (definitions?.signedBy === undefined) {
    if (definitions !== undefined) report.advise('definitions-unsigned', at, 'names no signers, so unsigned definitions may run; write signedBy', 'key');
    if (jail !== undefined)
      report.advise(
        'classes-unproven',
        ['spec', 'jail'],
        'no definition is verified, so no task can show its class and all count as build: tasks that fetch or publish are jailed as well; write definitions.signedBy',
        'key',
      );
  } else if (definitions.inline === 'allow')
    report.advise(
      'definitions-inline',
      [...at, 'inline'],
      'what stands in the run itself has no signature, so whoever may start a run may run anything beside signedBy; write deny',
    );
  const { sources, pinned = true } = definitions ?? {};
  if (sources?.length === 0)
    report.advise('sources-empty', [...at, 'sources'], 'is empty, so no remote definition is allowed, only those of the namespace of the run', 'key');
  for (const [index, { kind }] of (sources ?? []).entries())
    if (kind === 'hub' && pinned)
      report.advise(
        'hub-never-pinned',
        [...at, 'sources', index],
        'a version of a hub is never pinned, so with pinned nothing of it is allowed; remove one of the two',
      );
}

function lintParameters({ parameters }: Spec, report: Reporter): void {
  for (const name of Object.keys(parameters?.allow ?? {})) {
    const denied = parameters?.deny?.find((pattern) => pattern.test(name));
    if (denied !== undefined)
      report.advise('parameter-denied', ['spec', 'parameters', 'allow', name], `is denied by ${JSON.stringify(denied.source)} of deny, which holds`, 'key');
  }
}

function lintClasses({ classes, jail, publish, hygiene, definitions, receipts = 'off' }: Spec, report: Reporter): void {
  if (classes === undefined) return;
  if ([jail, publish, hygiene, definitions?.require].every((section) => section === undefined) && receipts === 'off')
    report.advise('classes-unused', ['spec', 'classes'], 'nothing asks for classes; write jail, publish, hygiene, receipts or definitions.require', 'key');
  const seen = new Map<string, string>();
  for (const name of TASK_CLASSES)
    for (const [index, { source }] of (classes.definitions?.[name] ?? []).entries()) {
      const earlier = seen.get(source);
      if (earlier !== undefined)
        report.advise('class-twice', ['spec', 'classes', 'definitions', name, index], `stands under ${earlier} as well; a definition is of one class`);
      else seen.set(source, name);
    }
}

function lintSummary({ mode, requirements }: DraftRequestPolicy['policy'], { definitions, publish }: Spec, report: Reporter): void {
  const summary = requirements.find((requirement) => requirement.kind === 'publish')?.summary;
  if (publish?.summary === undefined || summary === undefined) return;
  const path = ['spec', 'publish', 'summary'];
  lintVouchers({ ...summary, kind: 'provenance' }, { path: [...path, 'by'], report, patterns: [] });
  if (definitions?.signedBy === undefined)
    report.advise('summary-never', path, 'no definition is verified, so no task can show that it publishes, and none gets a summary; write definitions.signedBy', 'key');
  if (mode !== 'enforce') report.advise('summary-never', path, `nothing is vouched for under a policy in mode ${mode}; write mode: enforce`, 'key');
}

function lintCallers({ callers, receipts, mode, jail, definitions }: Spec, report: Reporter): void {
  if (callers !== undefined && callersIn(callers).length === 0)
    report.advise('callers-nobody', ['spec', 'callers'], 'names nobody, so nobody may ask the gate', 'key');
  if (callers !== undefined && jail === undefined)
    report.advise('callers-unjailed', ['spec', 'callers'], 'no jail is demanded, so user code that runs as one of them may ask as well; write jail', 'key');
  if (receipts === 'required' && mode !== undefined && mode !== 'enforce')
    report.advise('receipts-unenforced', ['spec', 'receipts'], `mode ${mode} lets tasks take in artifacts without receipts; enforce it where receipts are to count`, 'key');
  if (receipts === 'required' && definitions?.signedBy === undefined)
    report.advise(
      'classes-unproven',
      ['spec', 'receipts'],
      'no definition is verified, so what a fetching task names as its result counts as built; write definitions.signedBy', 'key',
    );
  else if (receipts === 'required' && jail === undefined)
    report.advise('receipts-unjailed', ['spec', 'receipts'], 'no jail is demanded, so what a build names as its result it may have fetched; write jail', 'key');
}

/** Prefixes shorter than these name more than the addresses of an API server: of IPv4, of IPv6. */
const SHORTEST = [24, 64] as const;

function lintJail({ jail, classes }: Spec, report: Reporter): void {
  if (jail === undefined) return;
  if (classes?.userCode?.length === 0)
    report.advise('jail-nobody', ['spec', 'classes', 'userCode'], 'is empty, so no task runs in the jail; remove jail, or name classes', 'key');
  if (jail.networkPolicy === 'off' && jail.hermetic === 'off')
    report.advise('jail-open', ['spec', 'jail'], 'neither networkPolicy nor hermetic is required, so nothing keeps user code from the network', 'key');
  for (const [index, cidr] of (jail.apiServer ?? []).entries()) {
    const shortest = cidr.includes(':') ? SHORTEST[1] : SHORTEST[0];
    if (Number(cidr.slice(cidr.indexOf('/') + 1)) < shortest)
      report.advise('network-large', ['spec', 'jail', 'apiServer', index], `is larger than a network of /${shortest}: name the API server alone`);
  }
}
