/** Layers, but for those that the policy lets be plain, must be encrypted for allowed recipients only. */
import type {
  EncryptionRequirement,
  LayerEncryption,
  LayerFact,
  NamedRecipient,
  Recipient,
} from '../domain/policy/examined-requirement.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { shortDigest } from '../domain/artifact/digest.ts';
import { findingOf } from './finding.ts';
import type { Outcome } from './finding.ts';
import type { Question } from './question.ts';
import { matchesWildcard } from '../text/wildcard.ts';

const PUBLIC_OPTIONS = 'org.opencontainers.image.enc.pubopts';
const CIPHER = 'AES_256_CTR_HMAC_SHA256';
const LEAST_HMAC_BYTES = 32;

/**
 * Judges an `encryption` requirement (ocicrypt): every layer of every image is encrypted, and its key is wrapped for
 * nobody but the recipients of the policy.
 *
 * The manifest's bytes hash to the digest that is admitted. Who is named there is the word of whoever built it: that
 * the key blobs are what they say cannot be seen from outside, so the policy should also require a signature.
 */
export function judgeEncryption(requirement: EncryptionRequirement, question: Question): Finding {
  const { layers } = question;
  if (question.artifact.kind !== 'image')
    return findingOf(requirement, question, {
      code: 'POLICY_NOT_ENCRYPTED',
      found: [`a ${question.artifact.kind}`],
      expected: ['an image with encrypted layers'],
    });
  if (layers === undefined)
    return findingOf(requirement, question, { code: 'ENGINE_DEADLINE', cause: 'the manifest of the image has not been read' });
  if (!layers.ok) {
    const { code, source, found, cause } = layers.problem;
    return findingOf(requirement, question, { code, found: [found ?? source], ...(cause === undefined ? {} : { cause }) });
  }
  const all = layers.images.flatMap((image) => image.layers);
  const objections = all
    .filter(({ digest }) => !requirement.plainLayers.has(digest))
    .map((layer) => judgeLayer(layer, requirement))
    .filter((outcome) => outcome !== undefined);
  const [leader] = objections;
  if (leader === undefined && all.length === 0)
    return findingOf(requirement, question, { code: 'POLICY_NOT_ENCRYPTED', found: ['no layers'], expected: ['encrypted layers'] });
  if (leader === undefined)
    return findingOf(requirement, question, {
      code: 'POLICY_SATISFIED',
      // Nobody here can look inside: that says nothing about what is in them (row K14).
      found: [`${all.length} layers encrypted for ${requirement.recipients.map(describe).join(', ')}; content not inspected`],
    });
  const same = objections.filter(({ code }) => code === leader.code);
  return findingOf(requirement, question, { ...leader, found: same.flatMap(({ found }) => found ?? []).slice(0, 10) });
}

function judgeLayer(layer: LayerFact, requirement: EncryptionRequirement): Outcome | undefined {
  const name = `layer ${shortDigest(layer.digest)}`;
  if (!layer.mediaType.endsWith('+encrypted'))
    return {
      code: 'POLICY_NOT_ENCRYPTED',
      found: [`${name} of type ${layer.mediaType}`],
      expected: ['every layer encrypted (…+encrypted)'],
    };
  const options = optionsProblem(layer.encryption);
  if (options !== undefined)
    return {
      code: 'POLICY_NOT_ENCRYPTED',
      found: [`${name}: ${options}`],
      expected: [`${PUBLIC_OPTIONS} with cipher ${CIPHER} and an hmac`],
    };
  const expected = requirement.recipients.map(describe);
  const { keys } = layer.encryption;
  if (!keys.readable) return { code: 'POLICY_RECIPIENT', found: [`${name}: ${keys.problem}`], expected };
  const { recipients } = keys;
  if (recipients.length === 0) return { code: 'POLICY_RECIPIENT', found: [`${name} is encrypted for nobody`], expected };
  const stranger = recipients.find((one) => !isAllowed(one, requirement));
  return stranger === undefined ? undefined : { code: 'POLICY_RECIPIENT', found: [`${name} for ${stranger.shown}`], expected };
}

/** The cipher is the only one ocicrypt has; without an hmac the content could be changed unseen. */
function optionsProblem({ options }: LayerEncryption): string | undefined {
  if (options === undefined) return 'no readable encryption options';
  if (options.cipher !== CIPHER) return 'another cipher';
  return options.hmacBytes >= LEAST_HMAC_BYTES ? undefined : 'no hmac';
}

function isAllowed(one: NamedRecipient, { recipients, allowUnidentified }: EncryptionRequirement): boolean {
  if (!one.identified) return allowUnidentified;
  return recipients.some((recipient) => matches(recipient, one));
}

function matches(recipient: Recipient, one: NamedRecipient): boolean {
  switch (recipient.scheme) {
    case 'jwe':
      return one.scheme === 'jwe' && matchesWildcard(recipient.kid, one.id);
    case 'pgp':
      return one.scheme === 'pgp' && recipient.keyId === one.id;
    case 'pkcs7':
      return one.scheme === 'pkcs7' && one.id === `${recipient.issuer} ${recipient.serial}`;
    case 'provider': {
      const value = one.scheme === `provider.${recipient.provider}` ? one.fields?.get(recipient.field) : undefined;
      return value !== undefined && matchesWildcard(recipient.value, value);
    }
  }
}

function describe(recipient: Recipient): string {
  switch (recipient.scheme) {
    case 'jwe':
      return `jwe ${recipient.kid}`;
    case 'pgp':
      return `pgp ${recipient.keyId}`;
    case 'pkcs7':
      return `pkcs7 ${recipient.issuer} (serial ${recipient.serial})`;
    case 'provider':
      return `${recipient.provider} ${recipient.field} ${recipient.value}`;
  }
}
