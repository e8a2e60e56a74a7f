export {
  commandMeaning,
  programName,
  shellCommand,
  type CommandMeaning,
  type RemoteCall,
  type ShellCommand,
} from './commands.ts';
export {
  entrypointMeaning,
  runsFor,
  type EntrypointMeaning,
  type EntrypointPlace,
} from './entrypoint.ts';
export { hookMeaning, literalVariables, type HookMeaning, type HookPlace } from './hook.ts';
export {
  imageHasShell,
  knownImage,
  looksLikeJvm,
  ON_SIGTERM,
  parseImageName,
  type ImageName,
  type KnownImage,
  type Likely,
  type OnSigterm,
} from './images.ts';
export {
  parseShellScript,
  type Connector,
  type ShellScript,
  type ShellWord,
  type SimpleCommand,
} from './shell-words.ts';
