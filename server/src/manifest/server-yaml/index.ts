export type { YamlNode, YamlScalar } from './parser.ts';
export { readServerYaml, type YamlReading } from './read-yaml.ts';
export { resolvePlain, type ResolvedScalar } from './resolve-scalar.ts';
