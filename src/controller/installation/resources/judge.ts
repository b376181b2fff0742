/** Whether policies that are resources are read, guarded, and defined as this program defines them. */
import { parse } from 'yaml';
import { own, ownList, ownText } from '../../../text/json/fields.ts';
import { isInForce } from '../around.ts';
import { fail, ok, unknown, warn } from '../finding.ts';
import type { CheckFinding } from '../finding.ts';
import { below } from '../looks/look.ts';
import type { Installation } from '../read.ts';

const ADMINISTRATOR = 'ask with the rights of an administrator';
const PAGE = 'docs/operate/who-may.md';
const APPLY = 'kubectl apply -k deploy/resources, or policyResources.enabled in the chart';

const NOT_SERVED = fail('resources', 'the settings have policies read from the cluster, and it serves no kind of gatehouse.dev',
  'kubectl apply -k deploy/crds, or crds.enabled in the chart');

/** Findings about resources of ours; none where their kinds are not served and nobody wants to read them. */
export function checkResources(installation: Installation): readonly CheckFinding[] {
  const settings = settingsOf(installation);
  if (settings.findings.length > 0) return settings.findings;
  const { config } = settings;
  const wanted = (ownList(config, 'policySources') ?? []).some((source) => own(source, 'cluster') !== undefined);
  if (installation.kinds.kind !== 'found')
    return wanted && installation.kinds.kind === 'none' ? [NOT_SERVED] : [];
  const { resources: { objects, lacks } } = installation;
  const definitions = checkDefinitions(installation);
  if (!wanted) {
    if (objects === 0) return definitions;
    const [many, them] = objects === 1 ? ['1 object', 'it'] : [`${objects} objects`, 'them'];
    return [...definitions, warn('resources',
      `${many} of gatehouse.dev, and nobody reads ${them}: policySources of the settings does not name the cluster`,
      'policySources: [{cluster: {}}] (docs/operate/resources.md), or take them away')];
  }
  return [
    ...definitions, ...checkRights(lacks), ...checkGuards(installation), ...checkAdministrators(installation, config),
    ...checkTold(installation),
  ];
}

/** The configuration as it is written; whether it is in order is said by the server. */
function settingsOf({ settings }: Installation): { readonly config?: unknown; readonly findings: readonly CheckFinding[] } {
  if (settings.kind === 'unknown') return { findings: [unknown('settings', `ConfigMap gatehouse-config: ${settings.why}`, ADMINISTRATOR)] };
  if (settings.kind === 'none')
    return { findings: [fail('settings', 'there is no ConfigMap gatehouse-config: no replica starts',
      'kubectl create -f deploy/manifests/settings.yaml')] };
  try {
    return { config: parse(ownText(below(settings.object, 'data'), 'config.yaml') ?? '', { maxAliasCount: 16 }) as unknown, findings: [] };
  } catch (cause) {
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    return { findings: [fail('settings', `config.yaml of ConfigMap gatehouse-config is no YAML: ${line}`,
      'gatehouse serve --config FILE says what is wrong with it')] };
  }
}

function checkDefinitions({ resources: { definitions } }: Installation): readonly CheckFinding[] {
  const hidden = definitions.find(({ look }) => look.kind === 'unknown');
  if (hidden?.look.kind === 'unknown')
    return [unknown('definitions', `CustomResourceDefinition ${hidden.plural}.gatehouse.dev: ${hidden.look.why}`, ADMINISTRATOR)];
  const others = definitions.filter(({ look, isOurs }) => look.kind === 'found' && !isOurs).map(({ plural }) => plural);
  if (others.length > 0)
    return [warn('definitions', `of another version than this program: ${others.join(', ')}`,
      'kubectl apply -k deploy/crds, or upgrade the chart with crds.enabled')];
  return [ok('definitions', 'all as this program has them')];
}

function checkRights(lacks: readonly string[] | undefined): readonly CheckFinding[] {
  if (lacks === undefined) return [unknown('resources', 'whether the server may read them is not told', ADMINISTRATOR)];
  const reading = lacks.filter((one) => !one.startsWith('create '));
  if (reading.length > 0) return [fail('resources', `the server may not ${reading.join(', ')}: it cannot read its policies`, APPLY)];
  if (lacks.length > 0)
    return [fail('resources', 'the server may not ask who may `exempt`: no exception that is a resource is let in', APPLY)];
  return [ok('resources', 'the server may read them')];
}

function checkGuards({ resources: { fourEyes }, namespace }: Installation): readonly CheckFinding[] {
  if (fourEyes.some(({ policy, binding }) => policy.kind === 'unknown' || binding.kind === 'unknown'))
    return [unknown('who may', 'the policies of admission cannot be read', ADMINISTRATOR)];
  const open = fourEyes.filter((guard) => !isInForce(guard)).map(({ name }) => name);
  if (open.length > 0)
    return [fail('who may', `${open.join(', ')} is not in force: RBAC alone says who may change policies and exceptions`, APPLY)];
  const astray = fourEyes.find(({ binding }) => {
    const held = binding.kind === 'found' ? below(binding.object, 'spec', 'paramRef', 'namespace') : undefined;
    return typeof held === 'string' && held !== namespace;
  });
  if (astray !== undefined)
    return [fail('who may', `${astray.name} takes its lists from another namespace than ${namespace}`, APPLY)];
  return [ok('who may', 'exceptions take two persons, by the API server itself')];
}

/** What the settings say, and what the API server knows, are two lists. */
function checkAdministrators({ resources: { administrators: look }, namespace }: Installation, config: unknown): readonly CheckFinding[] {
  const listed = (ownList(config, 'administrators') ?? []).map(String);
  if (look.kind === 'unknown')
    return listed.length === 0 ? [] : [unknown('administrators', `ConfigMap gatehouse-administrators: ${look.why}`, ADMINISTRATOR)];
  const groups = look.kind === 'found' ? ownText(below(look.object, 'data'), 'groups') ?? '' : '';
  const known = groups.split(/[,\n]/).map((one) => one.trim()).filter((one) => one !== '');
  if (listed.toSorted().join('\n') === known.toSorted().join('\n')) return [];
  const shown = (those: readonly string[]): string => those.join(', ') || 'nobody in particular';
  const other = `ConfigMap gatehouse-administrators of ${namespace}, by which the API server decides, ${shown(known)}`;
  return [warn('administrators', `the settings name ${shown(listed)}, and ${other}`,
    `write the same into both (${PAGE})`)];
}

function checkTold({ gates }: Installation): readonly CheckFinding[] {
  const gate = gates.find(({ name }) => name === 'gatehouse-resources');
  if (gate?.look.kind !== 'none') return [];
  return [warn('told',
    'there is no webhook configuration gatehouse-resources: whoever writes a policy is not told what is wrong with it', APPLY)];
}
