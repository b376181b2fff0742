/** Leads: what is found through an artifact and judged because of it. Words alone, so that nobody imports in a circle. */
import type { DependencyAnswer, DependencyQuestion } from '../../domain/artifact/dependency.ts';
import type { RevisionEvidence, RevisionQuestion } from '../../domain/artifact/revision.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import type { TrustMaterial, UnverifiedEvidence } from '../../domain/evidence.ts';

/** A question about a commit, with the evidence in which statements about it are looked for and the trust that may prove them. */
export interface RevisionSearch extends RevisionQuestion {
  readonly evidence: readonly UnverifiedEvidence[];
  readonly trust: TrustMaterial;
}

/** The kinds of leads, each by what is asked about it and what comes back. */
export interface LeadKinds {
  /** An image that an artifact was built with. */
  readonly image: { readonly question: DependencyQuestion; readonly answer: DependencyAnswer };
  /** A commit that an artifact was built from. */
  readonly revision: { readonly question: RevisionSearch; readonly answer: RevisionEvidence };
}

/** Name of a kind of lead. */
export type LeadKind = keyof LeadKinds;
/** What is asked about a lead of this kind. */
export type LeadQuestion<K extends LeadKind> = LeadKinds[K]['question'];
/** What a lead of this kind came to. */
export type LeadAnswer<K extends LeadKind> = LeadKinds[K]['answer'];

/** Something that is judged and may lead to more: an artifact of the request, or a lead further down. */
export interface LeadNode {
  /** Kind and key of the lead; empty for artifacts of the request, which nobody waits for. */
  readonly key: string;
  /** 0 for artifacts of the request. */
  readonly depth: number;
}

/** Node of every artifact that the request itself names. */
export const ROOT: LeadNode = { key: '', depth: 0 };

/** From where somebody asks: his place among the leads, his pull credentials, and the request of which he is part. */
export interface Trail<Request> {
  readonly node: LeadNode;
  readonly scope: PullScope;
  readonly context: Request;
}

/** Why a lead is not followed: whoever asks would wait for himself, or there are more levels or leads than `most`. */
export type Stop = { readonly why: 'circle' } | { readonly why: 'depth' | 'number'; readonly most: number };

/** All that the engine has to know of one kind of lead. */
export interface LeadRules<K extends LeadKind, Request> {
  /** Usages under which policies are selected for it; empty where none is, and the policy that asks says who must vouch. */
  readonly usages: readonly Usage[];
  /** Names everything that the answer depends on within one request. */
  keyOf(question: LeadQuestion<K>): string;
  /** The answer, when nothing has to be waited for. */
  known?(question: LeadQuestion<K>, context: Request): LeadAnswer<K> | undefined;
  /** Judges the lead; where it leads to more, that is asked from `trail`, whose node is the lead's own. */
  judge(question: LeadQuestion<K>, trail: Trail<Request>): Promise<LeadAnswer<K>>;
  /** The answer when the request ended first; never one that lets anything in. */
  late(context: Request): LeadAnswer<K>;
  /** Of kinds through which more is found; absent where every lead is an end: neither depth nor circles can come of it. */
  readonly onward?: Onward<LeadQuestion<K>, LeadAnswer<K>>;
}

/** How a kind of lead that leads to more is kept within bounds. */
export interface Onward<Question, Answer> {
  /** The answer for a lead that is not followed; never one that lets anything in. */
  stopped(question: Question, stop: Stop): Answer;
  /** True when the answer lets the lead in. Every other one may be owed to a circle, and is forgotten when there was one. */
  admits(answer: Answer): boolean;
}

/** The rules of every kind: a kind without rules does not compile. */
export type Leads<Request> = { readonly [K in LeadKind]: LeadRules<K, Request> };
