/** ClusterImagePolicy of policy-controller: any authority will do, all policies that match have to hold, warn or enforce. */
import { ALWAYS } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { scopeOf } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { nameOf } from '../session.ts';
import type { PlacedScope, PolicyDraft, Session } from '../session.ts';
import { cannot } from '../signing.ts';
import { readAuthority } from './authority.ts';

/** What `match[].resource` may be (validation of policy-controller). */
const RESOURCES = ['replicasets', 'deployments', 'pods', 'cronjobs', 'jobs', 'statefulsets', 'daemonsets'];

/** Translates one; what is not as its schema asks is refused. */
export function clusterImagePolicy(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  const { name } = nameOf(root, 'cluster-image-policy');
  root.without('status');
  const spec = root.map('spec');
  if (spec === undefined) {
    refuse(source, ['spec'], 'a spec');
    return [];
  }
  const images = spec.maps('images');
  if (images.length === 0) refuse(source, ['spec', 'images'], 'at least one image glob');
  const scopes = images.flatMap((image) => globOf(image));
  readMatch(spec);
  const mode = spec.text('mode') ?? 'enforce';
  if (mode !== 'enforce' && mode !== 'warn') refuse(source, ['spec', 'mode'], 'enforce or warn');
  const authorities = spec.maps('authorities');
  if (authorities.length === 0)
    source.remark('refused', ['spec', 'authorities'], {
      what: 'no authority is named', why: 'policy-controller refuses it too, unless fail-on-empty-authorities is off',
      help: 'name one, or static: {action: pass}',
    });
  const parts = authorities.map((authority, index) => readAuthority(authority, { session, policy: name, index }));
  const any: Formula = { kind: 'any', parts };
  const policy = policyOf(spec);
  return [{
    kind: 'ClusterArtifactPolicy', name: session.policyName(name), scopes, mode: mode === 'warn' ? 'warn' : 'enforce',
    formula: { kind: 'all', parts: [any, policy] }, comments: [`ClusterImagePolicy ${name}, ${source.place(['metadata', 'name'])}`],
  }];
}

function globOf(image: MapReader): readonly PlacedScope[] {
  const glob = image.text('glob');
  if (glob !== undefined && /^[a-zA-Z0-9-_:/*.@]+$/.test(glob) && glob.length <= 512)
    return [{ scope: scopeOfGlob(glob), path: image.at('glob') }];
  refuse(image.source, image.at('glob'), 'a glob of letters, digits and -_:/*.@');
  return [];
}

/**
 * Alone, `*` and one `*` on either side of a slash mean Docker Hub (pkg/apis/glob). Other names of the hub are matched as they are
 * written in the request, if at all: once a tag has become a digest they begin with `index.docker.io`.
 */
function scopeOfGlob(glob: string): Scope {
  if (glob === '*') return { ...scopeOf('docker.io/library/*'), narrow: ['docker.io/library/*'] };
  if (glob === '*/*') return scopeOf('docker.io/*/*');
  const scope = scopeOf(glob);
  const isWhole = /^index[.]docker[.]io\/|^[^/]*\*|^(?!docker[.]io\/)[^/]*[.:][^/]*\/|^localhost\//.test(glob);
  return isWhole ? scope : { ...scope, narrow: [] };
}

function readMatch(spec: MapReader): void {
  for (const match of spec.maps('match')) {
    match.without('group', 'version');
    const resource = match.text('resource');
    if (resource === undefined || !RESOURCES.includes(resource))
      refuse(spec.source, match.at('resource'), `one of ${RESOURCES.join(', ')}`);
    match.tell('stricter', 'selector', {
      what: 'labels of the object are not looked at', why: 'a policy here speaks about images, whatever object names them',
      help: 'narrow the artifacts, or select namespaces',
    });
  }
  if (spec.has('match'))
    spec.source.remark('stricter', spec.at('match'), {
      what: 'the policy speaks about every kind of object', why: 'a policy here speaks about images, whatever object names them',
      help: 'narrow the artifacts, or select namespaces',
    });
}

/** A policy over all matches runs besides: it is a condition more. */
function policyOf(spec: MapReader): Formula {
  if (!spec.has('policy')) return ALWAYS;
  const policy = spec.map('policy');
  if (policy === undefined) return ALWAYS;
  const type = policy.text('type');
  if (type !== 'cue' && type !== 'rego') refuse(spec.source, policy.at('type'), 'cue or rego');
  policy.without('data', 'remote', 'configMapRef', 'fetchConfigFile', 'includeSpec', 'includeObjectMeta', 'includeTypeMeta');
  return cannot(spec.source, spec.at('policy'), {
    what: `the ${type ?? ''} policy over all matches`,
    why: 'policies here do not run programs over configuration files, pods or the list of authorities that matched',
    help: 'write each thing it asks for as a requirement of its own: all of them have to hold',
  });
}
