/** What a policy can demand of a commit itself: who signed it, who else stands behind it, and that of all commits before it. */

/** Predicate type under which a signed commit is told with its tree and parents: the commit itself is the statement. */
export const GIT_COMMIT_TYPE = 'https://gatehouse.dev/git-commit/v1';
