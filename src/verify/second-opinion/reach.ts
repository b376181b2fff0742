/** What @sigstore/verify cannot judge in principle, so that its refusal is no opinion (table of ADR 0002). */
import { EXTENSION_SCT_LIST, readSctList } from '../sigstore/sct.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { readDer, TAG } from '../../pki/der.ts';
import { parseBundle } from '../formats/bundle.ts';
import type { SigstoreBundle } from '../formats/bundle.ts';
import type { OpinionQuestion } from './opinion.ts';

type Trust = OpinionQuestion['trust'];

/** The name on a signature line of a checkpoint (C2SP signed-note). */
const CHECKPOINT_NAME = /^\u2014 (\S+) /gm;

/** Why the library cannot judge this bundle, in one phrase; `undefined` when it can, so that its refusal counts. */
export function beyondReach({ bundle, trust }: Pick<OpinionQuestion, 'bundle' | 'trust'>): string | undefined {
  const parsed = parseBundle(bundle);
  if (!parsed.ok) return undefined;
  return ofContent(parsed.value) ?? ofLeaf(parsed.value, trust) ?? ofTimestamps(parsed.value, trust) ?? ofEntries(parsed.value, trust);
}

function ofContent({ content }: SigstoreBundle): string | undefined {
  return content.kind === 'message' ? 'it cannot verify a signature over an artifact that is known by its digest' : undefined;
}

function ofLeaf({ material }: SigstoreBundle, trust: Trust): string | undefined {
  if (material.kind !== 'certificate') return undefined;
  const { key, extensions } = parseCertificate(material.der);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== undefined && curve !== 'prime256v1') return `it verifies envelopes with P-256 only, not with ${curve}`;
  const list = extensions.get(EXTENSION_SCT_LIST);
  const scts = list === undefined ? [] : readSctList(readDer(list.value, TAG.octetString).content);
  return scts.some(({ logId }) => !trust.ctLogs.has(logId))
    ? 'the certificate has an SCT of a log that the trust root does not list'
    : undefined;
}

function ofTimestamps({ dating }: SigstoreBundle, trust: Trust): string | undefined {
  if (dating.timestamps.length === 0) return undefined;
  const authorities = trust.timestampAuthorities;
  return authorities.some(({ signer }) => signer === undefined)
    ? 'it needs the certificate of the timestamp authority in the trust root'
    : undefined;
}

function ofEntries({ dating }: SigstoreBundle, trust: Trust): string | undefined {
  for (const { kind, version, logId, proof } of dating.logEntries) {
    if (kind === 'intoto' && version !== '0.0.2') return `it does not read log entries of intoto ${version ?? 'without version'}`;
    const log = trust.logs.get(Buffer.from(logId).toString('hex'));
    if (proof === undefined || log === undefined) continue;
    const names = [...proof.checkpoint.matchAll(CHECKPOINT_NAME)].map(([, name = '']) => name);
    if (!names.some((name) => log.baseUrl.includes(name))) return 'the checkpoint is signed under a name that is not the host of the log';
  }
  return undefined;
}
