/** `attestations` of an authority: each a statement of a type, and perhaps a small program over it that can be said as conditions. */
import { conditionsOfCue } from '../conditions/cue.ts';
import { conditionsOfRego } from '../conditions/rego.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { placeOf } from '../session.ts';
import { attestedBy, cannot } from '../signing.ts';
import type { Condition } from '../signing.ts';

/** Short names that cosign and policy-controller know. */
export const SHORT_TYPES: ReadonlyMap<string, string> = new Map([
  ['custom', 'https://cosign.sigstore.dev/attestation/v1'],
  ['slsaprovenance', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance02', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance1', 'https://slsa.dev/provenance/v1'],
  ['spdx', 'https://spdx.dev/Document'],
  ['spdxjson', 'https://spdx.dev/Document'],
  ['cyclonedx', 'https://cyclonedx.org/bom'],
  ['link', 'https://in-toto.io/Link/v1'],
  ['vuln', 'https://cosign.sigstore.dev/attestation/vuln/v1'],
  ['openvex', 'https://openvex.dev/ns'],
]);

/** What is asked of each signer, by attestation. */
export function readAttestations(authority: MapReader): readonly ((signer: string, authorityName: string) => Formula)[] {
  return authority.maps('attestations').map((attestation) => {
    const { source, path } = attestation;
    const name = attestation.text('name');
    const written = attestation.text('predicateType') ?? '';
    if (written === '' || written.length > 1024) refuse(source, attestation.at('predicateType'), 'a predicate type');
    const type = SHORT_TYPES.get(written) ?? written;
    const where = conditionsOf(attestation, type);
    const from = placeOf(source, path);
    return (signer, authorityName) =>
      Array.isArray(where)
        ? attestedBy(signer, { title: `${authorityName}: ${name ?? type}`, from, type, where: where as readonly Condition[] })
        : (where as Formula);
  });
}

function conditionsOf(attestation: MapReader, type: string): readonly Condition[] | Formula {
  const { source } = attestation;
  const policy = attestation.map('policy');
  if (policy === undefined) return [];
  const [language, data] = [policy.text('type'), policy.text('data')];
  if (language !== 'cue' && language !== 'rego') refuse(source, policy.at('type'), 'cue or rego');
  const written = ['data', 'remote', 'configMapRef'].filter((one) => policy.has(one));
  if (written.length !== 1) refuse(source, policy.path, `exactly one of data, remote, configMapRef; found ${written.join(' and ') || 'none'}`);
  policy.without('remote', 'configMapRef');
  for (const key of ['fetchConfigFile', 'includeSpec', 'includeObjectMeta', 'includeTypeMeta'])
    if (policy.flag(key) === true) refuse(source, policy.at(key), 'nothing of the kind in the policy of an attestation');
  if (data === undefined)
    return cannot(source, policy.path, {
      what: 'a policy that lies elsewhere', why: 'import asks nobody', help: 'write it as data, and import again',
    });
  const read = language === 'rego' ? conditionsOfRego(data, type) : conditionsOfCue(data, type);
  if (read.ok) return read.value;
  return cannot(source, policy.at('data'), {
    what: `a ${language ?? ''} program`, why: read.problem, help: 'write what it asks for as conditions (where) of the requirement, in CEL',
  });
}
