/** in-toto layouts and links as plain data: what should have happened in each step, and what was proven of it. */
import type { Validity } from './requirement.ts';
import type { RevocableCertificate } from './revocation.ts';
import type { Person } from './same.ts';

/**
 * What a link recorded of the artifacts it used or made: by normalised path, the digests as one text,
 * `sha256:<hex>` and further `,<algorithm>:<hex>` sorted by algorithm. Equal texts are equal sets of digests,
 * which is how in-toto compares artifacts (specification v1.0, 4.3.3).
 */
export type ArtifactSet = ReadonlyMap<string, string>;

/** One artifact rule (in-toto specification v1.0, 4.3.3), parsed. Patterns are as written: `*` and `?` also match `/`. */
export type ArtifactRule = PatternRule | MatchRule;

export interface PatternRule {
  /** For `require` the pattern is a literal path. */
  readonly kind: 'create' | 'delete' | 'modify' | 'allow' | 'disallow' | 'require';
  readonly pattern: string;
}

export interface MatchRule {
  readonly kind: 'match';
  readonly pattern: string;
  /** Empty when the rule has no `IN` before `WITH`. */
  readonly sourcePrefix: string;
  readonly destination: 'materials' | 'products';
  /** Empty when the rule has no `IN` after `WITH`. */
  readonly destinationPrefix: string;
  /** The step (or inspection) whose link is compared with. */
  readonly from: string;
}

/** What steps and inspections of a layout have in common. */
export interface LayoutItem {
  readonly name: string;
  readonly expectedMaterials: readonly ArtifactRule[];
  readonly expectedProducts: readonly ArtifactRule[];
}

/** A step of a layout: done by at least `threshold` distinct functionaries who recorded the same. */
export interface LayoutStep extends LayoutItem {
  readonly threshold: number;
  readonly expectedCommand: readonly string[];
}

/** A check that in-toto would run as a command over the final product. Gatehouse never runs anything. */
export interface LayoutInspection extends LayoutItem {
  readonly run: readonly string[];
}

/** The part of a layout that is judged: `expires` is in epoch milliseconds, and the layout is void from then on. */
export interface Layout {
  readonly expires: number;
  readonly steps: readonly LayoutStep[];
  readonly inspections: readonly LayoutInspection[];
}

/** What somebody did in one step. */
export interface Link {
  readonly name: string;
  readonly materials: ArtifactSet;
  readonly products: ArtifactSet;
  readonly command: readonly string[];
}

/** Somebody whose signature on a layout or link holds. */
export interface ProvenParty {
  /** What distinct functionaries are counted by. */
  readonly person: Person;
  /** `sha256:<hex>` of all his keys, whichever signed: of an OpenPGP key the primary key and its subkeys. */
  readonly keys: readonly string[];
  /** Of a holder of a certificate: his, and those above it up to the layout's root. */
  readonly certificates: readonly RevocableCertificate[];
}

/**
 * Metadata whose signature by one functionary of its step holds. When it may be used is not judged: `validity`
 * is what key, signature and certificates allow.
 */
export interface ProvenLink {
  readonly source: string;
  readonly functionary: ProvenParty;
  /** The functionary for messages: key id or certificate identity. */
  readonly signer: string;
  readonly validity: Validity;
  readonly content: { readonly kind: 'link'; readonly link: Link } | { readonly kind: 'sublayout'; readonly chain: ProvenChain };
}

/** A piece of metadata that did not count for a step, and why. */
export interface LayoutNote {
  readonly source: string;
  readonly text: string;
}

/** What was proven for one step. */
export interface ProvenStep {
  readonly links: readonly ProvenLink[];
  readonly notes: readonly LayoutNote[];
}

/**
 * A layout signed by every owner, and the links signed by the functionaries it names. Proven: all signatures, and
 * that every link names its step. Not judged: expiry, thresholds, rules, and what all this has to do with an artifact.
 */
export interface ProvenChain {
  readonly source: string;
  readonly layout: Layout;
  /** Which key of each owner signed, `sha256:<hex>`, and who he is. */
  readonly owners: readonly { readonly name: string; readonly keyId: string; readonly party: ProvenParty }[];
  readonly validity: Validity;
  /** By step name, in the order of the layout; every step has an entry. */
  readonly steps: ReadonlyMap<string, ProvenStep>;
}
