/** ImageValidatingPolicy of Kyverno: named attestors, and expressions over them of which the common ones are read. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { Formula } from '../formula.ts';
import { never } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { EVERYTHING } from '../scope.ts';
import { selectorAt } from '../selector.ts';
import { nameOf, placeOf } from '../session.ts';
import type { PlacedScope, PolicyDraft, Session } from '../session.ts';
import { atLeast, attestedBy, cannot, signedBy } from '../signing.ts';
import { cosignAttestor } from './cosign.ts';
import type { NamedAttestor } from './cosign.ts';
import { countsOf } from './expression.ts';
import { kyvernoScopeOf } from './reference.ts';

const WORKINGS = ['auditAnnotations', 'autogen', 'failurePolicy', 'webhookConfiguration', 'variables'];

/** Translates one. */
export function imageValidatingPolicy(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  const { name, namespace } = nameOf(root, 'image-validating-policy');
  root.without('status');
  const spec = root.map('spec');
  if (spec === undefined) {
    refuse(source, ['spec'], 'a spec');
    return [];
  }
  spec.without(...WORKINGS);
  spec.tell('note', 'credentials', {
    what: 'credentials of registries', why: 'those of the pod, or of the server, are used',
    help: 'nothing, where the pod can pull',
  });
  spec.tell('unsaid', 'images', {
    what: 'images in other kinds of objects', why: 'where they stand is said by the server, not by a policy', help: 'write them into extractors of the configuration',
  });
  spec.tell('stricter', 'matchConditions', {
    what: 'the policy speaks about more requests', why: 'policies here have no conditions on requests',
    help: 'select namespaces',
  });
  const isNamespaced = root.raw('kind') === 'NamespacedImageValidatingPolicy';
  const namespaces = constraintsOf(spec);
  const evaluation = spec.map('evaluation');
  evaluation?.without('background');
  const isAsleep = evaluation?.map('admission')?.flag('enabled') === false;
  const evaluated = evaluation?.text('mode') ?? 'Kubernetes';
  const attestors = new Map(spec.maps('attestors').flatMap((one): [string, NamedAttestor][] => {
    const read = cosignAttestor(one, { session, policy: name });
    return read === undefined ? [] : [[read.name, read]];
  }));
  const draft: PolicyDraft = {
    kind: isNamespaced ? 'ArtifactPolicy' : 'ClusterArtifactPolicy', name: session.policyName(name),
    ...(isNamespaced ? { namespace: namespace ?? 'default' } : namespaces === undefined ? {} : { namespaces }),
    scopes: scopesOf(spec), mode: isAsleep ? 'audit' : modeOf(spec), ...digestsOf(spec),
    formula: validationsOf(spec, attestors), comments: [`${isNamespaced ? 'NamespacedImageValidatingPolicy' : 'ImageValidatingPolicy'} ${name}, ${source.place(['metadata', 'name'])}`],
  };
  if (evaluated === 'Kubernetes') return [draft];
  source.remark('skipped', evaluation?.at('mode') ?? [], {
    what: `the policy judges no admission (${evaluated})`, why: 'only Kubernetes is imported', help: 'nothing',
  });
  return [];
}

function constraintsOf(spec: MapReader): JsonObject | undefined {
  const constraints = spec.map('matchConstraints');
  if (constraints === undefined) return undefined;
  constraints.without('matchPolicy', 'resourceRules');
  for (const key of ['objectSelector', 'excludeResourceRules'])
    constraints.tell('stricter', key, {
      what: 'the policy speaks about more objects', why: 'a policy here speaks about images, whatever object names them',
      help: 'select namespaces',
    });
  return selectorAt(constraints, 'namespaceSelector');
}

function scopesOf(spec: MapReader): readonly PlacedScope[] {
  const references = spec.maps('matchImageReferences');
  if (references.length === 0) return [{ scope: EVERYTHING, path: spec.path }];
  return references.map((reference) => {
    const [glob, expression] = [reference.text('glob'), reference.text('expression')];
    if (glob !== undefined && expression !== undefined) refuse(spec.source, reference.path, 'one of glob and expression');
    if (glob !== undefined) return { scope: kyvernoScopeOf(glob), path: reference.at('glob') };
    if (expression === undefined) refuse(spec.source, reference.path, 'glob or expression');
    return {
      scope: { wide: ['**'], narrow: [], wider: 'an expression chooses images there, and patterns do here' }, path: reference.at('expression'),
    };
  });
}

function modeOf(spec: MapReader): PolicyDraft['mode'] {
  const actions = spec.texts('validationActions');
  for (const action of actions) if (!['Deny', 'Warn', 'Audit'].includes(action)) refuse(spec.source, spec.at('validationActions'), 'Deny, Warn or Audit');
  if (actions.length === 0 || actions.includes('Deny')) return 'enforce';
  return actions.includes('Warn') ? 'warn' : 'audit';
}

function digestsOf(spec: MapReader): { readonly requireDigest?: true } {
  const settings = spec.map('validationConfigurations');
  const [mutates, verifies] = [settings?.flag('mutateDigest') ?? true, settings?.flag('verifyDigest') ?? true];
  if (settings?.flag('required') === false)
    spec.source.remark('stricter', settings.at('required'), {
      what: 'verification is required all the same', why: 'policies here demand what they say', help: 'nothing',
    });
  return verifies && !mutates ? { requireDigest: true } : {};
}

function validationsOf(spec: MapReader, attestors: ReadonlyMap<string, NamedAttestor>): Formula {
  const { source } = spec;
  const types = new Map(spec.maps('attestations').map((one) => {
    const [name, type, referrer] = [one.text('name') ?? '', one.map('intoto')?.text('type'), one.map('referrer')];
    referrer?.without('type');
    return [name, type] as const;
  }));
  const validations = spec.maps('validations');
  if (validations.length === 0) return never('no validation says what is verified', placeOf(source, spec.path));
  return { kind: 'all', parts: validations.map((validation) => {
    validation.without('message', 'messageExpression', 'reason');
    const counts = countsOf(validation.text('expression') ?? '');
    const from = placeOf(source, validation.path);
    if (!counts.ok) return unread(validation, counts.problem);
    if (!counts.value.every(({ isEveryContainer }) => isEveryContainer))
      source.remark('stricter', validation.at('expression'), {
        what: 'every container is looked at', why: 'policies here are about all containers of a pod', help: 'nothing, where the others are signed too',
      });
    return { kind: 'all', parts: counts.value.map(({ attestation, names, count }): Formula => {
      const known = names.map((name) => attestors.get(name));
      if (known.some((one) => one === undefined)) return unread(validation, 'it names an attestor that is not listed');
      const type = attestation === undefined ? undefined : types.get(attestation);
      if (attestation !== undefined && type === undefined) return unread(validation, 'it asks for something else than a statement of in-toto');
      const did = (signer: string, title: string, more: JsonObject): Formula => {
        if (type === undefined) return signedBy(signer, title, from, more);
        if (Object.keys(more).length > 0) return unread(validation, 'annotations are demanded of signatures only');
        return attestedBy(signer, { title: `${title}: ${attestation ?? type}`, from, type, where: [] });
      };
      const parts = known.flatMap((one) => (one === undefined ? [] : [one.deed(did)]));
      return atLeast(count, parts, `${count} of ${parts.length} attestors`, from);
    }) };
  }) };
}

function unread(validation: MapReader, why: string): Formula {
  return cannot(validation.source, validation.at('expression'), {
    what: 'an expression', why, help: 'write what it asks for as a requirement: signature, or attestation with conditions (where) in CEL',
  });
}
