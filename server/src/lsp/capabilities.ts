// What the server offers, and what it may use of the client.
import {
  CodeActionKind,
  PositionEncodingKind,
  TextDocumentSyncKind,
  type ClientCapabilities,
  type InitializeResult,
} from 'vscode-languageserver';

/** The answer to `initialize`. Positions are UTF-16, which every client has. */
export const SERVER_CAPABILITIES: InitializeResult = {
  serverInfo: { name: 'podsage' },
  capabilities: {
    positionEncoding: PositionEncodingKind.UTF16,
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    hoverProvider: true,
    codeLensProvider: { resolveProvider: false },
    inlayHintProvider: { resolveProvider: false },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Refactor] },
    documentSymbolProvider: { label: 'Podsage' },
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
  },
};

/** The client's abilities that decide what the server asks of it. */
export interface ClientAbilities {
  readonly configuration: boolean;
  readonly dynamicConfiguration: boolean;
  readonly refreshLenses: boolean;
  readonly refreshHints: boolean;
}

export function readAbilities(client: ClientCapabilities): ClientAbilities {
  const workspace = client.workspace;
  return {
    configuration: workspace?.configuration === true,
    dynamicConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    refreshLenses: workspace?.codeLens?.refreshSupport === true,
    refreshHints: workspace?.inlayHint?.refreshSupport === true,
  };
}
