/** Every bound on what a user can give us, in one place. Passing one is a problem the user sees. */
export const LIMITS = {
  /** A file larger than this is not read, in characters. */
  fileCharacters: 10_000_000,
  /** Documents longer than this are read once, not exactly as the server does, in characters. */
  exactCharacters: 400_000,
  /** Documents of one file that are looked at. */
  documentsPerFile: 10_000,
  /** Nodes of one document once every alias is written out. */
  expandedNodes: 400_000,
  /** How deep maps and lists may nest. */
  depth: 200,
  /** Problems shown for one document. */
  problemsPerDocument: 200,
  /** Replicas that are placed and drawn one by one. */
  replicas: 500,
  /** Workloads in which races are looked for. */
  workloadsWithRaces: 1_000,
  /** Objects of one world. */
  objects: 100_000,
} as const;
