// The order in which a tree is shown. Pure: tested without a browser.

/** Snapshots in the order of their tree, each with its depth; those whose parent is gone stand at the root. */
export function asTree(snapshots) {
  const known = new Set(snapshots.map((one) => one.id));
  const under = (parent, depth) =>
    snapshots
      .filter((one) => (known.has(one.parent) ? one.parent : null) === parent)
      .flatMap((one) => [{ ...one, depth }, ...under(one.id, depth + 1)]);
  return under(null, 0);
}
