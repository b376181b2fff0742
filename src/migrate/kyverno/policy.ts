/** ClusterPolicy and Policy of Kyverno: each rule that verifies images, and each block of it, is a policy of its own. */
import { ALWAYS } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { nameOf } from '../session.ts';
import type { PolicyDraft, Session } from '../session.ts';
import { attestedBy, cannot, signedBy } from '../signing.ts';
import { attestorSet, ELSEWHERE } from './entry.ts';
import type { Deed } from './entry.ts';
import type { FailureActions } from './actions.ts';
import { failureActions } from './actions.ts';
import { namespacesOf } from './match.ts';
import { notaryAttestation } from './notary.ts';
import { kyvernoScopeOf } from './reference.ts';

/** Fields that say how Kyverno works, not what it demands. */
const WORKINGS = [
  'background', 'webhookTimeoutSeconds', 'webhookConfiguration', 'failurePolicy', 'schemaValidation', 'mutateExistingOnPolicyUpdate', 'generateExisting',
  'generateExistingOnPolicyUpdate', 'useServerSideApply', 'emitWarning', 'admission', 'applyRules',
];

/** Signatures beside the form that a block has had in old versions. */
const OLD = ['key', 'roots', 'subject', 'issuer', 'annotations', 'additionalExtensions'];

/** Translates one. */
export function kyvernoPolicy(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { name, namespace } = nameOf(root, 'policy');
  root.without('status');
  const spec = root.map('spec');
  if (spec === undefined) {
    refuse(root.source, ['spec'], 'a spec');
    return [];
  }
  spec.without(...WORKINGS);
  if (spec.raw('admission') === false)
    spec.source.remark('stricter', spec.at('admission'), {
      what: 'the policy is asked at admission', why: 'there is nothing here that only scans', help: 'mode: audit, where it was meant so',
    });
  if (spec.raw('applyRules') === 'One')
    spec.source.remark('stricter', spec.at('applyRules'), {
      what: 'every rule that matches is asked', why: 'policies here all have to hold', help: 'write except, or namespaces, where one is to give way',
    });
  const actions = failureActions(spec);
  const isNamespaced = root.raw('kind') === 'Policy';
  return spec.maps('rules').flatMap((rule, index) => ruleOf(rule, { session, name, namespace, index, actions, isNamespaced }));
}

interface RuleSite {
  readonly session: Session;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly index: number;
  readonly actions: FailureActions;
  readonly isNamespaced: boolean;
}

function ruleOf(rule: MapReader, site: RuleSite): readonly PolicyDraft[] {
  const title = rule.text('name') ?? `rule-${site.index}`;
  if (!rule.has('verifyImages')) {
    rule.without(...rule.keys);
    rule.source.remark('skipped', rule.path, {
      what: `rule ${title} verifies no images`, why: 'only such rules are imported', help: 'nothing',
    });
    return [];
  }
  rule.without('skipBackgroundRequests', 'reportProperties', 'context');
  for (const key of ['preconditions', 'celPreconditions'])
    rule.tell('stricter', key, {
      what: 'the policy speaks about more requests', why: 'policies here have no conditions on requests',
      help: 'select namespaces',
    });
  rule.tell('unsaid', 'imageExtractors', {
    what: 'images in other kinds of objects', why: 'where they stand is said by the server, not by a policy', help: 'write them into extractors of the configuration',
  });
  const namespaces = namespacesOf(rule);
  const blocks = rule.maps('verifyImages');
  return blocks.map((block, at) => {
    const name = blocks.length > 1 ? `${site.name}-${title}-${at + 1}` : `${site.name}-${title}`;
    return blockOf(block, { ...site, name, namespaces });
  });
}

function blockOf(block: MapReader, site: RuleSite & { readonly namespaces: PolicyDraft['namespaces'] }): PolicyDraft {
  const { source, path } = block;
  const image = block.text('image');
  const references = [...block.texts('imageReferences'), ...(image === undefined ? [] : [image])];
  if (references.length === 0) refuse(source, block.at('imageReferences'), 'at least one image reference');
  const skipped = block.texts('skipImageReferences').map(kyvernoScopeOf);
  if (skipped.some(({ narrow }) => narrow.length === 0))
    source.remark('stricter', block.at('skipImageReferences'), {
      what: 'some of these are not left out', why: 'patterns here are over names, without tags and digests', help: 'write except yourself, where all tags may be left out',
    });
  const mutates = block.flag('mutateDigest') ?? true;
  const digests = block.flag('verifyDigest') ?? true;
  const demands = demandsOf(block, site);
  if (demands.length > 0 && block.flag('required') === false)
    source.remark('stricter', block.at('required'), {
      what: 'verification is required all the same', why: 'policies here demand what they say', help: 'nothing',
    });
  return {
    kind: site.isNamespaced ? 'ArtifactPolicy' : 'ClusterArtifactPolicy', name: site.session.policyName(site.name),
    ...(site.isNamespaced ? { namespace: site.namespace ?? 'default' } : {}),
    ...(site.isNamespaced || site.namespaces === undefined ? {} : { namespaces: site.namespaces }),
    scopes: references.map((reference) => ({ scope: kyvernoScopeOf(reference), path: block.at('imageReferences') })),
    except: skipped, mode: site.actions.modeOf(block),
    ...(digests && !mutates ? { requireDigest: true as const } : {}),
    formula: demands.length > 0 ? { kind: 'all', parts: demands } : withoutAttestors(block, digests && !mutates),
    comments: [`${site.isNamespaced ? 'Policy' : 'ClusterPolicy'} ${site.name}, ${source.place(path)}`],
  };
}

/** Without anybody who signs: required, no image is ever verified; otherwise what is left is the digest, or nothing. */
function withoutAttestors(block: MapReader, isDigestDemanded: boolean): Formula {
  if (block.flag('required') !== false)
    return cannot(block.source, block.path, {
      what: 'an image that has to be verified, by nobody', why: 'no attestors are named, and required is true where it is not false', help: 'name attestors',
    });
  if (!isDigestDemanded) return ALWAYS;
  return cannot(block.source, block.at('verifyDigest'), {
    what: 'a digest, and no signature', why: 'a policy demands signatures or statements', help: 'name who signs beside requireDigest: true',
  });
}

function demandsOf(block: MapReader, { session, name }: RuleSite): readonly Formula[] {
  const { source } = block;
  block.without('cosignOCI11', 'useCache', 'imageRegistryCredentials');
  block.tell('note', 'repository', ELSEWHERE);
  const type = block.text('type') ?? 'Cosign';
  const old = OLD.filter((key) => block.raw(key) !== undefined);
  const demands: Formula[] = old.map((key) => cannot(source, block.at(key), {
    what: `${key} in its old form`, why: 'Kyverno has replaced it by attestors', help: 'write it as attestors[].entries[], and import again',
  }));
  const isNotary = type === 'Notary';
  if (!isNotary && type !== 'Cosign' && type !== 'SigstoreBundle') refuse(source, block.at('type'), 'Cosign, SigstoreBundle or Notary');
  const signs: Deed = (signer, title, from, more) => signedBy(signer, title, from, more);
  for (const [index, set] of block.maps('attestors').entries())
    demands.push(attestorSet(set, { session, prefix: `${name}-${index + 1}`, deed: signs, isNotary }));
  for (const [index, attestation] of block.maps('attestations').entries())
    demands.push(isNotary
      ? notaryAttestation(attestation)
      : attestationOf(attestation, { session, prefix: `${name}-attestation-${index + 1}` }));
  if (block.raw('validate') !== undefined)
    demands.push(cannot(source, block.at('validate'), {
      what: 'conditions across attestations', why: 'they are in JMESPath over all attestations at once', help: 'write them as conditions (where) in CEL',
    }));
  return demands;
}

function attestationOf(attestation: MapReader, site: { readonly session: Session; readonly prefix: string }): Formula {
  const { source, path } = attestation;
  const name = attestation.text('name');
  const [written, old] = [attestation.text('type'), attestation.text('predicateType')];
  const type = written ?? old ?? '';
  if (written !== undefined && old !== undefined && written !== old) refuse(source, attestation.at('predicateType'), 'type alone');
  if (type === '' || type.length > 1024) refuse(source, attestation.at('type'), 'a predicate type');
  const states: Deed = (signer, title, from, more) =>
    Object.keys(more).length === 0
      ? attestedBy(signer, { title: `${title}: ${name ?? type}`, from, type, where: [] })
      : cannot(source, path, {
        what: 'annotations of an attestation', why: 'they are demanded of signatures only',
        help: 'ask for them in where, if the predicate says them',
      });
  const sets = attestation.maps('attestors').map((set, index) =>
    attestorSet(set, { ...site, prefix: `${site.prefix}-${index + 1}`, deed: states }));
  if (sets.length === 0)
    sets.push(cannot(source, path, {
      what: 'a statement that anybody may have signed', why: 'a requirement names who signs', help: 'name attestors',
    }));
  if (attestation.raw('conditions') !== undefined)
    sets.push(cannot(source, attestation.at('conditions'), {
      what: 'conditions on what is stated', why: 'Kyverno asks them of every statement of the type; here one that meets them suffices',
      help: 'write them as where in CEL, with newest and maxAge where the latest is to decide',
    }));
  return { kind: 'all', parts: sets };
}
