/** A validator of Connaisseur: a static answer, keys and people of cosign, or a kind that has no signers here. */
import type { JsonObject } from '../../text/json/fields.ts';
import { ALWAYS, never } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { notationValidator } from './notation.ts';
import { exactly, issuerMatching, keylessIdentities, subjectsMatching } from '../identity.ts';
import type { Named } from '../identity.ts';
import { PUBLIC_GOOD, signersOfKeys } from '../keys.ts';
import { placeOf } from '../session.ts';
import type { Session } from '../session.ts';
import { atLeast, cannot, signedBy } from '../signing.ts';
import type { Signers } from '../signing.ts';

/** A validator by its name; rules say of it which trust roots, and how many. */
export interface Validator {
  readonly name: string;
  demands(rule: MapReader, session: Session): Formula;
}

/** A trust root of a validator: who it is, with or without the log. */
interface TrustRoot {
  readonly name: string;
  signers(isLogged: boolean): Signers;
}

/** Reads one. */
export function validatorOf(of: MapReader): Validator {
  const { source, path } = of;
  const name = of.text('name') ?? '';
  if (name === '') refuse(source, of.at('name'), 'a name');
  const type = of.text('type');
  of.without('auth', 'cert', 'isAcr', 'is_acr');
  if (type === 'static') {
    const approve = of.flag('approve');
    if (approve === undefined) refuse(source, of.at('approve'), 'true or false');
    const answer = approve === true ? ALWAYS : never('refused by a static validator', placeOf(source, path));
    return { name, demands: (rule) => (withOf(rule), answer) };
  }
  if (type === 'notation') {
    const demands = notationValidator(of, name);
    return { name, demands: (rule, session) => demands(rule, withOf(rule), session) };
  }
  if (type === 'notaryv1' || type === 'notaryv2') {
    of.without('host', 'trustRoots', 'trust_roots');
    const none = cannot(source, of.at('type'), {
      what: type === 'notaryv1' ? 'signatures of Notary v1' : 'signatures of Notation, before Connaisseur verified them',
      why: type === 'notaryv1' ? 'Docker Content Trust is not verified here' : 'a validator of type notaryv2 lets nothing through there',
      help: type === 'notaryv1'
        ? 'sign the images with cosign as well, and write who signs in the place of the Signer nobody'
        : 'write it with type notation, and import again',
    });
    return { name, demands: (rule) => (withOf(rule), none) };
  }
  if (type !== 'cosign') refuse(source, of.at('type'), 'cosign, notaryv1, notation or static');
  const host = hostOf(of);
  const roots = [...of.maps('trustRoots'), ...of.maps('trust_roots')].map((root) => trustRootOf(root));
  if (roots.length === 0) refuse(source, of.at('trustRoots'), 'at least one trust root');
  return { name, demands: (rule, session) => cosignDemands(rule, { session, roots, host, validator: name }) };
}

/** Logs and authorities of its own have no TrustRoot in the file. */
function hostOf(of: MapReader): Formula | undefined {
  const host = of.map('host');
  if (host === undefined) return undefined;
  const url = host.text('rekor');
  const own = ['rekorPubkey', 'fulcioCert', 'ctLogPubkey'].find((key) => host.raw(key) !== undefined);
  host.without('rekorPubkey', 'fulcioCert', 'ctLogPubkey');
  if (own === undefined && (url === undefined || /^(?:https?:\/\/)?rekor\.sigstore\.dev\/?$/.test(url))) return undefined;
  return cannot(of.source, host.at(own ?? 'rekor'), {
    what: 'a log or authority of its own', why: 'a TrustRoot says from when it counts, and what stands beside it',
    help: 'write a TrustRoot with it, and name it as trustRoot of the identity',
  });
}

function trustRootOf(root: MapReader): TrustRoot {
  const { source } = root;
  const name = root.text('name') ?? '';
  if (name === '') refuse(source, root.at('name'), 'a name');
  const kinds = ['key', 'keyless', 'cert'].filter((kind) => root.has(kind));
  if (kinds.length !== 1) refuse(source, root.path, `exactly one of key, keyless; found ${kinds.join(' and ') || 'none'}`);
  if (root.raw('cert') !== undefined) {
    const none = cannot(source, root.at('cert'), {
      what: 'a certificate', why: 'signers by X.509 certificate are not supported by this version',
      help: 'sign with a key',
    });
    return { name, signers: () => ({ none }) };
  }
  const keyless = root.map('keyless');
  if (keyless !== undefined) {
    const identities = keylessIdentities(namesOf(keyless, 'issuer'), namesOf(keyless, 'subject'), {});
    return { name, signers: () => ({ any: [identities] }) };
  }
  const text = root.text('key') ?? '';
  const logged = signersOfKeys(source, root.at('key'), text, { hash: 'sha256', logRoot: PUBLIC_GOOD });
  const plain: Signers = 'none' in logged ? logged : signersOfKeys(source, root.at('key'), text, { hash: 'sha256', logRoot: undefined });
  return { name, signers: (isLogged) => (isLogged ? logged : plain) };
}

function namesOf(keyless: MapReader, name: 'issuer' | 'subject'): readonly Named[] {
  const [exact, expression] = [keyless.text(name), keyless.text(`${name}Regex`)];
  if ((exact === undefined) === (expression === undefined)) refuse(keyless.source, keyless.path, `exactly one of ${name}, ${name}Regex`);
  const matching = name === 'issuer' ? issuerMatching : subjectsMatching;
  const read = exact === undefined ? matching(expression ?? '') : exactly(name, exact);
  if (read.ok) return read.value;
  keyless.source.remark('refused', keyless.at(exact === undefined ? `${name}Regex` : name), {
    what: 'it cannot be read', why: read.problem, help: 'mend the file',
  });
  return [];
}

/** `with` of a rule, with what has no effect on whom to trust told or passed over. */
function withOf(rule: MapReader): MapReader | undefined {
  const options = rule.map('with');
  options?.without('verificationLevel', 'verifyTimestamp', 'delegations');
  options?.tell('note', 'mode', {
    what: 'whether tags become digests', why: 'it is decided by whether /mutate is asked, not by a policy', help: 'configure the mutating webhook, or leave it out',
  });
  return options;
}

interface CosignSite {
  readonly session: Session;
  readonly roots: readonly TrustRoot[];
  readonly host: Formula | undefined;
  readonly validator: string;
}

/** Of `*` all trust roots, or so many, or those required; otherwise the one that is named. */
function cosignDemands(rule: MapReader, { session, roots, host, validator }: CosignSite): Formula {
  const { source } = rule;
  const options = withOf(rule);
  const name = options?.text('trustRoot') ?? 'default';
  const isLogged = options?.flag('verifyInTransparencyLog') ?? true;
  const [threshold, required] = [options?.count('threshold') ?? 0, options?.texts('required') ?? []];
  if (options?.flag('verifySCT') === false)
    source.remark('stricter', options.at('verifySCT'), {
      what: 'certificates have to be in a CT log all the same', why: 'the public trust root lists CT logs',
      help: 'nothing, where they are',
    });
  if (host !== undefined) return host;
  const one = (wanted: string): Formula => {
    const root = roots.find((candidate) => candidate.name === wanted);
    if (root === undefined) {
      refuse(source, options?.at('trustRoot') ?? rule.path, `a trust root of validator ${validator}; found ${JSON.stringify(wanted)}`);
      return { kind: 'any', parts: [] };
    }
    const signers = root.signers(isLogged);
    if ('none' in signers) return signers.none;
    const from = placeOf(source, rule.path);
    return { kind: 'any', parts: signers.any.map((identities: readonly JsonObject[]) => {
      const signer = session.signer(`${validator}-${wanted}`, identities, from);
      return signedBy(signer, wanted, from);
    }) };
  };
  if (name !== '*') return { kind: 'all', parts: [one(name), ...required.map(one)] };
  const needed: Formula[] = required.map(one);
  if (threshold === 0) return { kind: 'all', parts: required.length === 0 ? roots.map((root) => one(root.name)) : needed };
  const all = roots.map((root) => flat(one(root.name)));
  return { kind: 'all', parts: [...needed, atLeast(threshold, all, `${threshold} of ${all.length} trust roots`, placeOf(source, rule.path))] };
}

/** One alternative alone is no alternative. */
function flat(formula: Formula): Formula {
  return formula.kind === 'any' && formula.parts.length === 1 ? formula.parts[0] ?? formula : formula;
}
