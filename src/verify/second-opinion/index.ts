/** Asks @sigstore/verify, which shares no code with our core, about keyless bundles; it can only refuse (ADR 0002). */
import { createRequire } from 'node:module';
import type { TrustMaterial, Verifier } from '@sigstore/verify';
import { readJson } from '../json.ts';
import { listedOnly } from './listed-only.ts';
import type { AskOpinion, Opinion, OpinionQuestion } from './opinion.ts';
import { beyondReach } from './reach.ts';

export type { AskOpinion, Opinion, OpinionQuestion } from './opinion.ts';

interface Library {
  readonly bundle: typeof import('@sigstore/bundle');
  readonly verify: typeof import('@sigstore/verify');
  readonly specs: typeof import('@sigstore/protobuf-specs');
}

/** Trust roots kept ready; making one ready parses all its certificates. */
const READY_ROOTS = 16;

/** Longest text of the library that is passed on. */
const LONGEST = 200;

/**
 * Makes the asking. The library is loaded with the first question, so that a thread which never meets keyless evidence
 * does not carry it.
 *
 * The answer agrees only when the library verifies the same bundle under the same root with the same numbers, and reads the
 * same subject and issuer from the certificate. What it refuses and cannot judge in principle is no opinion (`reach.ts`).
 */
export function createSecondOpinion(): AskOpinion {
  const require = createRequire(import.meta.url);
  const ready = new Map<string, TrustMaterial>();
  const loaded: { library?: Library } = {};

  function materialOf(root: OpinionQuestion['root'], { verify, specs }: Library): TrustMaterial {
    const known = ready.get(root.id);
    if (known !== undefined) return known;
    const made = verify.toTrustMaterial(specs.TrustedRoot.fromJSON(root.trustedRoot));
    const [oldest] = ready.keys();
    if (ready.size >= READY_ROOTS && oldest !== undefined) ready.delete(oldest);
    ready.set(root.id, made);
    return made;
  }

  return (question) => {
    try {
      loaded.library ??= {
        bundle: require('@sigstore/bundle') as Library['bundle'],
        verify: require('@sigstore/verify') as Library['verify'],
        specs: require('@sigstore/protobuf-specs') as Library['specs'],
      };
      return judged(question, loaded.library, materialOf(question.root, loaded.library));
    } catch (error) {
      return { kind: 'failed', why: textOf(error) };
    }
  };
}

function judged(question: OpinionQuestion, library: Library, material: TrustMaterial): Opinion {
  const { root } = question;
  const verifier = new library.verify.Verifier(material, {
    ctlogThreshold: root.require.sct,
    tlogThreshold: root.require.transparencyLog,
    timestampThreshold: 1,
  });
  try {
    const bundle = library.bundle.bundleFromJSON(listedOnly(readJson(question.bundle), question.trust));
    return sameSigner(verifier.verify(library.verify.toSignedEntity(bundle)), question);
  } catch (error) {
    const why = beyondReach(question);
    if (why !== undefined) return { kind: 'none', why };
    const { VerificationError, PolicyError } = library.verify;
    const meant = error instanceof VerificationError || error instanceof PolicyError || error instanceof library.bundle.ValidationError;
    return meant ? { kind: 'disagrees', said: textOf(error) } : { kind: 'failed', why: textOf(error) };
  }
}

/** Two implementations that accept one signature as two people's do not agree. */
function sameSigner({ identity }: ReturnType<Verifier['verify']>, { signer }: OpinionQuestion): Opinion {
  const [subject, issuer] = [identity?.subjectAlternativeName, identity?.extensions?.issuer];
  if (subject === undefined || issuer === undefined)
    return { kind: 'none', why: 'the library reads no subject and issuer from this certificate' };
  if (subject === signer.subject.value && issuer === signer.issuer) return { kind: 'agrees' };
  return { kind: 'disagrees', said: `signed by ${clipped(subject)} (issuer ${clipped(issuer)})` };
}

function textOf(error: unknown): string {
  return clipped(error instanceof Error ? error.message : String(error));
}

function clipped(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
