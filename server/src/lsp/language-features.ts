// What the language server asks of the engine: offsets and texts, no word of the LSP.
import type { Workspace } from '../features/index.ts';

export type {
  FileAction,
  FileChange,
  FileDiagnostic,
  FileEdit,
  FileHint,
  FileHover,
  FileLens,
  FileSymbol,
  LinkEnd,
  RelatedRange,
} from '../features/index.ts';

/** Every question is answered from the files and settings given last; unknown files have no answers. */
export type LanguageFeatures = Pick<
  Workspace,
  | 'applyChange'
  | 'configure'
  | 'useDescriptions'
  | 'note'
  | 'diagnostics'
  | 'hover'
  | 'lenses'
  | 'hints'
  | 'actions'
  | 'symbols'
  | 'definition'
  | 'references'
  | 'renameRange'
  | 'rename'
  | 'prediction'
  | 'timeline'
  | 'storedObject'
>;
