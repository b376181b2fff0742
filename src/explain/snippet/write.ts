/** A draft as YAML: on trial, each demand by itself, and as the policy that people read. */
import type { Inspection } from '../../domain/decision/inspection.ts';
import type { Demand, Draft, Standing } from './draft.ts';
import type { Form } from './forms.ts';
import { comment, quote } from './quote.ts';
import { API, signerDocument } from './signers.ts';

const HEAD = [
  '# Accepts what is proven of this artifact; keep only those whom you trust.',
  '# All of it holds now. Comments say what was found, what does not hold, and what more could be asked.',
];

/** Of lines of one sort about one requirement. */
const MOST_LINES = 3;
/** Requirements that one signer meets or nobody. */
const WITHOUT_THRESHOLD: ReadonlySet<string> = new Set(['registry', 'source']);

/** A demand that is asked for, in the form in which it is; `fallen` are the forms before it. */
interface Taken {
  readonly demand: Demand;
  readonly form: Form;
  readonly fallen: readonly string[];
}

function takenOf({ demands }: Draft, standings: readonly Standing[]): readonly Taken[] {
  const taken = demands.flatMap((demand, index) => {
    const { form: at = 0, because = [] } = standings[index] ?? {};
    const form = demand.forms[at];
    return form === undefined ? [] : [{ demand, form, fallen: fallenLines(demand, because) }];
  });
  const asked = new Set(taken.flatMap(({ demand, form }) => form.kind === 'source' ? [demand.signer.name, ...(form.names ?? [])] : []));
  return taken.filter(({ demand }) => !demand.isTag || !asked.has(demand.signer.name));
}

/** What was found of a demand, and of the tags of those whom its form names. */
function foundOf({ demand, form: { names = [] } }: Taken, { demands }: Draft): readonly string[] {
  const tags = demands.filter(({ isTag, signer }) => isTag && names.includes(signer.name));
  return [demand, ...tags].map(({ remark }) => remark.found);
}

/** Why stronger forms are not taken; of those that ask the same more strictly the last, which is next to hold. */
function fallenLines({ forms }: Demand, because: readonly string[]): readonly string[] {
  const lines = because.map((why, index): [string, string] => {
    const { kind = '', asks = '' } = forms[index] ?? {};
    return [`${kind} ${asks.split(':', 1)[0] ?? ''}`, `${kind}${asks === '' ? '' : ` with ${asks}`}: ${why}`];
  });
  return [...new Map(lines).values()];
}

/** The name of the requirement by which a demand is tried. */
export function trialName(index: number): string {
  return `demand ${index}`;
}

/**
 * Each demand of these that is not left out as a requirement of its own, so that what holds can be told from what does not;
 * `order` gives the demand of each. `undefined` when nothing is left.
 */
export function writeTrial(
  draft: Draft, standings: readonly Standing[], isWanted: (demand: Demand) => boolean = () => true,
): { readonly text: string; readonly order: readonly number[] } | undefined {
  const taken = takenOf(draft, standings).filter(({ demand }) => isWanted(demand));
  if (taken.length === 0) return undefined;
  const order = taken.map(({ demand }) => draft.demands.indexOf(demand));
  const lines = taken.map(({ form, demand }, index) => requirement(trialName(order[index] ?? 0), form, [demand.signer.name]));
  return { text: documents(draft, taken, policyLines(draft.artifact, 'trial', lines)), order };
}

/**
 * The policy: signers who state the same are asked for together, any of them. `undefined` when nothing is left. Every text is
 * quoted or escaped, whoever wrote it, but for `name`, that of the policy: a DNS label.
 */
export function writePolicy(draft: Draft, standings: readonly Standing[], name: string): string | undefined {
  const taken = takenOf(draft, standings);
  if (taken.length === 0) return undefined;
  const together = new Map<string, Taken[]>();
  for (const one of taken) {
    const key = JSON.stringify(one.form);
    together.set(key, [...(together.get(key) ?? []), one]);
  }
  const lines = [...together.values()].flatMap((some, index) => requirementLines(some, index + 1, draft));
  const left = leftOut(draft, standings).map((line) => comment(`Not asked for: ${line}`, '    '));
  return `${HEAD.join('\n')}\n${documents(draft, taken, policyLines(draft.artifact, name, [...lines, ...left]))}`;
}

/** What is not asked for, and why; texts of others are not escaped yet. */
export function leftOut(draft: Draft, standings: readonly Standing[]): readonly string[] {
  const fallen = draft.demands.flatMap((demand, index) => {
    const { form = 0, because = [] } = standings[index] ?? {};
    if (demand.forms[form] !== undefined) return [];
    const why = fallenLines(demand, because).at(-1) ?? `it says nothing that a policy could ask for; found ${demand.remark.found}`;
    return [`${demand.about} by ${demand.signer.name} (${why})`];
  });
  return [...draft.leftOut, ...new Set(fallen)];
}

function documents({ keys, demands }: Draft, taken: readonly Taken[], policy: string): string {
  const named = new Set(taken.flatMap(({ demand, form }) => [demand.signer.name, ...(form.names ?? [])]));
  const signers = new Set(demands.map(({ signer }) => signer).filter(({ name }) => named.has(name)));
  return [...[...signers].map((signer) => signerDocument(signer, keys)), policy].join('\n---\n');
}

function policyLines(artifact: Inspection['artifact'], name: string, requirements: readonly string[]): string {
  return [
    API,
    'kind: ClusterArtifactPolicy',
    `metadata: {name: ${name}}`,
    'spec:',
    `  artifacts: [{${artifact.kind}: ${quote(patternOf(artifact))}}]`,
    '  # Admits, and warns where something is missing. With "enforce" such an artifact is denied.',
    '  mode: warn',
    '  require:',
    ...requirements,
  ].join('\n');
}

function requirement(name: string, { kind, fields }: Form, by: readonly string[]): string {
  return `    - {name: ${name}, ${kind}: {${[`by: [${by.join(', ')}]`, ...fields].join(', ')}}}`;
}

function requirementLines(some: readonly Taken[], number: number, draft: Draft): readonly string[] {
  const [first] = some;
  if (first === undefined) return [];
  const names = [...new Set(some.map(({ demand }) => demand.signer.name))];
  const said = (label: string, texts: readonly string[]): readonly string[] =>
    [...new Set(texts)].slice(0, MOST_LINES).map((text) => comment(`${label}: ${text}`, '    '));
  const more = [
    ...some.flatMap(({ demand, form }) => form.kind === 'attestation' && demand.forms.length > 1 ? [] : demand.remark.more),
    ...(first.form.more ?? []),
    ...(names.length > 1 && !WITHOUT_THRESHOLD.has(first.form.kind) ? [`threshold: ${names.length} (all of these signers, where any one of them suffices now)`] : []),
  ];
  return [
    ...said('Found', some.flatMap((one) => foundOf(one, draft))),
    ...said('Does not hold', some.flatMap(({ fallen }) => fallen)),
    ...said('More could be asked', more),
    requirement(`${first.form.word} ${number}`, first.form, names),
  ];
}

/** The next version of a package shall be judged by the same policy; names of images have no version in them. */
function patternOf({ kind, name }: Inspection['artifact']): string {
  return kind === 'package' ? name.slice(0, name.lastIndexOf('@')) : name;
}
