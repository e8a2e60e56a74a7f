// Definition, references and rename. Each is from-proto, a feature, to-proto.
import type {
  CancellationToken,
  Connection,
  DefinitionParams,
  Location,
  Range,
  ReferenceParams,
  RenameParams,
  TextDocumentPositionParams,
  WorkspaceEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { toOffset } from './from-proto.ts';
import type { LanguageFeatures } from './language-features.ts';
import { toLocation, toRange, toWorkspaceEdit, type FindDocument } from './to-proto.ts';

/** Wraps work on a document as the server does it: guarded, and for the version asked about. */
export type Current = <P extends { readonly textDocument: { readonly uri: string } }, R>(
  name: string,
  nothing: R,
  work: (document: TextDocument, params: P) => R,
) => (params: P, token: CancellationToken) => Promise<R>;

/** Registers the handlers. */
export function answerNavigation(
  connection: Connection,
  features: LanguageFeatures,
  current: Current,
  find: FindDocument,
): void {
  connection.onDefinition(
    current<DefinitionParams, Location[]>('definition', [], (document, { position }) =>
      features
        .definition(document.uri, toOffset(document, position))
        .flatMap((it) => toLocation(it, find)),
    ),
  );
  connection.onReferences(
    current<ReferenceParams, Location[]>('references', [], (document, { position }) =>
      features
        .references(document.uri, toOffset(document, position))
        .flatMap((it) => toLocation(it, find)),
    ),
  );
  connection.onPrepareRename(
    current<TextDocumentPositionParams, Range | null>('rename', null, (document, { position }) => {
      const range = features.renameRange(document.uri, toOffset(document, position));
      return range ? toRange(document, range) : null;
    }),
  );
  connection.onRenameRequest(
    current<RenameParams, WorkspaceEdit | null>('rename', null, (document, params) => {
      const offset = toOffset(document, params.position);
      return toWorkspaceEdit(features.rename(document.uri, offset, params.newName), find);
    }),
  );
}
