/** One immutable answer to all questions about the files as they stand. */
import { type ClusterSnapshot, readConfig, type PodsageConfig } from '../cluster/index.ts';
import { LIMITS, type Manifest, type ManifestDocument, type Problem } from '../manifest/index.ts';
import { predict, type Prediction, type PredictionMemory } from '../prediction/index.ts';
import { findRaces, RULES } from '../races/index.ts';
import type { SourceFile } from '../source/index.ts';
import { unknownNames } from './config-names.ts';
import { collectFindings, complete, type Finding } from './findings.ts';
import { collectLinks, type Link } from './links.ts';
import { effectiveConfig, type WorkspaceSettings } from './settings.ts';
import { suppress } from './suppressions.ts';

/** What an analysis is made of. */
export interface AnalysisInput {
  /** Documents by file, in the order the files came. */
  readonly documents: ReadonlyMap<string, readonly ManifestDocument[]>;
  readonly configFile: SourceFile | undefined;
  readonly settings: WorkspaceSettings;
  readonly log: (message: string) => void;
}

export class Analysis {
  readonly input: AnalysisInput;
  readonly config: PodsageConfig;
  readonly prediction: Prediction;
  readonly #configProblems: readonly Problem[];
  #findings: ReadonlyMap<string, readonly Finding[]> | undefined;
  #all: readonly Finding[] | undefined;
  #links: readonly Link[] | undefined;

  constructor(input: AnalysisInput, memory: PredictionMemory) {
    this.input = input;
    const read = input.configFile ? readConfig(input.configFile) : undefined;
    this.#configProblems = read
      ? [...read.problems, ...unknownNames(read.root, read.config)].toSorted(
          (a, b) => a.range.start - b.range.start,
        )
      : [];
    this.config = effectiveConfig(read?.config, input.settings);
    this.prediction = predict(this.manifests, this.config, memory);
  }

  get snapshot(): ClusterSnapshot {
    return this.prediction.snapshot;
  }

  get manifests(): readonly Manifest[] {
    return [...this.input.documents.values()]
      .flatMap((it) => it.flatMap((document) => document.manifests))
      .slice(0, LIMITS.objects);
  }

  documentsOf(uri: string): readonly ManifestDocument[] {
    return this.input.documents.get(uri) ?? [];
  }

  /** How the objects point at each other. */
  get links(): readonly Link[] {
    return (this.#links ??= collectLinks(this.prediction));
  }

  /** Every finding of the workspace, suppressed ones left out. */
  get findings(): readonly Finding[] {
    return (this.#all ??= [...this.#byFile().values()].flat());
  }

  findingsOf(uri: string): readonly Finding[] {
    return this.#byFile().get(uri) ?? [];
  }

  /** The same files, one workload changed: what a what-if asks. Findings are worked out anew. */
  whatIf(prediction: Prediction): readonly Finding[] {
    const races = findRaces(RULES, prediction, this.input.log);
    return collectFindings([], prediction, races);
  }

  #byFile(): ReadonlyMap<string, readonly Finding[]> {
    if (this.#findings) return this.#findings;
    const { documents, configFile, log } = this.input;
    const races = findRaces(RULES, this.prediction, log);
    const grouped = new Map<string, Finding[]>();
    const told = new Set<string>();
    for (const it of collectFindings([...documents.values()].flat(), this.prediction, races)) {
      const { uri } = it.file;
      // Of namesakes, and of all workloads behind one Service, the same is said once.
      const key = JSON.stringify([uri, it.range.start, it.range.end, it.code, it.message]);
      if (told.has(key)) continue;
      told.add(key);
      const list = grouped.get(uri);
      if (list) list.push(it);
      else grouped.set(uri, [it]);
    }
    const result = new Map<string, readonly Finding[]>();
    for (const [uri, list] of documents) {
      const file = list[0]?.file;
      if (!file) continue;
      const kept = suppress(file, list, grouped.get(uri) ?? [], this.config.allowSuppressions);
      result.set(
        uri,
        kept.toSorted((a, b) => a.range.start - b.range.start),
      );
    }
    if (configFile)
      result.set(
        configFile.uri,
        this.#configProblems.map((it) => complete(configFile, it.range, it)),
      );
    return (this.#findings = result);
  }
}
